package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/durable"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/signed"
)

// How long a source of policies may take to answer.
const (
	fetchPatience = 30 * time.Second
	askPatience   = 5 * time.Second // doctor's, which only compares
	maxPolicyFile = 1 << 20         // bytes, as of every policy
)

func (p program) policyFetchCommand() *cli.Command {
	return &cli.Command{
		Name:      "fetch",
		Usage:     "hold the server's policy in this clone",
		ArgsUsage: "SOURCE",
		Description: `SOURCE is a file or an https:// address. The hooks of this clone, and "refward check" in it, then judge by that policy
as the server does, unless --policy or REFWARD_POLICY names another. "refward doctor" says when the server's has changed.

It is kept only if it can be used, and if it is the one that you expect: --digest is what the first line of this command's
output says on a machine that you trust, --key a file of public keys of which one must have signed it. The signature is in SOURCE.sig, made
with: ssh-keygen -Y sign -n refward-policy -f KEY SOURCE

   refward policy fetch --key release.pub https://git.example.com/refward/policy.yaml
   refward policy fetch --digest sha256:… ../policies/policy.yaml`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "digest", Usage: "refuse a policy that is not `DIGEST`"},
			&cli.StringFlag{Name: "key", Usage: "refuse a policy that no key in `FILE` (or the key itself) has signed"},
		},
		Action: p.policyFetch,
	}
}

// A held policy is a copy of the server's in a clone. What is known of it stands in the copy's last line, a comment: with two files
// a hook could see one with the other's predecessor.
type held struct {
	Source    string    `json:"source"`     // absolute path, or https URL
	Digest    string    `json:"digest"`     // of the policy as it was fetched
	FetchedAt time.Time `json:"fetched_at"` //
	Key       string    `json:"key"`        // that signed it, as a line of authorized_keys; "" = nobody was asked
}

const heldMark = "# refward policy fetch: "

func (p program) policyFetch(c *cli.Context) error {
	if err := wantArguments(c, "SOURCE"); err != nil {
		return err
	}
	source, err := sourceOf(c.Args().First())
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	var keys signed.Keys
	if key := c.String("key"); key != "" {
		if keys, err = signed.Collect([]string{key}); err != nil {
			return cli.Exit(err.Error(), policy.ExitUsage)
		}
	}
	dir, err := p.commonDir(c.Context)
	if err != nil {
		return cli.Exit(err.Error()+"\nhint: run it in the clone that is to hold the policy", policy.ExitUsage)
	}
	ctx, cancel := context.WithTimeout(c.Context, fetchPatience)
	defer cancel()
	data, by, err := fetchPolicy(ctx, source, keys)
	if err != nil {
		return cli.Exit(hinted(err, source), policy.ExitUnchecked)
	}
	pol, err := usable(source, data)
	if err != nil {
		return cli.Exit(err.Error()+"\nhint: what this clone held before, if anything, still counts", policy.ExitUsage)
	}
	if want := c.String("digest"); want != "" && want != pol.Digest() {
		return cli.Exit(fmt.Sprintf("%s is %s, and not %s\nhint: ask who gave you the digest; nothing was changed", source, pol.Digest(), want), policy.ExitUnchecked)
	}
	h := held{Source: source, Digest: pol.Digest(), FetchedAt: time.Now().UTC().Truncate(time.Second), Key: by}
	path := hooks.HeldPolicy(dir)
	if err := h.write(path, data); err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	_, _ = fmt.Fprintf(p.stdout, "%s\n", h.Digest)
	if by == "" && c.String("digest") == "" {
		_, _ = fmt.Fprintln(p.stdout, "warning: neither --key nor --digest was given: it is believed because of where it came from")
	}
	if by != "" {
		_, _ = fmt.Fprintf(p.stdout, "signed by %s\n", by)
	}
	if named := p.getenv("REFWARD_POLICY"); named != "" {
		_, _ = fmt.Fprintf(p.stdout, "warning: REFWARD_POLICY names %s, which counts instead\n", named)
	}
	_, err = fmt.Fprintf(p.stdout, "success: this clone holds the policy of %s (mode %s), in %s\n", source, pol.Mode, path)
	return err
}

// commonDir returns the directory that the work trees of the repository share.
func (p program) commonDir(ctx context.Context) (string, error) {
	repo, err := gitio.Open(ctx, gitio.Options{Environ: p.environ})
	if err != nil {
		return "", err
	}
	return repo.CommonDir(), repo.Close()
}

