package gitio

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// A fixture is a repository in a temporary directory, driven by real git without the host's configuration.
type fixture struct {
	t    testing.TB
	dir  string
	env  []string
	tick int // seconds since the first commit
}

func newFixture(t testing.TB, initOptions ...string) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir()}
	f.git(append([]string{"init", "-q", "-b", "main", "--template="}, initOptions...)...)
	return f
}

// environ is what every git of the tests runs with.
func (f *fixture) environ() []string {
	date := fmt.Sprintf("%d +0000", 1_700_000_000+f.tick)
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=" + date,
		"GIT_EDITOR=true",
	}, f.env...)
}

// with returns the same repository with more environment.
func (f *fixture) with(env ...string) *fixture {
	g := *f
	g.env = append(append([]string(nil), f.env...), env...)
	return &g
}

func (f *fixture) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = f.dir, f.environ(), strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), err
}

// git runs git and returns what it prints, without the last line end.
func (f *fixture) git(args ...string) string { f.t.Helper(); return f.gitIn("", args...) }

func (f *fixture) gitIn(stdin string, args ...string) string {
	f.t.Helper()
	out, err := f.try(stdin, args...)
	if err != nil {
		f.t.Fatal(err)
	}
	return strings.TrimSuffix(out, "\n")
}

func (f *fixture) write(path, text string) {
	f.t.Helper()
	path = filepath.Join(f.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// commit writes files, given as path and text in turns, and commits everything.
func (f *fixture) commit(message string, pathsAndTexts ...string) string {
	f.t.Helper()
	for i := 0; i+1 < len(pathsAndTexts); i += 2 {
		f.write(pathsAndTexts[i], pathsAndTexts[i+1])
	}
	f.tick++
	f.git("add", "-A")
	f.git("commit", "-q", "--allow-empty", "-m", message)
	return f.id("HEAD")
}

func (f *fixture) id(rev string) string { f.t.Helper(); return f.git("rev-parse", "--verify", rev) }

// object writes an object without git looking at it.
func (f *fixture) object(kind, data string) string {
	f.t.Helper()
	return f.gitIn(data, "hash-object", "-w", "-t", kind, "--literally", "--stdin")
}

// entry returns an entry of a tree object.
func entry(mode, name, id string) string {
	var raw []byte
	_, _ = fmt.Sscanf(id, "%x", &raw)
	return mode + " " + name + "\x00" + string(raw)
}

// commitTree makes a commit of a tree without any index, so that the tree may hold anything.
func (f *fixture) commitTree(message, tree string, parents ...string) string {
	f.t.Helper()
	text := "tree " + tree + "\n"
	for _, p := range parents {
		text += "parent " + p + "\n"
	}
	who := " A <a@example.com> 1700000000 +0000\n"
	return f.object("commit", text+"author"+who+"committer"+who+"\n"+message+"\n")
}

// open opens the repository as a hook does.
func (f *fixture) open(options ...func(*Options)) *Repo {
	f.t.Helper()
	o := Options{Dir: f.dir, Environ: f.environ(), Reader: readerOf(f.t)}
	for _, set := range options {
		set(&o)
	}
	r, err := Open(context.Background(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = r.Close() })
	if o.Reader == ReaderAuto && r.Reader() != "built-in reader" && f.format() == "sha1" {
		f.t.Fatalf("read with %s", r.Reader())
	}
	return r
}

// format returns the hash function of the repository.
func (f *fixture) format() string {
	f.t.Helper()
	return f.git("rev-parse", "--show-object-format")
}

// readers runs a test with each way to read a repository: what holds for one holds for the other.
func readers(t *testing.T, test func(t *testing.T)) {
	for _, reader := range []Reader{ReaderAuto, ReaderGit} {
		t.Run("reader="+string(reader), test)
	}
}

// readerOf returns the reader that a test was given by readers.
func readerOf(t testing.TB) Reader {
	if strings.Contains(t.Name(), "/reader="+string(ReaderGit)) {
		return ReaderGit
	}
	return ReaderAuto
}

func maxBlob(n int64) func(*Options) { return func(o *Options) { o.MaxBlob = n } }

// program has another program stand in for git.
func program(p string) func(*Options) {
	return func(o *Options) { o.Git, o.Reader = p, ReaderGit }
}

// update asks to move a ref from where it is to a revision, "" = away.
func (f *fixture) update(ref, rev string) analyzers.RefUpdate {
	f.t.Helper()
	u := analyzers.RefUpdate{Ref: ref}
	if rev != "" {
		u.New = f.id(rev)
	}
	old, err := f.try("", "rev-parse", "-q", "--verify", ref)
	if u.Old = strings.TrimSpace(old); err != nil {
		u.Old = zeros(u.New)
	}
	if rev == "" {
		u.New = zeros(u.Old)
	}
	return u
}

// protect makes main protected, wherever HEAD is.
func protect(ref, _ string) bool { return ref == "refs/heads/main" }

// readPush reads a push and fails the test when that is not possible.
func readPush(t testing.TB, r *Repo, updates ...analyzers.RefUpdate) *analyzers.Change {
	t.Helper()
	c, err := r.Push(context.Background(), updates, PushOptions{Protected: protect})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// show writes a Change down, one line for each thing, with subjects in place of the ids of commits.
func show(t testing.TB, c *analyzers.Change) string {
	t.Helper()
	out, err := describe(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func describe(c *analyzers.Change) (string, error) {
	var b strings.Builder
	ctx := context.Background()
	subject := map[string]string{}
	for _, k := range c.Commits {
		subject[k.ID] = k.Subject()
	}
	for _, r := range c.Refs {
		if c.Kind != analyzers.KindPush {
			break
		}
		fmt.Fprintf(&b, "%s %q ff=%t:", strings.TrimPrefix(r.Ref, "refs/"), r.Target, r.FastForward)
		for _, i := range r.Tags {
			fmt.Fprintf(&b, " tag %s→%s", c.Tags[i].Name, c.Tags[i].Type)
		}
		for _, i := range r.Commits {
			b.WriteString(" " + c.Commits[i].Subject())
		}
		b.WriteString("\n")
	}
	blobs := map[[3]string]string{}
	for f, err := range c.Files(ctx) {
		if err != nil {
			return b.String(), err
		}
		if f.Status != 'U' { // which has several versions
			blobs[[3]string{f.Commit, f.Ref, f.Path}] = f.Blob
		}
		from := ""
		if f.OldPath != "" {
			from = fmt.Sprintf("%q→", f.OldPath)
		}
		fmt.Fprintf(&b, "%s %c %s%q %o\n", subject[f.Commit]+f.Ref, f.Status, from, f.Path, f.Mode)
	}
	for h, err := range c.Hunks(ctx) {
		if err != nil {
			return b.String(), err
		}
		if id := blobs[[3]string{h.Commit, h.Ref, h.Path}]; h.Blob != id {
			return b.String(), fmt.Errorf("a hunk of %q says that it is blob %q, it is %q", h.Path, h.Blob, id)
		}
		fmt.Fprintf(&b, "%s %q:%d %q%s\n", subject[h.Commit]+h.Ref, h.Path, h.Start, h.Text, h.Unread)
	}
	return b.String(), nil
}

// equal compares two texts line by line, whatever their indentation.
func equal(t testing.TB, got, want string) {
	t.Helper()
	trim := func(s string) string {
		var lines []string
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	if got, want = trim(got), trim(want); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
