package history_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

const start = 1700000000

// clock is when the tests take place.
var clock = time.Unix(start+1000*86400, 0)

// A fixture is a bare repository that is filled by git fast-import.
type fixture struct {
	gitiotest.Bare
	n  int
	in bytes.Buffer
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return &fixture{Bare: gitiotest.New(t)}
}

// A made is a commit to be made.
type made struct {
	who, message string
	at           int64
	files        map[string]string // content by path; "" = removed
	parents      []int
}

// commit makes a commit and returns its mark.
func (f *fixture) commit(m made) int {
	f.n++
	if m.who == "" {
		m.who = "Ada Arden <ada@example.com>"
	}
	if m.at == 0 {
		m.at = start + int64(f.n)*3600
	}
	fmt.Fprintf(&f.in, "commit refs/heads/c%d\nmark :%d\nauthor %s %d +0000\ncommitter Merge Queue <queue@example.com> %d +0000\ndata %d\n%s\n", f.n, f.n, m.who, m.at, m.at, len(m.message), m.message)
	for i, p := range m.parents {
		fmt.Fprintf(&f.in, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
	}
	for path, content := range m.files {
		if content == "" {
			fmt.Fprintf(&f.in, "D %s\n", path)
		} else {
			fmt.Fprintf(&f.in, "M 100644 inline %s\ndata %d\n%s\n", path, len(content), content)
		}
	}
	return f.n
}

// ids imports what was made and returns the ids by mark.
func (f *fixture) ids() []string {
	f.T.Helper()
	f.Git(f.in.String(), "fast-import", "--quiet", "--export-marks=marks", "--force")
	ids := make([]string, f.n+1)
	data, err := os.ReadFile(filepath.Join(f.Dir, "marks"))
	if err != nil {
		f.T.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		var mark int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &id); err != nil {
			f.T.Fatal(err)
		}
		ids[mark] = id
	}
	return ids
}

func (f *fixture) update(old *history.Index, tip string) *history.Index {
	f.T.Helper()
	x, err := history.Update(context.Background(), f.Open(), old, tip, history.Options{Now: clock})
	if err != nil {
		f.T.Fatal(err)
	}
	return x
}

func encoded(t testing.TB, x *history.Index) []byte {
	t.Helper()
	data, err := x.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// stored writes an index and reads it back.
func stored(t testing.TB, x *history.Index) *history.Index {
	t.Helper()
	path := history.Path(t.TempDir())
	if err := x.Write(path); err != nil {
		t.Fatal(err)
	}
	s, err := history.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func person(t testing.TB, x *history.Index, mail string) activity.PersonID {
	t.Helper()
	p := x.People.Mail(mail)
	if p == people.None {
		t.Fatalf("nobody has %s", mail)
	}
	return activity.PersonID(p)
}

func TestWhoDidWhat(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{files: map[string]string{"a.go": "1\n2\n3\n4\n", "gone.go": "x\n"}})
	b := f.commit(made{who: "Ben Bell <ben@example.com>", parents: []int{a}, files: map[string]string{"a.go": "", "b.go": "1\n2\n3\n4\n"},
		message: "move\n\nCo-authored-by: Cy Cole <cy@example.com>\nReviewed-by: Ada Arden <ADA@example.com>\nacked-by: Dee Dale <dee@example.com>\nReviewed-by: Ben Bell <ben@example.com>\n"})
	tip := f.commit(made{who: "Eve Eden <eve@example.com>", parents: []int{b}, files: map[string]string{"b.go": "1\n2\n3\n4\n5\n"},
		message: "text\n\nReviewed-by: Fay Field <fay@example.com> is quoted here\n\nand more text\n"})
	x := f.update(nil, f.ids()[tip])
	ada, ben, cy, dee, eve := person(t, x, "ada@example.com"), person(t, x, "ben@example.com"), person(t, x, "cy@example.com"), person(t, x, "dee@example.com"), person(t, x, "eve@example.com")
	s := x.State
	if s.Events() != 3 || s.File("a.go") != nil {
		t.Errorf("%d events, a.go %v: the move is not seen", s.Events(), s.File("a.go"))
	}
	wrote, reviewed := s.File("b.go").Wrote, s.File("b.go").Reviewed
	for _, p := range []activity.PersonID{ada, ben, cy, eve} {
		if wrote.Of(p, s.Now(), activity.FileLife).Weight == 0 {
			t.Errorf("%s did not write b.go", x.People.Person(people.ID(p)).Name)
		}
	}
	for _, p := range []activity.PersonID{ada, dee} {
		if reviewed.Of(p, s.Now(), activity.FileLife).Weight == 0 {
			t.Errorf("%s did not review b.go", x.People.Person(people.ID(p)).Name)
		}
	}
	if reviewed.Of(ben, s.Now(), activity.FileLife).Weight != 0 {
		t.Error("Ben reviewed what he wrote")
	}
	if x.People.Mail("fay@example.com") != people.None {
		t.Error("a line of text is a trailer")
	}
}

// A commit from the year 2099 must not make everybody look gone.
func TestDateFromTheFuture(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{files: map[string]string{"a.go": "1\n"}})
	b := f.commit(made{at: 4070908800, parents: []int{a}, files: map[string]string{"a.go": "2\n"}})
	c := f.commit(made{parents: []int{b}, files: map[string]string{"a.go": "3\n"}})
	x := f.update(nil, f.ids()[c])
	if want := int64(start + 3*3600); x.State.Now() != want {
		t.Errorf("now is %d, want %d", x.State.Now(), want)
	}
}

