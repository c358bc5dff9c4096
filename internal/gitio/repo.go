package gitio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/analyzers"
)

// Options say which repository to open.
type Options struct {
	Dir     string   // directory that relative paths of Environ refer to, and where discovery begins; "" = the working directory
	Environ []string // as os.Environ gives it; a hook's own, since it names the quarantine
	Git     string   // the git program; "" = "git" in PATH
	MaxBlob int64    // bytes; content of a larger blob is not read; 0 = 32 MiB
}

// DefaultMaxBlob is the size of the largest blob whose content is read unless Options say otherwise, in bytes. The largest
// generated sources and lock files are around 10 MB; gitleaks needs seconds for more.
const DefaultMaxBlob = 32 << 20

// A Repo is an open repository. It is safe for concurrent use.
type Repo struct {
	git     string
	dir     string // where children run: relative entries of GIT_ALTERNATE_OBJECT_DIRECTORIES refer to it
	gitDir  string // absolute
	env     []string
	getenv  func(string) string
	maxBlob int64
	objects *catFile

	maxHeader int64 // bytes of the largest commit or tag that is read
}

// Open opens the repository that the environment names or, without GIT_DIR, the one around Options.Dir.
func Open(ctx context.Context, o Options) (*Repo, error) {
	dir, err := filepath.Abs(o.Dir) // of "": the working directory
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", o.Dir, err)
	}
	r := &Repo{git: o.Git, dir: dir, env: childEnviron(o.Environ, dir), maxBlob: o.MaxBlob, maxHeader: maxHeaderObject, getenv: lookup(o.Environ)}
	if r.git == "" {
		r.git = "git"
	}
	if r.maxBlob == 0 {
		r.maxBlob = DefaultMaxBlob
	}
	r.gitDir = lookup(r.env)("GIT_DIR")
	if info, err := os.Stat(r.gitDir); r.gitDir == "" || err == nil && !info.IsDir() { // a ".git" file names another directory
		out, err := r.output(ctx, nil, "rev-parse", "--absolute-git-dir")
		if err != nil {
			return nil, err
		}
		r.gitDir = strings.TrimSuffix(string(out), "\n")
		r.env = append(r.env, "GIT_DIR="+r.gitDir)
		// With GIT_DIR alone git takes the current directory for the top of the work tree, which only commands
		// that this package does not run look at.
	} else if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	r.objects = &catFile{repo: r}
	return r, nil
}

// Close ends the git processes that the Repo holds.
func (r *Repo) Close() error { return r.objects.close() }

// Dir returns the absolute path of the git directory.
func (r *Repo) Dir() string { return r.gitDir }

// CommonDir returns the absolute path of the directory that linked worktrees share (gitrepository-layout(5)).
func (r *Repo) CommonDir() (string, error) {
	data, err := os.ReadFile(filepath.Join(r.gitDir, "commondir"))
	if errors.Is(err, fs.ErrNotExist) {
		return r.gitDir, nil
	}
	if err != nil {
		return "", err
	}
	common := strings.TrimSpace(string(data))
	if !filepath.IsAbs(common) {
		common = filepath.Join(r.gitDir, common)
	}
	return filepath.Clean(common), nil
}

// ErrNotExist says that a revision, or a path in it, is not there.
var ErrNotExist = errors.New("not there")

// ErrNotFile says that a path names something that cannot be read as a file of the size that was asked for.
var ErrNotFile = errors.New("not a file to read")

// StoredName returns the name under which the repository stores a ref: GIT_NAMESPACE puts a prefix before it (gitnamespaces(7)).
func (r *Repo) StoredName(ref string) string { return r.namespace() + ref }

// ReadFile returns a file of a revision, such as "HEAD", or of the index, which "" names. It returns ErrNotExist when the revision or the path is missing, and
// another error when the file is larger than limit bytes, is not a blob, or is there and cannot be read, nor can a full id.
func (r *Repo) ReadFile(ctx context.Context, rev, path string, limit int64) ([]byte, error) {
	if strings.ContainsAny(rev+path, "\n\x00") || strings.HasPrefix(rev, "-") || path == "" {
		return nil, fmt.Errorf("%q: %w", rev+":"+path, ErrNotExist)
	}
	o, err := r.objects.info(ctx, rev+":"+path)
	var data []byte
	if err == nil && o.kind == "blob" && o.size <= limit { // git need not send more
		o, data, err = r.objects.read(ctx, o.id, limit)
	}
	switch {
	case errors.Is(err, ErrNotExist):
		return nil, r.missing(ctx, rev, path)
	case err != nil:
		return nil, err
	case o.kind != "blob":
		return nil, fmt.Errorf("%s in %s is a %s: %w", path, rev, o.kind, ErrNotFile)
	case data == nil:
		return nil, fmt.Errorf("%s in %s has %d bytes, at most %d are read: %w", path, rev, o.size, limit, ErrNotFile)
	}
	return data, nil
}

