package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/signed"
	"github.com/refward/refward/internal/tracker"
	"github.com/refward/refward/internal/tracker/fetch"
)

func (p program) trackerCommand() *cli.Command {
	return &cli.Command{
		Name:  "tracker",
		Usage: "keep a signed snapshot of an issue tracker, by which issues are judged",
		Description: `A hook asks no issue tracker: it reads a file that a timer has written and signed. The policy names the file and who may sign it;
docs/tracker.md has the rest.

   refward tracker sync --kind jira --url https://jira.example.com --project ABC --out /var/lib/refward/tracker.json --key KEY
   refward tracker status --file /var/lib/refward/tracker.json --keys KEY.pub`,
		Subcommands: []*cli.Command{
			{
				Name:      "sync",
				Usage:     "ask the tracker, and write the snapshot anew",
				ArgsUsage: " ",
				Description: `Run it by a timer. It asks for what has changed since the last snapshot, or for everything: when there is none, when it was made in
another way, or with --full, which also forgets what was deleted. When anything goes wrong, the last snapshot stays.

The token comes from --token-file, else from REFWARD_TRACKER_TOKEN: of Jira Cloud "mail:token". It needs to read issues and nothing else.
KEY is a private key without a passphrase, for nothing else: ssh-keygen -t ed25519 -N '' -f KEY

An issue has acceptance criteria if its text has a heading "Acceptance criteria" with something below it, or a task list; or if --criteria
finds something in it; or, of Jira, if the field of --criteria-field is not empty.

   refward tracker sync --kind github --url https://github.com --project OWNER/NAME --out FILE --key KEY --token-file TOKEN
   refward tracker sync --kind gitea --url https://git.example.com --project OWNER/NAME --state-label 'status: ' --out FILE --key KEY`,
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "kind", Usage: "`KIND` of tracker: " + strings.Join(fetch.Kinds(), ", ")},
					&cli.StringFlag{Name: "url", Usage: "`URL` of the tracker"},
					&cli.StringSliceFlag{Name: "project", Usage: "`PROJECT` whose issues to read: ABC (Jira; several times for several), or OWNER/NAME"},
					&cli.StringFlag{Name: "out", Usage: "write the snapshot to `FILE`"},
					&cli.StringFlag{Name: "key", Usage: "sign it with the private key in `FILE`"},
					&cli.StringFlag{Name: "token-file", Usage: "ask with the token in `FILE`"},
					&cli.BoolFlag{Name: "full", Usage: "ask for everything"},
					&cli.StringFlag{Name: "criteria", Usage: "a regular expression (`RE2`) that finds acceptance criteria in the text of an issue"},
					&cli.StringFlag{Name: "criteria-field", Usage: "the field of Jira (`ID`, such as customfield_10010) that has acceptance criteria"},
					&cli.StringFlag{Name: "state-label", Usage: "labels that begin with `PREFIX` say the state of an open issue (Gitea, GitHub)"},
					&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "wait so long for one answer"},
					&cli.BoolFlag{Name: "insecure-http", Usage: "let the URL be http://, where anybody on the way reads the token"},
				},
				Action: p.trackerSync,
			},
			{
				Name:      "status",
				Usage:     "say how old a snapshot is, what is in it and who signed it",
				ArgsUsage: " ",
				Description: `The exit code is 3 if it cannot be used: it is not there, or nobody who may has signed it.

   refward tracker status --file /var/lib/refward/tracker.json --keys KEY.pub`,
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "file", Usage: "the snapshot is in `FILE`"},
					&cli.StringSliceFlag{Name: "keys", Usage: "who may sign it: a `FILE` of public keys, or a key itself; several times for several"},
				},
				Action: p.trackerStatus,
			},
		},
	}
}

// wanted reports the first of some flags that was left out.
func wanted(c *cli.Context, flags ...string) error {
	for _, f := range flags {
		if !c.IsSet(f) || c.String(f) == "" && len(c.StringSlice(f)) == 0 {
			return cli.Exit(fmt.Sprintf("%s: --%s is missing\nhint: see \"%[1]s --help\"", c.Command.HelpName, f), policy.ExitUsage)
		}
	}
	return nil
}