// A first commit by a wrong clock gives what follows no time of ours: the index would depend on when it is made, and nothing would decay.
func TestFirstDateFromTheFuture(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{at: 4070908800, files: map[string]string{"a.go": "1\n"}})
	b := f.commit(made{parents: []int{a}, files: map[string]string{"a.go": "2\n"}})
	tip := f.ids()[b]
	x := f.update(nil, tip)
	if want := int64(start + 2*3600); x.State.Now() != want {
		t.Errorf("now is %d, want %d", x.State.Now(), want)
	}
	later, err := history.Update(context.Background(), f.Open(), nil, tip, history.Options{Now: clock.Add(time.Hour)})
	if err != nil || !bytes.Equal(encoded(t, later), encoded(t, x)) {
		t.Errorf("an hour later it is another index: %v", err)
	}
}

// Anybody can type a trailer; nobody gets more than so many into a day.
func TestTrailersOfOneDay(t *testing.T) {
	f := newFixture(t)
	last := 0
	for i := range history.MaxReviewed + 20 {
		m := made{at: start + int64(i), files: map[string]string{"a.go": fmt.Sprint(i, "\n")}, message: "x\n\nReviewed-by: Eve Eden <eve@example.com>\n"}
		if last > 0 {
			m.parents = []int{last}
		}
		last = f.commit(m)
	}
	next := f.commit(made{at: start + 2*86400, parents: []int{last}, files: map[string]string{"a.go": "z\n"}, message: "x\n\nReviewed-by: Eve Eden <eve@example.com>\n"})
	ids := f.ids()
	x := f.update(nil, ids[last])
	eve := person(t, x, "eve@example.com")
	if n := x.State.Person(eve).Reviews; n != history.MaxReviewed {
		t.Errorf("%d reviews of one day, want %d", n, history.MaxReviewed)
	}
	// The count goes on where an index ended.
	half := stored(t, f.update(nil, ids[last-30]))
	if !bytes.Equal(encoded(t, f.update(half, ids[last])), encoded(t, x)) {
		t.Error("an update counts otherwise than a build")
	}
	if n := f.update(stored(t, x), ids[next]).State.Person(eve).Reviews; n != history.MaxReviewed+1 {
		t.Errorf("%d reviews with the next day's, want %d", n, history.MaxReviewed+1)
	}
}

// random makes a history with branches, merges and renames, and returns the marks of its line of first parents.
func random(f *fixture, seed uint64, n int) (line []int) {
	r := rand.New(rand.NewPCG(seed, 1))
	who := func() string { k := r.IntN(12); return fmt.Sprintf("Person Number%d <p%d@example.com>", k, k) }
	file := func() string { return fmt.Sprintf("d%d/f%d.go", r.IntN(3), r.IntN(6)) }
	tip := 0
	make1 := func(parents ...int) int {
		path := file()
		m := made{who: who(), parents: parents, at: start + int64(f.n)*7200 - int64(r.IntN(90000)), files: map[string]string{path: fmt.Sprint(strings.Repeat("line\n", 5), r.IntN(3), "\n")}}
		if r.IntN(2) == 0 {
			m.message = "x\n\nReviewed-by: " + who() + "\n"
		}
		return f.commit(m)
	}
	for len(line) < n {
		switch {
		case tip == 0:
			tip = make1()
		case r.IntN(4) == 0 && len(line) > 3:
			side := make1(line[r.IntN(len(line))])
			for range r.IntN(3) {
				side = make1(side)
			}
			tip = make1(tip, side)
		default:
			tip = make1(tip)
		}
		line = append(line, tip)
	}
	return line
}