// missing tells a path that a revision does not have, which is ErrNotExist, from one that cannot be read: cat-file calls an object
// that is corrupt "missing" too.
func (r *Repo) missing(ctx context.Context, rev, path string) error {
	absent := fmt.Errorf("%s in %s: %w", path, rev, ErrNotExist)
	if rev == "" {
		out, err := r.output(ctx, nil, "ls-files", "-z", "--stage", "--full-name", "--", path)
		switch {
		case err != nil:
			return err
		case len(out) == 0 || !strings.Contains(string(out), " 0\t"): // absent, or unmerged
			return absent
		}
		return fmt.Errorf("%s in the index cannot be read", path)
	}
	if _, err := r.output(ctx, nil, "rev-parse", "--verify", "--quiet", rev); exitCode(err) == 1 {
		return absent
	} else if err != nil {
		return err
	}
	out, err := r.output(ctx, nil, "ls-tree", "-z", "--full-tree", rev, "--", path)
	if err != nil {
		return err
	}
	if len(out) == 0 {
		return absent
	}
	return fmt.Errorf("%s in %s cannot be read", path, rev)
}

// Resolve returns the full id of the commit that a revision names.
func (r *Repo) Resolve(ctx context.Context, rev string) (string, error) {
	if strings.ContainsAny(rev, "\n\x00") || rev == "" {
		return "", fmt.Errorf("revision %q: %w", rev, ErrNotExist)
	}
	o, err := r.objects.info(ctx, rev+"^{commit}")
	if errors.Is(err, ErrNotExist) {
		return "", fmt.Errorf("revision %q: %w", rev, ErrNotExist)
	}
	return o.id, err
}

// HeadBranch returns the full name of the ref that HEAD points to, whether it exists yet or not, or "" when HEAD is detached.
func (r *Repo) HeadBranch(ctx context.Context) (string, error) {
	if r.namespace() != "" { // which may have a HEAD of its own
		out, err := r.output(ctx, nil, "symbolic-ref", "-q", r.namespace()+"HEAD")
		if err == nil {
			return strings.TrimPrefix(strings.TrimSpace(string(out)), r.namespace()), nil
		}
		if exitCode(err) != 1 {
			return "", err
		}
	}
	if ref, err := os.Readlink(filepath.Join(r.gitDir, "HEAD")); err == nil { // core.preferSymlinkRefs
		return filepath.ToSlash(ref), nil
	}
	data, err := os.ReadFile(filepath.Join(r.gitDir, "HEAD"))
	if err != nil {
		return "", fmt.Errorf("read HEAD: %w", err)
	}
	ref, symbolic := strings.CutPrefix(strings.TrimSpace(string(data)), "ref:")
	ref = strings.TrimSpace(ref)
	if ref == "refs/heads/.invalid" { // the placeholder of a reftable repository (gitformat-reftable, "reftable")
		out, err := r.output(ctx, nil, "symbolic-ref", "-q", "HEAD")
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(string(out)), nil
	}
	if !symbolic {
		return "", nil
	}
	return strings.TrimPrefix(ref, r.namespace()), nil
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

// maxPatterns bounds the arguments of one for-each-ref, which has an end and compares every ref with every pattern.
const maxPatterns = 100

// A storedRef is what the repository has under a name.
type storedRef struct {
	id     string
	target string // the ref that it stands for, when it is symbolic; else ""
}

// storedRefs returns each stored ref that matches a pattern as for-each-ref takes them: a full name, or a prefix
// that ends at a slash; at most maxPatterns of them.
func (r *Repo) storedRefs(ctx context.Context, patterns []string) (map[string]storedRef, error) {
	refs := make(map[string]storedRef, len(patterns))
	if len(patterns) == 0 {
		return refs, nil
	}
	prefix := r.namespace()
	args := []string{"for-each-ref", "--format=%(objectname) %(refname) %(symref)", "--"}
	for _, p := range patterns {
		args = append(args, prefix+p)
	}
	out, err := r.output(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(f) != 3 {
			return nil, fmt.Errorf("git for-each-ref: line %q", line)
		}
		refs[strings.TrimPrefix(f[1], prefix)] = storedRef{id: f[0], target: f[2]}
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
