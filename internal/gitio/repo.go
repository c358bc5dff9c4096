package gitio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/native"
	"github.com/refward/refward/internal/gitio/plumbing"
	"github.com/refward/refward/internal/gitio/source"
)

// Options say which repository to open.
type Options struct {
	Dir     string      // directory that relative paths of Environ refer to, and where discovery begins; "" = the working directory
	Environ []string    // as os.Environ gives it; a hook's own, since it names the quarantine
	Git     string      // the git program; "" = "git" in PATH
	Reader  Reader      // what to read the repository with
	Warn    func(error) // told of what is wrong and does no harm; nil = nobody is
	MaxBlob int64       // bytes; content of a larger blob is not read; 0 = 32 MiB
}

// DefaultMaxBlob is the size of the largest blob whose content is read unless Options say otherwise, in bytes. The largest
// generated sources and lock files are around 10 MB; gitleaks needs seconds for more.
const DefaultMaxBlob = 32 << 20

// A Repo is an open repository. It is safe for concurrent use.
type Repo struct {
	source.Source                  // what the repository is read with
	git           *plumbing.Git    // what only git can tell: the index, the configuration, the format of a message
	user          plumbing.Options // git as who runs this program would start it: with their keys, their agents and their passwords

	why string // the Source is git, or ""

	gitDir    string // absolute
	commonDir string // likewise
	getenv    func(string) string
	maxBlob   int64

	maxHeader int64 // bytes of the largest commit or tag that is read

	asked asked
}

// Open opens the repository that the environment names or, without GIT_DIR, the one around Options.Dir.
func Open(ctx context.Context, o Options) (*Repo, error) {
	if err := o.Reader.check(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir) // of "": the working directory
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", o.Dir, err)
	}
	env := childEnviron(o.Environ, dir)
	r := &Repo{maxBlob: o.MaxBlob, maxHeader: maxHeaderObject, getenv: lookup(o.Environ)}
	if r.maxBlob == 0 {
		r.maxBlob = DefaultMaxBlob
	}
	git := plumbing.Options{Program: o.Git, Dir: dir, Environ: env}
	r.user = plumbing.Options{Program: o.Git, Dir: dir, Environ: o.Environ}
	r.gitDir = lookup(env)("GIT_DIR")
	if info, err := os.Stat(r.gitDir); r.gitDir == "" || err == nil && !info.IsDir() { // a ".git" file names another directory
		if r.gitDir, r.asked.bare, err = discover(ctx, o.Reader, git); err != nil {
			return nil, err
		}
		env = append(env, "GIT_DIR="+r.gitDir)
		// With GIT_DIR alone git takes the current directory for the top of the work tree, which only commands
		// that this package does not run look at.
	} else if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	if r.commonDir, err = native.CommonDir(r.gitDir, lookup(env)("GIT_COMMON_DIR")); err != nil {
		return nil, err
	}
	git.GitDir, git.Common, git.Environ = r.gitDir, r.commonDir, env
	r.git = plumbing.New(git)
	r.Source, r.why, err = choose(o.Reader, r.git, native.Options{Dir: dir, GitDir: r.gitDir, Common: r.commonDir, Getenv: lookup(env), Warn: o.Warn})
	return r, err
}

// LimitBlobs sets Options.MaxBlob anew, in bytes, for what is read from now on; 0 changes nothing. Unlike the other methods it is not safe
// for concurrent use: a policy that the repository itself holds can be asked only once it is open.
func (r *Repo) LimitBlobs(n int64) {
	if n > 0 {
		r.maxBlob = n
	}
}

// Reader says what the repository is read with and, if that is git, why.
func (r *Repo) Reader() string {
	if r.why == "" {
		return r.Source.String()
	}
	return r.Source.String() + ": " + r.why
}

// Close ends what the Repo holds.
func (r *Repo) Close() error { return errors.Join(r.Source.Close(), r.git.Close()) }

// Dir returns the absolute path of the git directory.
func (r *Repo) Dir() string { return r.gitDir }

// CommonDir returns the absolute path of the directory that linked worktrees share (gitrepository-layout(5)).
func (r *Repo) CommonDir() string { return r.commonDir }