// usable reads a policy and holds it against the checks of this program.
func usable(name string, data []byte) (*policy.Policy, error) {
	p, err := policy.Parse(name, data)
	if err != nil {
		return nil, err
	}
	list, err := all.List(nil)(p)
	if err != nil {
		return nil, err
	}
	return p, p.Check(append(list, hooks.PolicyAnalyzer()))
}

// write keeps data with what is known of it.
func (h held) write(path string, data []byte) error {
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	text := append(bytes.TrimRight(bytes.Clone(data), "\n"), "\n"+heldMark+string(line)+"\n"...)
	// A last line within a block of text would be no comment.
	if copied, err := policy.Parse(path, text); err != nil || copied.Digest() != h.Digest {
		return fmt.Errorf("the policy of %s cannot be kept: no comment can follow its last line", h.Source)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.Replace(path, text, 0o644)
}

// readHeld returns what is known of the copy at path.
func readHeld(path string) (held, error) {
	f, err := os.Open(path)
	if err != nil {
		return held{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2*maxPolicyFile))
	if err != nil {
		return held{}, err
	}
	lines := bytes.Split(bytes.TrimRight(data, "\n"), []byte("\n"))
	last, ok := bytes.CutPrefix(lines[len(lines)-1], []byte(heldMark))
	var h held
	if !ok || json.Unmarshal(last, &h) != nil || h.Source == "" {
		return held{}, errors.New("its last line does not say where it came from")
	}
	return h, nil
}

// sourceOf makes of an argument what can be asked again from anywhere.
func sourceOf(text string) (string, error) {
	scheme, _, isURL := strings.Cut(text, "://")
	if !isURL {
		return filepath.Abs(text)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return "", errors.New("that is no address") // which may hold a password: it is not shown
	case u.User != nil:
		return "", errors.New("an address with a password in it would be kept\nhint: get the file yourself, and give its path")
	case !strings.EqualFold(scheme, "https"):
		return "", fmt.Errorf("%s:// is not https://: anybody on the way could change the policy", scheme)
	}
	return u.String(), nil
}

// fetchPolicy returns what is at source, and the key that signed it, if keys are given.
func fetchPolicy(ctx context.Context, source string, keys signed.Keys) (data []byte, by string, err error) {
	if !strings.HasPrefix(source, "https://") {
		if len(keys) > 0 {
			data, key, err := keys.ReadFile(signed.Policy, source, maxPolicyFile)
			return data, key.String(), err
		}
		info, err := os.Stat(source)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s: not a regular file", source)
		}
		if err != nil {
			return nil, "", err
		}
		data, err := os.ReadFile(source)
		return data, "", err
	}
	if data, err = download(ctx, source, maxPolicyFile); err != nil || len(keys) == 0 {
		return data, "", err
	}
	u, err := url.Parse(source)
	if err != nil {
		return nil, "", err
	}
	u.Path, u.RawPath = u.Path+signed.Suffix, ""
	signature, err := download(ctx, u.String(), signed.MaxSignature)
	var status statusError
	if errors.As(err, &status) && status.code == http.StatusNotFound {
		return nil, "", fmt.Errorf("%s: %w", u, signed.ErrUnsigned)
	}
	if err != nil {
		return nil, "", err
	}
	key, err := keys.Verify(signed.Policy, data, signature)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", source, err)
	}
	return data, key.String(), nil
}

// A statusError is an answer that is none.
type statusError struct {
	url  string
	code int
}

func (e statusError) Error() string {
	return fmt.Sprintf("%s: the server answers %d %s", e.url, e.code, http.StatusText(e.code))
}

// download reads what is at an https address, of at most max bytes.
func download(ctx context.Context, address string, max int64) ([]byte, error) {
	client := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != "https" || len(via) >= 5 {
			return fmt.Errorf("it leads on to %s://%s, which is not followed", r.URL.Scheme, r.URL.Host)
		}
		return nil
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "refward/"+version)
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, statusError{address, answer.StatusCode}
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, max+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("%s: more than %d bytes", address, max)
	}
	if start := strings.ToLower(string(bytes.TrimSpace(data[:min(len(data), 100)]))); strings.HasPrefix(start, "<!doctype") || strings.HasPrefix(start, "<html") {
		return nil, fmt.Errorf("%s: the answer is a web page, such as a form to log in with, and no policy", address)
	}
	return data, nil
}

// hinted adds to an error what to type about it.
func hinted(err error, source string) string {
	if hint := signed.Hint(err, signed.Policy, cmp.Or(filepath.Base(source), "FILE")); hint != "" {
		return err.Error() + "\nhint: " + hint
	}
	return err.Error()
}
