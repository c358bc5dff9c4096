package gitio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/plumbing"
	"github.com/refward/refward/internal/objectsig"
)

// local are the variables by which git knows the repository at hand (git-rev-parse(1), "--local-env-vars"), and those that would change what a
// new one is like.
var local = map[string]bool{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES": true, "GIT_CONFIG": true, "GIT_CONFIG_PARAMETERS": true, "GIT_CONFIG_COUNT": true,
	"GIT_OBJECT_DIRECTORY": true, "GIT_DIR": true, "GIT_WORK_TREE": true, "GIT_IMPLICIT_WORK_TREE": true, "GIT_GRAFT_FILE": true,
	"GIT_INDEX_FILE": true, "GIT_NO_REPLACE_OBJECTS": true, "GIT_REPLACE_REF_BASE": true, "GIT_PREFIX": true, "GIT_SHALLOW_FILE": true,
	"GIT_COMMON_DIR": true, "GIT_NAMESPACE": true, "GIT_QUARANTINE_PATH": true, "GIT_DEFAULT_HASH": true, "GIT_TEMPLATE_DIR": true,
	"GIT_DEFAULT_REF_FORMAT": true,
}

// Committer returns who makes commits and tags here, as git has it of the user's configuration and environment (git-var(1), GIT_COMMITTER_IDENT).
func (r *Repo) Committer(ctx context.Context) (analyzers.Signature, error) {
	out, err := plumbing.New(r.user).Output(ctx, nil, "var", "GIT_COMMITTER_IDENT")
	if err != nil {
		return analyzers.Signature{}, err
	}
	return decodeSignature(header{"tagger", strings.TrimSuffix(string(out), "\n")}), nil
}

// top returns the directory that git goes to before it does anything: the top of the work tree, or where there is none the current one.
func (r *Repo) top(ctx context.Context) string {
	out, err := plumbing.New(r.user).Output(ctx, nil, "rev-parse", "--show-toplevel")
	if dir := strings.TrimSuffix(string(out), "\n"); err == nil && dir != "" {
		return dir
	}
	return r.user.Dir
}

// SignTag has git make a signed tag of a commit, as "git tag -s" does with the user's configuration, and returns its bytes. The repository is not
// touched: git makes the tag in one of its own that borrows the objects (gitrepository-layout(5), "objects/info/alternates") and is then
// thrown away. Whatever ends git, no half of a tag is left in refs/tags, where "git tag" would have to put it.
func (r *Repo) SignTag(ctx context.Context, name, commit, message string) (raw []byte, err error) {
	settings, err := plumbing.New(r.user).Output(ctx, nil, "config", "--null", "--list")
	if err != nil {
		return nil, err
	}
	objects, err := r.git.Output(ctx, nil, "rev-parse", "--git-path", "objects")
	if err != nil {
		return nil, err
	}
	store := strings.TrimSuffix(string(objects), "\n")
	if !filepath.IsAbs(store) {
		store = filepath.Join(r.user.Dir, store)
	}
	dir, err := os.MkdirTemp("", "refward-sign-")
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	format := "sha1"
	if len(commit) == 64 {
		format = "sha256"
	}
	gitDir := filepath.Join(dir, "git")
	env := signingEnviron(r.user.Environ, string(settings))
	borrowing := plumbing.New(plumbing.Options{Program: r.user.Program, Dir: dir, Environ: env})
	if _, err := borrowing.Output(ctx, nil, "init", "--quiet", "--bare", "--template=", "--object-format="+format, gitDir); err != nil {
		return nil, err
	}
	alternates := filepath.Join(gitDir, "objects", "info", "alternates")
	if err := os.MkdirAll(filepath.Dir(alternates), 0o700); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := os.WriteFile(alternates, []byte(plumbing.QuoteAlternate(store)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	signing := plumbing.New(plumbing.Options{Program: r.user.Program, Dir: r.top(ctx), Environ: append(env, "GIT_DIR="+gitDir)})
	// Nothing of the message is a comment: "--cleanup=whitespace" keeps lines that begin with "#".
	if _, err := signing.Output(ctx, strings.NewReader(message), "tag", "-s", "--cleanup=whitespace", "-F", "-", name, commit); err != nil {
		return nil, err
	}
	if raw, err = signing.Output(ctx, nil, "cat-file", "tag", "refs/tags/"+name); err != nil {
		return nil, err
	}
	// git 2.39 ends with 0, and a tag that nobody has signed, where the file of user.signingKey is not there.
	if _, signature := objectsig.Split(objectsig.Tag, raw, len(commit) == 64); len(signature) == 0 {
		return nil, errors.New("git tag: it has signed nothing, without saying why: can it read the key?")
	}
	return raw, nil
}

// signingEnviron returns the environment for git in another repository: the user's, without what names this repository, and with what this
// repository's configuration says of who signs and how. That may come from a file that is included for this repository alone (git-config(1), "includeIf").
func signingEnviron(environ []string, settings string) []string {
	var env []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if !local[name] && !strings.HasPrefix(name, "GIT_CONFIG_KEY_") && !strings.HasPrefix(name, "GIT_CONFIG_VALUE_") {
			env = append(env, kv)
		}
	}
	n := 0
	set := func(key, value string) {
		i := strconv.Itoa(n)
		env = append(env, "GIT_CONFIG_KEY_"+i+"="+key, "GIT_CONFIG_VALUE_"+i+"="+value)
		n++
	}
	for setting := range strings.SplitSeq(strings.TrimSuffix(settings, "\x00"), "\x00") {
		key, value, given := strings.Cut(setting, "\n")
		if !given { // a key alone means true
			value = "true"
		}
		section, _, _ := strings.Cut(key, ".")
		if section == "user" || section == "committer" || section == "gpg" {
			set(key, value)
		}
	}
	set("core.hooksPath", os.DevNull) // a hook of the user's has no business in a repository that is nobody's
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(n))
}

// StoreTag writes a tag, and makes a ref for it that is not there yet; why is what the log of the ref is told. It returns the id of the tag.
func (r *Repo) StoreTag(ctx context.Context, raw []byte, ref, why string) (string, error) {
	git := plumbing.New(r.user)
	out, err := git.Output(ctx, strings.NewReader(string(raw)), "hash-object", "-t", "tag", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(out))
	_, err = git.Output(ctx, nil, "update-ref", "--no-deref", "-m", why, r.StoredName(ref), id, zeros(id))
	return id, err
}

// PushRef pushes one ref to a remote as it is. What git says goes to says.
func (r *Repo) PushRef(ctx context.Context, remote, ref string, says io.Writer) error {
	return plumbing.New(r.user).Show(ctx, says, "push", "--", remote, ref+":"+ref)
}

// FetchReviews brings the signed statements that a remote has. None that is here is given up for another.
func (r *Repo) FetchReviews(ctx context.Context, remote string, says io.Writer) error {
	all := analyzers.ReviewPrefix + "*"
	return plumbing.New(r.user).Show(ctx, says, "fetch", "--no-tags", "--no-write-fetch-head", "--", remote, all+":"+all)
}