func (p program) trackerSync(c *cli.Context) error {
	if err := errors.Join(wantArguments(c), wanted(c, "kind", "url", "project", "out", "key")); err != nil {
		return err
	}
	signer, err := signed.LoadSigner(c.String("key"))
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	token, err := p.token(c.String("token-file"))
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	out, err := filepath.Abs(c.String("out"))
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	// Nothing is asked of a tracker in vain.
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return cli.Exit(fmt.Sprintf("there is no folder %s\nhint: make it first: mkdir -p %[1]s", filepath.Dir(out)), policy.ExitUsage)
	}
	warn := func(line string) { _, _ = fmt.Fprintln(p.stderr, "warning:", report.Visible(line)) }
	o := fetch.Options{
		Kind: c.String("kind"), URL: c.String("url"), Projects: c.StringSlice("project"), Token: token, InsecureHTTP: c.Bool("insecure-http"),
		CriteriaField: c.String("criteria-field"), Criteria: c.String("criteria"), StateLabel: c.String("state-label"),
		Agent: "refward/" + version, Patience: fetch.Patience{Timeout: c.Duration("timeout")}, Progress: sparsely(p.stderr), Warn: warn,
	}
	if o.Patience.Timeout <= 0 {
		return cli.Exit("--timeout: want more than 0s", policy.ExitUsage)
	}
	if !c.Bool("full") {
		if o.Former, err = former(out, signer); err != nil {
			warn(err.Error() + "; everything is asked for anew")
		}
	}
	known := 0
	if o.Former != nil {
		known = len(o.Former.Issues)
	}
	s, err := fetch.Fetch(c.Context, o)
	if err != nil {
		return syncExit(err, out)
	}
	if err := s.Write(out, signer); err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	_, err = fmt.Fprintf(p.stdout, "success: %s in %s (%d before), signed by %s\n", things(len(s.Issues), "issue"), out, known, signer.Public().Fingerprint())
	return err
}

// syncExit says why there is no new snapshot.
func syncExit(err error, out string) error {
	var option *fetch.OptionError
	if errors.As(err, &option) {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	text := report.Visible(err.Error())
	var status *fetch.StatusError
	if errors.As(err, &status) && status.Hint() != "" {
		text += "\nhint: " + status.Hint()
	}
	if _, statErr := os.Stat(out); statErr == nil {
		text += fmt.Sprintf("\nhint: %s stays as it was", out)
	}
	return cli.Exit(text, policy.ExitUnchecked)
}

// former returns the snapshot at path; nil when there is none. One that this key has not signed is nobody's word to build upon.
func former(path string, signer *signed.Signer) (*tracker.Snapshot, error) {
	f, err := tracker.Open(path, signed.Keys{signer.Public()})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.Snapshot()
}

const maxToken = 16 << 10 // bytes

// token reads the token of a tracker. It is never an argument: those are seen by everybody on the machine (ps(1)).
func (p program) token(path string) (string, error) {
	if path == "" {
		return strings.TrimSpace(p.getenv("REFWARD_TRACKER_TOKEN")), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	if text == "" || len(data) > maxToken {
		return "", fmt.Errorf("%s: there is no token in it", path)
	}
	return text, nil
}

// sparsely returns a function that writes at most one line in two seconds: a timer's journal keeps all of them.
func sparsely(w io.Writer) func(string) {
	last := time.Now()
	return func(line string) {
		if time.Since(last) < 2*time.Second {
			return
		}
		last = time.Now()
		_, _ = fmt.Fprintln(w, line)
	}
}

func (p program) trackerStatus(c *cli.Context) error {
	if err := errors.Join(wantArguments(c), wanted(c, "file", "keys")); err != nil {
		return err
	}
	keys, err := signed.Collect(c.StringSlice("keys"))
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	f, err := tracker.Open(c.String("file"), keys)
	if err != nil {
		return cli.Exit(err.Error()+"\nhint: refward tracker sync writes it anew", policy.ExitUnchecked)
	}
	s, err := f.Snapshot()
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUnchecked)
	}
	criteria, states := 0, map[string]int{}
	for _, issue := range s.Issues {
		states[issue.State]++
		if issue.Acceptance {
			criteria++
		}
	}
	whole := "all"
	if !f.Complete {
		whole = "not all"
	}
	_, _ = fmt.Fprintf(p.stdout, "of %s (%s), %s issues of %s\n", f.Source, f.Kind, whole, strings.Join(f.Projects, ", "))
	_, _ = fmt.Fprintf(p.stdout, "taken at %s, %s ago\n", f.TakenAt.Format(time.RFC3339), time.Since(f.TakenAt).Round(time.Second))
	_, _ = fmt.Fprintf(p.stdout, "signed by %s\n", f.Key.Fingerprint())
	_, _ = fmt.Fprintf(p.stdout, "%s, %d with acceptance criteria\n", things(f.Count, "issue"), criteria)
	for _, state := range slices.Sorted(maps.Keys(states)) {
		_, _ = fmt.Fprintf(p.stdout, "  %s: %d\n", state, states[state])
	}
	return nil
}
