package refstore

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

const someID = "0123456789abcdef0123456789abcdef01234567"

func TestLooseContent(t *testing.T) {
	f := newFixture(t)
	s := f.open()
	for _, c := range []struct {
		content string
		want    string // what the error has, "" for none
	}{
		{someID + "\n", ""},
		{someID, ""},
		{strings.ToUpper(someID) + "\r\n \t", ""},
		{someID + "\tnot-for-merge\tbranch 'x'\n", ""},
		{"ref: refs/heads/other\n", ""},
		{"ref:refs/heads/other", ""},
		{"ref: \t refs/heads/other \n\n", ""},
		{"", "it has no id"},
		{"\n\n", "it has no id"},
		{" " + someID, "it has no id"},
		{someID[:39] + "\n", "is not an object id"},
		{someID + "8\n", "is not an object id"},
		{strings.Repeat("0", 40), "it names no object"},
		{strings.Repeat("\x00", 41), "is not an object id"},
		{"g" + someID[1:], "is not an object id"},
		{someID + someID[:24], "SHA-256"},
		{"ref: ", "is not the name of a ref"},
		{"ref: ../../x", "is not the name of a ref"},
		{"ref: refs/heads/../../x", "is not the name of a ref"},
		{"ref: refs/heads/other\nrefs/heads/second", "is not the name of a ref"},
		{"ref: /etc/passwd", "is not the name of a ref"},
		{someID + strings.Repeat(" ", maxLoose), errTooLong.Error()},
	} {
		f.write("refs/heads/other", someID)
		f.write("refs/heads/r", c.content)
		ref, ok, err := s.Lookup("refs/heads/r")
		_, allErr := list(s, "refs/heads/")
		_, tipsErr := tips(s)
		_, whichErr := s.Which([]odb.ID{{1}})
		if c.want == "" {
			if err := errors.Join(err, allErr, tipsErr, whichErr); err != nil || !ok || ref.ID.String() != someID {
				t.Errorf("%q: %v, %v, %v", c.content, ref, ok, err)
			}
			continue
		}
		for _, err := range []error{err, allErr, tipsErr, whichErr} {
			if err == nil || ok || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"refs/heads/r"`) {
				t.Errorf("%q: ok %v, error %v", c.content, ok, err)
			}
		}
		if err != nil && errors.Is(err, odb.ErrUnsupported) != strings.Contains(c.want, "SHA-256") {
			t.Errorf("%q: %v", c.content, err)
		}
	}
}

func TestPackedContent(t *testing.T) {
	const header = "# pack-refs with: peeled fully-peeled sorted \n"
	const a, b = someID + " refs/heads/a\n", someID + " refs/heads/b\n"
	f := newFixture(t)
	s := f.open()
	for _, c := range []struct{ content, want string }{
		{"", ""},
		{header, ""},
		{header + a + b, ""},
		{header + a + "^" + someID + "\n" + b, ""},
		{b + a, ""},
		{"# pack-refs with:\n" + b + a, ""},
		{header + b + a, "refs/heads/a is there twice, or not in order"},
		{header + a + a, "refs/heads/a is there twice"},
		{a + b + a, "refs/heads/a is there twice"},
		{strings.TrimSuffix(header, "\n"), "it has no end"},
		{header + a + strings.TrimSuffix(b, "\n"), `the line at byte 100, "` + strings.TrimSuffix(b, "\n") + `": it has no end`},
		{header + a + "\n" + b, "it is not an id, a space and a name"},
		{header + a + "# comment\n" + b, "it is not an id, a space and a name"},
		{"# other header\n" + a, "it is not an id, a space and a name"},
		{header + a + someID + "\trefs/heads/b\n", "it is not an id, a space and a name"},
		{header + a + someID + " \n", "name"},
		{header + someID + someID[:24] + " refs/heads/a\n", "SHA-256"},
		{header + a + "g" + b[1:], "is not an object id"},
		{header + a + strings.Repeat("0", 40) + " refs/heads/b\n", "it names no object"},
		{header + a + someID + " refs/heads/b..c\n", "this is not the name of a ref"},
		{header + a + someID + " refs/heads/b\r\n", "this is not the name of a ref"},
		{header + someID + " ../refs/heads/a\n", "this is not the name of a ref"},
		{header + someID + " HEAD\n", "this is not the name of a ref"},
		{header + a + "^" + someID + "\n^" + someID + "\n", "^"},
		{header + "^" + someID + "\n" + a, "^"},
		{header + a + "^" + someID[1:] + "\n", "^"},
		{header + a + someID + " refs/heads/" + strings.Repeat("x", 2*maxLine) + "\n", "it is too long"},
		{header + a + someID + " refs/heads/" + strings.Repeat("x", maxLine) + "\n" + b, "it is too long"},
	} {
		f.write("packed-refs", c.content)
		_, err := list(s, "refs/")
		_, tipsErr := tips(s)
		for _, err := range []error{err, tipsErr} {
			switch {
			case c.want == "" && err != nil, c.want != "" && err == nil:
				t.Errorf("%.200q: %v", c.content, err)
			case err != nil && !(strings.Contains(err.Error(), c.want) && len(err.Error()) < 500):
				t.Errorf("%.200q: %v", c.content, err)
			}
		}
		// A look-up does not read all of the file, but what it reads it believes no more.
		for _, name := range []string{"refs/heads/a", "refs/heads/b", "refs/heads/c"} {
			if _, _, err := s.Lookup(name); err != nil && c.want == "" {
				t.Errorf("%q: Lookup(%s): %v", c.content, name, err)
			}
		}
		if _, err := s.Which([]odb.ID{{1}}); err != nil && c.want == "" {
			t.Errorf("%q: Which: %v", c.content, err)
		}
	}
	f.write("packed-refs", header+a+"\n"+b)
	if _, _, err := s.Lookup("refs/heads/b"); err == nil {
		t.Error("Lookup passes over a line that it cannot read")
	}
	f.write("HEAD", someID) // else looking up its branch finds the line first
	for _, content := range []string{header + a + "\n" + b, header + "^" + someID + "\n" + a, header + a + "^" + someID + "\n^" + someID + "\n", strings.TrimSuffix(header+a+b, "\n")} {
		f.write("packed-refs", content)
		if _, err := s.Which([]odb.ID{{1}}); err == nil {
			t.Errorf("%q: Which passes over a line that it cannot read", content)
		}
	}
}

func TestOddFiles(t *testing.T) {
	f := newFixture(t)
	f.git("", "update-ref", "refs/heads/main", f.commits[0].String())
	for _, name := range []string{"refs/heads/x.lock", "refs/heads/.hidden", "refs/heads/a..b", "refs/heads/sp ace", "refs/heads/dot.", "refs/heads/.d/x", "refs/heads/d.lock/x", "refs/heads/d r/x"} {
		f.write(name, f.commits[1].String()+"\n")
	}
	f.write("FETCH_HEAD", f.commits[2].String()+"\tnot-for-merge\tx\n")
	f.write("ORIG_HEAD", f.commits[2].String()+"\n")
	deep := "refs/heads" + strings.Repeat("/d", 800)
	f.write(deep, f.commits[3].String())
	s := f.open()
	want := []string{deep, "refs/heads/main"}
	if git := strings.Fields(f.git("", "for-each-ref", "--format=%(refname)")); !slices.Equal(git, want) {
		t.Fatalf("git has %v", git)
	}
	refs, err := tips(s)
	if err != nil || len(refs) != 3 || refs[0].Name != want[0] || refs[1].Name != want[1] || refs[2].Name != "HEAD" {
		t.Errorf("Tips: %v, %v", refs, err)
	}
	if which, err := s.Which(f.commits); err != nil || len(which) != 2 || !which[f.commits[0]] || !which[f.commits[3]] {
		t.Errorf("Which: %v, %v", which, err)
	}
	for _, name := range []string{"", "/", "refs/heads/", "/refs/heads/main", "refs//heads", "../HEAD", "refs/heads/../../HEAD", "refs/heads/x.lock", "refs/heads/new\nline", "@"} {
		if _, ok, err := s.Lookup(name); ok || err == nil {
			t.Errorf("Lookup(%q) = %v, %v", name, ok, err)
		}
	}
	for _, prefix := range []string{"", "refs", "HEAD", "refs/../", "refs/heads/../../objects/", "refs//", "/refs/"} {
		if refs, err := list(s, prefix); err == nil {
			t.Errorf("All(%q) = %v", prefix, refs)
		}
	}
	if _, _, err := s.Lookup("refs/heads/" + strings.Repeat("x", 5000)); err == nil {
		t.Error("a name that the system refuses is not an absent ref")
	}
}

func TestSymbolicRefs(t *testing.T) {
	f := newFixture(t)
	f.git("", "update-ref", "refs/heads/main", f.commits[0].String())
	last := "refs/heads/main"
	for n := 1; n <= 4; n++ {
		name := fmt.Sprintf("refs/heads/s%d", n)
		f.git("", "symbolic-ref", name, last)
		last = name
	}
	s := f.open()
	for n := 1; n <= 4; n++ {
		name := fmt.Sprintf("refs/heads/s%d", n)
		if ref, ok, err := s.Lookup(name); !ok || err != nil || ref.Target != "refs/heads/main" || ref.ID != f.commits[0] {
			t.Errorf("Lookup(%s) = %v, %v, %v", name, ref, ok, err)
		}
		if out, err := f.tryIn(f.dir, "", "rev-parse", "--verify", name); err != nil {
			t.Errorf("git has no %s: %s %v", name, out, err)
		}
	}
	for name, content := range map[string]string{"refs/heads/s5": "ref: " + last, "refs/heads/loop": "ref: refs/heads/loop", "HEAD": "ref: HEAD"} {
		before, _ := os.ReadFile(f.path(name))
		f.write(name, content)
		if out, err := f.tryIn(f.dir, "", "rev-parse", "--verify", name); err == nil {
			t.Errorf("git has %s: %s", name, out)
		}
		if ref, ok, err := s.Lookup(name); ok || !errors.Is(err, errSymbolic) {
			t.Errorf("Lookup(%s) = %v, %v, %v", name, ref, ok, err)
		}
		if _, err := tips(s); !errors.Is(err, errSymbolic) {
			t.Errorf("Tips with %s: %v", name, err)
		}
		if _, err := s.Which([]odb.ID{{1}}); !errors.Is(err, errSymbolic) {
			t.Errorf("Which with %s: %v", name, err)
		}
		if before == nil {
			f.remove(name)
		} else {
			f.write(name, string(before))
		}
	}
}

func TestOpen(t *testing.T) {
	f := newFixture(t)
	f.git("", "update-ref", "refs/heads/main", f.commits[0].String())
	refused := func(what string) {
		t.Helper()
		if _, err := Open(f.dir, f.dir); err == nil {
			t.Errorf("%s: opened", what)
		} else if errors.Is(err, odb.ErrUnsupported) != strings.HasPrefix(what, "reftable") {
			t.Errorf("%s: %v", what, err)
		}
	}
	f.write("HEAD", "ref: refs/heads/.invalid\n")
	refused("reftable's HEAD")
	f.write("HEAD", "ref: refs/heads/main\n")
	f.mkdir("reftable")
	refused("reftable's folder")
	f.remove("reftable")
	if _, err := Open(f.dir, f.dir); err != nil {
		t.Error(err)
	}
	f.write("HEAD", "")
	refused("an empty HEAD")
	f.remove("HEAD")
	refused("no HEAD")
	f.write("HEAD", "ref: refs/heads/main\n")
	s := f.open()
	f.remove("refs")
	refused("no refs")
	if _, err := list(s, "refs/"); err == nil {
		t.Error("All: without refs/ there is nothing")
	}
	f.write("refs", "")
	refused("refs is a file")
}
