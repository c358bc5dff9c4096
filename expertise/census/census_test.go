package census_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// day0 is when the histories of the tests begin, in unix seconds.
const day0 = 1_600_000_000

// A fixture is a bare repository that is filled by git fast-import.
type fixture struct {
	gitiotest.Bare
	in bytes.Buffer
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return &fixture{Bare: gitiotest.New(t)}
}

// commit changes files on main, by a person "Name <mail>", so many days after day0.
func (f *fixture) commit(who string, day int, files map[string]string) {
	when := day0 + day*86400
	fmt.Fprintf(&f.in, "commit refs/heads/main\nauthor %s %d +0000\ncommitter %s %d +0000\ndata 1\nx\n", who, when, who, when)
	for path, text := range files {
		fmt.Fprintf(&f.in, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
	}
}

// lines are n lines that no other call has.
func lines(of string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %d\n", of, i)
	}
	return b.String()
}

// index imports what was committed and brings the index up to date.
func (f *fixture) index() (*gitio.Repo, census.Tip) {
	f.T.Helper()
	from := ""
	if _, err := os.Stat(filepath.Join(f.Dir, "marks")); err == nil {
		from = "from refs/heads/main^0\n"
	}
	text := f.in.String()
	if from != "" {
		text = strings.Replace(text, "data 1\nx\n", "data 1\nx\n"+from, 1)
	}
	f.in.Reset()
	f.Git(text, "fast-import", "--quiet", "--export-marks=marks")
	repo := f.Open()
	tip, err := census.Trusted(f.T.Context(), repo)
	if err != nil {
		f.T.Fatal(err)
	}
	if _, err := census.Refresh(f.T.Context(), repo, tip, census.RefreshOptions{}); err != nil {
		f.T.Fatal(err)
	}
	return repo, tip
}

func (f *fixture) take(o census.Options) *census.Census {
	f.T.Helper()
	repo, tip := f.index()
	c, err := census.Take(f.T.Context(), repo, tip, o)
	if err != nil {
		f.T.Fatal(err)
	}
	return c
}

// rows are the owners of an area in words.
func rows(a census.Area) string {
	var out []string
	for _, o := range a.Owners {
		out = append(out, fmt.Sprintf("%s %d/%d %.2f gone=%t", o.Label, o.Lines, o.Recent, o.Share, o.Gone))
	}
	return strings.Join(out, "; ")
}

const (
	ada = "Ada Byron <ada@example.com>"
	ben = "Ben Gone <ben@example.com>"
	cyd = "Cyd Both <cyd@example.com>"
	bot = "dependabot[bot] <bot@example.com>"
)

// threePeople: 20 lines of Ada, 30 of Ben, who has left, 10 of Cyd, 40 of a program, and 100 that are vendored.
func threePeople(t *testing.T) *fixture {
	f := newFixture(t)
	f.commit(ben, 0, map[string]string{"core/a.go": lines("a", 30), "vendor/x/x.go": lines("x", 100)})
	f.commit(ada, 400, map[string]string{"core/b.go": lines("b", 20)})
	f.commit(bot, 410, map[string]string{"deps/list.txt": lines("d", 40)})
	f.commit(cyd, 420, map[string]string{"core/sub/c.py": lines("c", 10)})
	return f
}