// ErrNotExist says that a revision, or a path in it, is not there.
var ErrNotExist = source.ErrNotExist

// ErrNotHere says that a path is there and its content is not, as in a partial clone, or is damaged.
var ErrNotHere = source.ErrNotHere

// ErrNotFile says that a path names something that cannot be read as a file of the size that was asked for.
var ErrNotFile = errors.New("not a file to read")

// StoredName returns the name under which the repository stores a ref: GIT_NAMESPACE puts a prefix before it (gitnamespaces(7)).
func (r *Repo) StoredName(ref string) string { return r.namespace() + ref }

// ReadFile returns a file of a revision, such as "HEAD", or of the index, which "" names. It returns ErrNotExist when the revision or the path is missing,
// ErrNotHere when the path is there without its content, and another error when the file is larger than limit bytes, is not a blob, or cannot be read, nor can a full id.
func (r *Repo) ReadFile(ctx context.Context, rev, path string, limit int64) ([]byte, error) {
	if path == "" {
		return nil, fmt.Errorf("no path in %q: %w", rev, ErrNotExist)
	}
	src := r.Source
	if rev == "" {
		src = r.git // which the index is left to
	}
	o, err := src.Find(ctx, rev, path)
	var data []byte
	if err == nil && o.Kind == "blob" && o.Size <= limit {
		o, data, err = r.Read(ctx, o.ID, limit)
	}
	switch {
	case err != nil:
		return nil, err
	case o.Kind != "blob":
		return nil, fmt.Errorf("%s in %s is a %s: %w", path, rev, o.Kind, ErrNotFile)
	case data == nil:
		return nil, fmt.Errorf("%s in %s has %d bytes, at most %d are read: %w", path, rev, o.Size, limit, ErrNotFile)
	}
	return data, nil
}

// Resolve returns the full id of the commit that a revision names.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	o, err := r.Find(ctx, rev+"^{commit}", "")
	if errors.Is(err, ErrNotExist) {
		return "", fmt.Errorf("revision %q: %w", rev, ErrNotExist)
	}
	return o.ID, err
}

// HeadBranch returns the full name of the ref that HEAD points to, whether it exists yet or not, or "" when HEAD is detached.
func (r *Repo) HeadBranch(ctx context.Context) (string, error) {
	if prefix := r.namespace(); prefix != "" { // which may have a HEAD of its own
		if ref, err := r.SymbolicRef(ctx, prefix+"HEAD"); ref != "" || err != nil {
			return strings.TrimPrefix(ref, prefix), err
		}
	}
	ref, err := r.SymbolicRef(ctx, "HEAD")
	return strings.TrimPrefix(ref, r.namespace()), err
}

// namespace returns the prefix that GIT_NAMESPACE puts before every ref (gitnamespaces(7)), or "".
func (r *Repo) namespace() string {
	var prefix strings.Builder
	for part := range strings.SplitSeq(r.getenv("GIT_NAMESPACE"), "/") {
		if part != "" {
			prefix.WriteString("refs/namespaces/" + part + "/")
		}
	}
	return prefix.String()
}

// refs returns the stored refs that have a name or a prefix, in the namespace.
func (r *Repo) refs(ctx context.Context, patterns []string) (map[string]source.Ref, error) {
	prefix := r.namespace()
	if prefix == "" {
		return r.Refs(ctx, patterns)
	}
	stored := make([]string, len(patterns))
	for i, p := range patterns {
		stored[i] = prefix + p
	}
	all, err := r.Refs(ctx, stored)
	if err != nil {
		return nil, err
	}
	refs := make(map[string]source.Ref, len(all))
	for name, ref := range all {
		refs[strings.TrimPrefix(name, prefix)] = ref
	}
	return refs, nil
}

// zeros returns the id that stands for no object, of the same format as id.
func zeros(id string) string { return strings.Repeat("0", len(id)) }

func lookup(environ []string) func(string) string {
	return func(name string) string {
		for i := len(environ) - 1; i >= 0; i-- {
			if k, v, _ := strings.Cut(environ[i], "="); k == name {
				return v
			}
		}
		return ""
	}
}

var _ analyzers.Content = (*content)(nil)
