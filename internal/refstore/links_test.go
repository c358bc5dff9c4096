//go:build unix

package refstore

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/refward/refward/internal/odb"
)

func (f *fixture) link(target, name string) {
	f.t.Helper()
	if err := os.Symlink(target, f.path(name)); err != nil {
		f.t.Fatal(err)
	}
}

func TestLinks(t *testing.T) {
	f := newFixture(t)
	f.git("", "update-ref", "refs/heads/main", f.commits[0].String())
	f.write("elsewhere/r", f.commits[1].String()+"\n")
	f.link("main", "refs/heads/relative")
	f.link("../../elsewhere", "refs/heads/folder")
	f.link("../../elsewhere/r", "refs/heads/out")
	f.link("nowhere", "refs/heads/dangling")
	f.link("self", "refs/heads/self")
	f.link("refs/heads/main", "refs/heads/symbolic")
	f.remove("HEAD")
	f.link("refs/heads/main", "HEAD")
	s := f.open()
	refs, err := list(s, "refs/")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ref := range refs {
		got = append(got, ref.Name+" "+ref.ID.String())
	}
	if want := strings.Split(strings.TrimSpace(f.git("", "for-each-ref", "--format=%(refname) %(objectname)")), "\n"); !slices.Equal(got, want) {
		t.Errorf("All: %v\ngit has %v", got, want)
	}
	for _, name := range []string{"HEAD", "refs/heads/relative", "refs/heads/folder/r", "refs/heads/out", "refs/heads/dangling", "refs/heads/symbolic"} {
		ref, ok, err := s.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		id, gitErr := f.tryIn(f.dir, "", "rev-parse", "-q", "--verify", name)
		target, _ := f.tryIn(f.dir, "", "symbolic-ref", "-q", name)
		if ok != (gitErr == nil) || ok && ref.ID.String() != strings.TrimSpace(id) || ref.Target != strings.TrimSpace(target) {
			t.Errorf("Lookup(%s) = %v, %v; git has %q %q", name, ref, ok, id, target)
		}
	}
	if _, ok, err := s.Lookup("refs/heads/self"); ok || err == nil {
		t.Errorf("a link to itself: %v, %v", ok, err)
	}
	f.link("../../refs", "refs/heads/loop")
	if _, err := list(s, "refs/"); err == nil || !strings.Contains(err.Error(), `"refs/heads/loop"`) {
		t.Errorf("a link to a folder that it is in: %v", err)
	}
}

// TestPipes would wait for ever if a pipe were opened.
func TestPipes(t *testing.T) {
	for _, name := range []string{"refs/heads/pipe", "refs/heads/folder", "packed-refs", "HEAD"} {
		f := newFixture(t)
		s := f.open()
		f.remove(name)
		if err := unix.Mkfifo(f.path(name), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tips(s); err == nil || !strings.Contains(err.Error(), errNotRegular.Error()) {
			t.Errorf("Tips with a pipe %s: %v", name, err)
		}
		if _, err := s.Which([]odb.ID{{1}}); err == nil {
			t.Errorf("Which with a pipe %s", name)
		}
		lookup := name
		if name == "packed-refs" {
			lookup = "refs/heads/main"
		}
		if _, ok, err := s.Lookup(lookup); ok || err == nil {
			t.Errorf("Lookup(%s) of a pipe: %v, %v", lookup, ok, err)
		}
		if refs, err := list(s, "refs/heads/folder/"); name == "refs/heads/folder" && (err != nil || len(refs) > 0) {
			t.Errorf("below a pipe: %v, %v", refs, err)
		}
	}
}
