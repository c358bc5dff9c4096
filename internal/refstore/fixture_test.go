package refstore

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

// A fixture is a bare repository in a temporary directory, driven by real git without the host's configuration. It has objects and
// no refs.
type fixture struct {
	t       testing.TB
	dir     string
	commits []odb.ID
	tags    []odb.ID // the last one is a tag of a tag
	commit  map[odb.ID]odb.ID
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: filepath.Join(t.TempDir(), "repo.git"), commit: map[odb.ID]odb.ID{}}
	if err := os.Mkdir(f.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	f.git("", "init", "-q", "--bare", "-b", "main", "--template=")
	var in strings.Builder
	for n := range 30 {
		fmt.Fprintf(&in, "commit refs/heads/all\nmark :%d\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n", n+1, 1_700_000_000+n)
	}
	for n := range 6 {
		fmt.Fprintf(&in, "tag t%d\nfrom :%d\ntagger A <a@example.com> 1700000000 +0000\ndata 1\nx\n", n, 3*n+1)
	}
	f.git(in.String(), "fast-import", "--quiet")
	for line := range strings.Lines(f.git("", "rev-list", "--reverse", "refs/heads/all")) {
		id := f.id(strings.TrimSpace(line))
		f.commits = append(f.commits, id)
		f.commit[id] = id
	}
	for line := range strings.Lines(f.git("", "for-each-ref", "--format=%(objectname) %(*objectname)", "refs/tags/")) {
		ids := strings.Fields(line)
		f.tags = append(f.tags, f.id(ids[0]))
		f.commit[f.id(ids[0])] = f.id(ids[1])
	}
	nested := f.git(fmt.Sprintf("object %s\ntype tag\ntag n\ntagger A <a@example.com> 1700000000 +0000\n\nx\n", f.tags[0]), "mktag")
	f.tags = append(f.tags, f.id(strings.TrimSpace(nested)))
	f.commit[f.tags[6]] = f.commit[f.tags[0]]
	if len(f.commits) != 30 || len(f.tags) != 7 {
		t.Fatalf("%d commits, %d tags", len(f.commits), len(f.tags))
	}
	for _, dir := range []string{"refs/heads", "refs/tags"} {
		f.remove(dir)
		f.mkdir(dir)
	}
	return f
}

func (f *fixture) id(text string) odb.ID {
	f.t.Helper()
	id, err := odb.ParseID(text)
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func (f *fixture) tryIn(dir, stdin string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=1700000000 +0000",
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out), err
}

func (f *fixture) git(stdin string, args ...string) string {
	f.t.Helper()
	out, err := f.tryIn(f.dir, stdin, args...)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f *fixture) mkdir(name string) {
	f.t.Helper()
	if err := os.MkdirAll(f.path(name), 0o777); err != nil {
		f.t.Fatal(err)
	}
}

// write writes a file, and its folders.
func (f *fixture) write(name, content string) {
	f.t.Helper()
	f.mkdir(filepath.ToSlash(filepath.Dir(name)))
	if err := os.WriteFile(f.path(name), []byte(content), 0o666); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) remove(name string) {
	f.t.Helper()
	if err := os.RemoveAll(f.path(name)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) open() *Store {
	f.t.Helper()
	s, err := Open(f.dir, f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// list returns all refs below a prefix.
func list(s *Store, prefix string) (refs []Ref, err error) {
	for ref, err := range s.All(prefix) {
		if err != nil {
			return refs, err
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func tips(s *Store) (refs []Ref, err error) {
	for ref, err := range s.Tips() {
		if err != nil {
			return refs, err
		}
		refs = append(refs, ref)
	}
	return refs, nil
}