// What is read in steps is what is read at once, byte for byte.
func TestStepsAreTheWhole(t *testing.T) {
	for seed := range uint64(4) {
		f := newFixture(t)
		line := random(f, seed, 60)
		ids := f.ids()
		tip := ids[line[len(line)-1]]
		whole := encoded(t, f.update(nil, tip))
		for _, back := range []int{0, 1, 7, 30, 59} {
			old := stored(t, f.update(nil, ids[line[len(line)-1-back]]))
			if !bytes.Equal(encoded(t, f.update(old, tip)), whole) {
				t.Errorf("seed %d: %d steps differ", seed, back)
			}
		}
		// Not on the line of first parents: a commit of a side branch, and a tip that was left behind.
		for mark := 1; mark < len(ids); mark += 9 {
			old := stored(t, f.update(nil, ids[mark]))
			if !bytes.Equal(encoded(t, f.update(old, tip)), whole) {
				t.Errorf("seed %d: from commit %d it differs", seed, mark)
			}
		}
	}
}

// A name and mail that turn out to be two people's make one of them, with all that both did.
func TestPeopleWhoTurnOutToBeOne(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{who: "Gil Gray <gil@home.example>", files: map[string]string{"a.go": "1\n"}})
	b := f.commit(made{who: "gilgray <gil@work.example>", parents: []int{a}, files: map[string]string{"a.go": "2\n"}})
	c := f.commit(made{who: "Gil Gray <gil@work.example>", parents: []int{b}, files: map[string]string{"a.go": "3\n"}})
	ids := f.ids()
	before := f.update(nil, ids[b])
	if before.People.Len() != 2 {
		t.Fatalf("%d people, want 2", before.People.Len())
	}
	who, err := before.Of(people.Ident{Name: "Gil Gray", Mail: "gil@work.example"})
	if err != nil || len(who) != 2 {
		t.Errorf("the author of a change is %v (%v), want both", who, err)
	}
	after := f.update(stored(t, before), ids[c])
	if after.People.Len() != 1 || !bytes.Equal(encoded(t, after), encoded(t, f.update(nil, ids[c]))) {
		t.Errorf("%d people, or it differs from a build", after.People.Len())
	}
}

func TestMailmapOfTheTip(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{who: "hh <h@old.example>", files: map[string]string{"a.go": "1\n"}})
	b := f.commit(made{who: "Hal Hill <hal@example.com>", parents: []int{a}, files: map[string]string{".mailmap": "Hal Hill <hal@example.com> <h@old.example>\n"}})
	ids := f.ids()
	x := f.update(stored(t, f.update(nil, ids[a])), ids[b])
	if x.People.Len() != 1 {
		t.Errorf("%d people, want 1", x.People.Len())
	}
}

// Whatever is wrong with a file is said; nothing is read out of it.
func TestDamagedFile(t *testing.T) {
	f := newFixture(t)
	line := random(f, 9, 12)
	x := f.update(nil, f.ids()[line[11]])
	data := encoded(t, x)
	path := filepath.Join(t.TempDir(), "activity.idx")
	if _, err := history.Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	refused := func(what string, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := history.Open(path); !errors.Is(err, history.ErrFormat) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := 0; n < len(data); n += 1 + n/8 {
		refused(fmt.Sprint("torn at ", n), data[:n])
	}
	for n := 0; n < len(data); n += 1 + n/8 {
		flipped := bytes.Clone(data)
		flipped[n] ^= 0x10
		refused(fmt.Sprint("changed at ", n), flipped)
	}
	refused("longer", append(bytes.Clone(data), 0))
}

// An index of another repository has a tip that is not here.
func TestForeignFile(t *testing.T) {
	f, g := newFixture(t), newFixture(t)
	here, there := random(f, 1, 10), random(g, 2, 10)
	ids, foreign := f.ids(), g.ids()
	old := stored(t, g.update(nil, foreign[there[9]]))
	if !bytes.Equal(encoded(t, f.update(old, ids[here[9]])), encoded(t, f.update(nil, ids[here[9]]))) {
		t.Error("a foreign index is in the result")
	}
}

// At the edge of a shallow clone nobody wrote everything.
func TestShallow(t *testing.T) {
	f := newFixture(t)
	a := f.commit(made{who: "Ida Iver <ida@example.com>", files: map[string]string{"a.go": "1\n"}})
	b := f.commit(made{who: "Jon Jay <jon@example.com>", parents: []int{a}, files: map[string]string{"b.go": "1\n"}})
	c := f.commit(made{parents: []int{b}, files: map[string]string{"b.go": "2\n"}})
	ids := f.ids()
	if err := os.WriteFile(filepath.Join(f.Dir, "shallow"), []byte(ids[b]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x := f.update(nil, ids[c])
	if x.State.Events() != 2 || x.State.File("a.go") != nil {
		t.Errorf("%d events, a.go %v", x.State.Events(), x.State.File("a.go"))
	}
}