func TestFigures(t *testing.T) {
	c := threePeople(t).take(census.Options{Departed: true})
	root, err := c.Tree("", census.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// Of 100 lines people wrote 60: more than 30 are those of Ben and Ada together. Ben's half has left.
	if root.Lines != 100 || root.Files != 4 || root.BusFactor != 2 || root.Departed != 0.5 || root.Top != 0.3 {
		t.Errorf("everything: %+v", root.Area)
	}
	want := "dependabot[bot] 40/40 0.40 gone=false; Ben Gone 30/0 0.30 gone=true; Ada Byron 20/20 0.20 gone=false; Cyd Both 10/10 0.10 gone=false"
	if got := rows(root.Area); got != want {
		t.Errorf("everything: %s, want %s", got, want)
	}
	names := func(d *census.Dir) (list []string) {
		for _, sub := range d.Dirs {
			list = append(list, sub.Path)
		}
		return list
	}
	if got := names(root); !slices.Equal(got, []string{"core", "deps"}) {
		t.Fatalf("directories %q", got)
	}
	core, deps := root.Dirs[0], root.Dirs[1]
	if core.Lines != 60 || core.Own.Lines != 50 || core.BusFactor != 2 || core.Dirs[0].Path != "core/sub" || core.Dirs[0].BusFactor != 1 {
		t.Errorf("core: %+v", core)
	}
	if deps.BusFactor != 0 || deps.Departed >= 0 || deps.Top != 0 {
		t.Errorf("what a program wrote has %+v", deps.Area)
	}
}

// TestMoreThanHalf: exactly half is not more than half.
func TestMoreThanHalf(t *testing.T) {
	for mine, want := range map[int]int{10: 2, 11: 1} {
		f := newFixture(t)
		f.commit(ben, 0, map[string]string{"a": lines("a", 10)})
		f.commit(ada, 1, map[string]string{"b": lines("b", mine)})
		a, err := f.take(census.Options{}).Area("", census.Filter{})
		if err != nil || a.BusFactor != want {
			t.Errorf("with %d lines of 10: bus factor %d, want %d (%v)", mine, a.BusFactor, want, err)
		}
		if a.Departed >= 0 {
			t.Errorf("who has left was not asked, but the share is %g", a.Departed)
		}
	}
}

func TestAreas(t *testing.T) {
	c := threePeople(t).take(census.Options{})
	for _, test := range []struct {
		path  string
		f     census.Filter
		lines int64
	}{
		{"core", census.Filter{}, 60},
		{"core/", census.Filter{Language: "Go"}, 50},
		{"core/sub/c.py", census.Filter{}, 10},
		{"vendor", census.Filter{}, 0},
		{"vendor", census.Filter{Generated: true}, 100},
		{"vendor/x/x.go", census.Filter{}, 100}, // asked for by name
		{"", census.Filter{Generated: true}, 200},
	} {
		if a, err := c.Area(test.path, test.f); err != nil || a.Lines != test.lines {
			t.Errorf("%s %+v: %d lines, want %d (%v)", test.path, test.f, a.Lines, test.lines, err)
		}
		if d, err := c.Tree(test.path, test.f); err != nil || d.Lines != test.lines {
			t.Errorf("the tree of %s %+v: %v, want %d lines (%v)", test.path, test.f, d, test.lines, err)
		}
	}
	for _, path := range []string{"cor", "core/a", "core/a.go/x", "none"} {
		if _, err := c.Area(path, census.Filter{}); !errors.Is(err, census.ErrNoPath) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestDepartedSeesCommitsWhoseLinesAreGone: Ben's last commit left no line, with another mail, and he is here all the same.
func TestDepartedSeesCommitsWhoseLinesAreGone(t *testing.T) {
	f := newFixture(t)
	f.commit(ben, 0, map[string]string{"a": lines("a", 10)})
	f.commit("Ben Gone <ben@elsewhere.example>", 500, map[string]string{"b": lines("b", 10)})
	f.commit(ada, 501, map[string]string{"b": lines("c", 10)})
	a, err := f.take(census.Options{Departed: true}).Area("", census.Filter{})
	if err != nil || a.Departed != 0 {
		t.Errorf("departed %g (%v): %s", a.Departed, err, rows(a))
	}
}

// TestClockThatIsWrong: what a clock of the future says is no later than the tip.
func TestClockThatIsWrong(t *testing.T) {
	f := newFixture(t)
	f.commit(ben, 9000, map[string]string{"a": lines("a", 10)})
	f.commit(ada, 10, map[string]string{"b": lines("b", 10)})
	c := f.take(census.Options{})
	a, err := c.Area("", census.Filter{})
	if want := time.Unix(day0+10*86400, 0).UTC(); err != nil || !a.Last.Equal(want) || !c.Date.Equal(want) {
		t.Errorf("last %v, of a tip of %v (%v)", a.Last, c.Date, err)
	}
}

func TestOptOut(t *testing.T) {
	f := threePeople(t)
	f.commit(cyd, 421, map[string]string{".refward-optout": "# not us\nBEN@example.com\n<cyd@example.com>\n"})
	c := f.take(census.Options{})
	a, err := c.Area("core", census.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// Two people are one row, and still two people.
	if got, want := rows(a), "somebody 40/10 0.67 gone=false; Ada Byron 20/20 0.33 gone=false"; got != want || a.BusFactor != 2 || a.Top != 0.5 {
		t.Errorf("%s, bus factor %d, top %g; want %s, 2, 0.5", got, a.BusFactor, a.Top, want)
	}
	for _, o := range a.Owners {
		if o.Label == census.Somebody && o.Mail != "" {
			t.Errorf("somebody has the mail %s", o.Mail)
		}
	}
}

// TestLabels: pages have no mail, whatever somebody calls themselves, and two of one name are told apart where mails are shown.
func TestLabels(t *testing.T) {
	f := newFixture(t)
	f.commit("dan <dan@one.example>", 0, map[string]string{"a": lines("a", 4)})
	f.commit("dan <dan@two.example>", 0, map[string]string{"b": lines("b", 3)})
	f.commit("eve@three.example <eve@three.example>", 0, map[string]string{"c": lines("c", 2)})
	f.commit(" <fay@four.example>", 0, map[string]string{"d": lines("d", 1)})
	a, err := f.take(census.Options{}).Area("", census.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range a.Owners {
		got = append(got, fmt.Sprintf("%s %s %t", o.Label, o.Mail, o.Shared))
	}
	want := []string{"dan dan@one.example true", "dan dan@two.example true", "eve eve@three.example false", "fay fay@four.example false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPseudonyms(t *testing.T) {
	labels := func(c *census.Census, path string) (list []string) {
		a, err := c.Area(path, census.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range a.Owners {
			if !strings.HasPrefix(o.Label, "person-") || o.Mail != "" {
				t.Errorf("%q <%s> is no pseudonym", o.Label, o.Mail)
			}
			list = append(list, o.Label)
		}
		return list
	}
	f, other := threePeople(t), threePeople(t)
	c := f.take(census.Options{Anonymous: true})
	here, again, there := labels(c, "core"), labels(f.take(census.Options{Anonymous: true, Departed: true}), "core"), labels(other.take(census.Options{Anonymous: true}), "core")
	if !slices.Equal(here, again) || labels(c, "core/b.go")[0] != here[1] {
		t.Errorf("%q, then %q", here, again)
	}
	for i := range here {
		if here[i] == there[i] {
			t.Errorf("%s is the same in another repository", here[i])
		}
	}
	info, err := os.Stat(census.KeyPath(f.Dir))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("the key has mode %v (%v)", info.Mode(), err)
	}
	if err := os.WriteFile(census.KeyPath(f.Dir), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := census.Key(f.Dir); err == nil {
		t.Error("a torn key was taken")
	}
}

func TestStaleAndForeign(t *testing.T) {
	f := threePeople(t)
	f.index()
	old, err := ownership.Open(ownership.Path(f.Dir))
	if err != nil {
		t.Fatal(err)
	}
	f.commit(ada, 430, map[string]string{"core/b.go": "x\n"})
	f.commit(ada, 431, map[string]string{"core/b.go": "y\n"})
	repo, tip := f.index()
	if err := old.Write(ownership.Path(f.Dir)); err != nil {
		t.Fatal(err)
	}
	if c, err := census.Take(t.Context(), repo, tip, census.Options{}); err != nil || c.Behind != 2 {
		t.Errorf("behind %d, want 2 (%v)", c.Behind, err)
	}
	was := census.Tip{Ref: tip.Ref, Commit: old.Tip()}
	if r, err := census.Refresh(t.Context(), repo, tip, census.RefreshOptions{}); err != nil || r.Old != old.Tip() || r.Kept {
		t.Errorf("refreshed from %s, kept %t (%v)", r.Old, r.Kept, err)
	}
	if c, err := census.Take(t.Context(), repo, was, census.Options{}); err != nil || c.Behind != -1 {
		t.Errorf("an index ahead of the tip is behind by %d, want -1 (%v)", c.Behind, err)
	}
	other := newFixture(t)
	other.commit(ada, 0, map[string]string{"z": "z\n"})
	otherRepo, otherTip := other.index()
	if err := old.Write(ownership.Path(other.Dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := census.Take(t.Context(), otherRepo, otherTip, census.Options{}); !errors.Is(err, census.ErrForeign) {
		t.Errorf("an index of another repository: %v", err)
	}
}

func TestParseIgnoreRevs(t *testing.T) {
	id := strings.Repeat("aB", 20)
	ids, skipped := census.ParseIgnoreRevs([]byte("# comment\n\n "+id+" # why\r\nabc\n"+id[1:]+"g\n"), 40)
	if !slices.Equal(ids, []string{strings.ToLower(id)}) || !slices.Equal(skipped, []string{"abc", id[1:] + "g"}) {
		t.Errorf("%q, skipped %q", ids, skipped)
	}
}

// TestDepartedPastAWrongClock: a commit whose clock was years behind does not hide those before it, and one whose clock was ahead is no sign of
// life: it was made when it was committed.
func TestDepartedPastAWrongClock(t *testing.T) {
	f := newFixture(t)
	f.commit(cyd, 0, map[string]string{"c": lines("c", 10)})
	f.commit(ben, 700, map[string]string{"b": lines("b", 10)})
	for i := range 10 {
		f.commit(ada, i, map[string]string{"a": lines(fmt.Sprint("a", i), 10)})
	}
	f.commit(ada, 900, map[string]string{"a": lines("last", 10)})
	a, err := f.take(census.Options{Departed: true}).Area("", census.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rows(a), "Ada Byron 10/10 0.33 gone=false; Ben Gone 10/10 0.33 gone=false; Cyd Both 10/0 0.33 gone=true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	ahead := newFixture(t)
	fmt.Fprintf(&ahead.in, "commit refs/heads/main\nauthor %s %d +0000\ncommitter %[1]s %[3]d +0000\ndata 1\nx\nM 100644 inline b\ndata 2\nb\n\n", ben, day0+9000*86400, day0)
	ahead.commit(ada, 900, map[string]string{"a": lines("a", 10)})
	if a, err = ahead.take(census.Options{Departed: true}).Area("", census.Filter{}); err != nil || a.Departed == 0 {
		t.Errorf("departed %g (%v): %s", a.Departed, err, rows(a))
	}
}

// TestDepartedOfAMerge: who works on a branch that a merge brought is here; the edge of a shallow clone is the end.
func TestDepartedOfAMerge(t *testing.T) {
	f := newFixture(t)
	f.commit(ben, 0, map[string]string{"b": lines("b", 10)})
	f.commit(cyd, 1, map[string]string{"c": lines("c", 10)})
	fmt.Fprintf(&f.in, "commit refs/heads/topic\nauthor %s %d +0000\ncommitter %[1]s %[2]d +0000\ndata 1\nx\nfrom refs/heads/main\nM 100644 inline x\ndata 2\nx\n\n", ben, day0+500*86400)
	fmt.Fprintf(&f.in, "commit refs/heads/main\nauthor %s %d +0000\ncommitter %[1]s %[2]d +0000\ndata 1\nx\nmerge refs/heads/topic\nM 100644 inline a\ndata 2\na\n\n", ada, day0+600*86400)
	a, err := f.take(census.Options{Departed: true}).Area("", census.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rows(a), "Cyd Both 10/0 0.48 gone=true; Ben Gone 10/0 0.48 gone=false; Ada Byron 1/1 0.05 gone=false"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Of a shallow clone the parents of the edge are not there, and nobody asks for them.
	shallow := fixture{Bare: gitiotest.New(t)}
	shallow.Git("", "fetch", "-q", "--depth=2", "file://"+filepath.ToSlash(f.Dir), "main:main")
	if a, err = shallow.take(census.Options{Departed: true}).Area("", census.Filter{}); err != nil || a.Departed == 0 {
		t.Errorf("departed %g (%v): %s", a.Departed, err, rows(a))
	}
}

// TestBranch: what people call a branch, and nothing that only git takes for a commit.
func TestBranch(t *testing.T) {
	f := threePeople(t)
	_, tip := f.index()
	f.Git("", "update-ref", "refs/remotes/origin/develop", tip.Commit)
	f.Git("", "update-ref", "refs/heads/topic/one", tip.Commit+"^")
	f.Git("", "tag", "v1", tip.Commit)
	f.Git("", "config", "remote.origin.url", "nowhere")
	repo := f.Open()
	for name, want := range map[string]string{
		"main": "refs/heads/main", "refs/heads/main": "refs/heads/main", "HEAD": "refs/heads/main", "topic/one": "refs/heads/topic/one",
		"origin/develop": "refs/remotes/origin/develop", "develop": "refs/remotes/origin/develop",
		"v1": "", "main~1": "", "main^{commit}": "", "": "", "-x": "", "refs/tags/v1": "refs/tags/v1", tip.Commit: "", "main@{0}": "", "../heads/main": "",
	} {
		got, err := census.Branch(t.Context(), repo, name)
		if want == "" && !errors.Is(err, census.ErrBase) || want != "" && (err != nil || got.Ref != want) {
			t.Errorf("%q: %v, %v, want %q", name, got, err, want)
		}
	}
	f.Git("", "config", census.BaseSetting, "topic/one")
	got, err := census.Trusted(t.Context(), f.Open())
	if err != nil || got.Ref != "refs/heads/topic/one" || got.Commit == tip.Commit {
		t.Errorf("configured: %v, %v", got, err)
	}
	f.Git("", "config", census.BaseSetting, "gone")
	if _, err := census.Trusted(t.Context(), f.Open()); !errors.Is(err, census.ErrBase) || !strings.Contains(err.Error(), census.BaseSetting) {
		t.Errorf("a branch that is not there: %v", err)
	}
}
