package activity

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const d = 86400

func apply(t *testing.T, s *State, events ...Event) {
	t.Helper()
	for i := range events {
		if err := s.Apply(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func file(path string) []File { return []File{{Path: path, Status: 'M'}} }

func by(people ...PersonID) []Review {
	var out []Review
	for _, p := range people {
		out = append(out, Review{Person: p})
	}
	return out
}

func value(c Counter, p PersonID, at int64, life HalfLife) float64 {
	for q, v := range c.All(at, life) {
		if q == p {
			return v.Weight
		}
	}
	return 0
}

// made is a history with what histories have: renames, removals, sweeping commits, merges, bots, clocks that go wrong, people who leave.
func made(n int, seed uint64) []Event {
	r := rand.New(rand.NewPCG(seed, 1))
	now := int64(1_000_000_000)
	var out []Event
	for i := range n {
		now += int64(r.IntN(5 * d))
		e := Event{ID: fmt.Sprint(i), Committed: now - int64(r.IntN(2)*r.IntN(d)), Author: PersonID(r.IntN(9) + i/100), Merge: r.IntN(9) == 0}
		for range r.IntN(3) {
			e.Reviews = append(e.Reviews, Review{PersonID(r.IntN(9) + i/100), ReviewKind(r.IntN(4))})
		}
		if r.IntN(5) == 0 {
			e.CoAuthors = []PersonID{PersonID(r.IntN(9))}
		}
		for range []int{1, 2, 5, 300}[min(r.IntN(20), 3)] {
			f := File{Path: fmt.Sprintf("d%d/e%d/f%d.go", r.IntN(3), r.IntN(3), r.IntN(9)), Status: "AMMMDR"[r.IntN(6)]}
			if f.Status == 'R' {
				f.Old = fmt.Sprintf("d%d/e%d/f%d.go", r.IntN(3), r.IntN(3), r.IntN(9))
			}
			e.Files = append(e.Files, f)
		}
		out = append(out, e)
	}
	return out
}

func isBot(p PersonID) bool { return p == 3 }

func encoded(t testing.TB, s *State) []byte {
	t.Helper()
	data, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecay(t *testing.T) {
	s := New(nil)
	apply(t, s,
		Event{Author: 1, Committed: 1000 * d, Files: file("a/b.go")},
		Event{Author: 1, Committed: 1240 * d, Files: file("a/b.go"), Reviews: by(2)})
	for _, c := range []struct {
		at   int64
		want float64
	}{{1240, 1.5}, {1480, 0.75}, {1720, 0.375}} {
		if got := value(s.File("a/b.go").Wrote, 1, c.at*d, FileLife); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("day %d: %v, want %v", c.at, got, c.want)
		}
	}
	if got := value(s.Dir("a").Reviewed, 2, 1420*d, DirLife); math.Abs(got-0.5) > 1e-4 {
		t.Errorf("a directory's review after a half-life: %v", got)
	}
	if s.Dir("") == nil || s.Ext(".go") == nil || s.Dir("a/b.go") != nil {
		t.Error("the root and the extension count, a file is no directory")
	}
	if got := s.Person(2); got != (Person{1240 * d, 1240 * d, 1}) {
		t.Errorf("person 2: %+v", got)
	}
}

// TestDecayIsAssociative: decaying in two steps is decaying in one, up to the fixed point.
func TestDecayIsAssociative(t *testing.T) {
	for a := uint32(0); a < 400; a += 37 {
		for b := uint32(0); b < 400; b += 41 {
			once := factor(0, (a+b)*d, FileLife)
			if twice := factor(0, a*d, FileLife) * factor(a*d, (a+b)*d, FileLife); math.Abs(once-twice) > 1e-12 {
				t.Fatalf("%d + %d days: %v, %v", a, b, once, twice)
			}
		}
	}
}

// TestEqualTimes: commits of the same second may come in any order.
func TestEqualTimes(t *testing.T) {
	var events []Event
	for i := range 40 {
		e := Event{Author: PersonID(i % 5), Committed: 5000 * d, Reviews: by(PersonID((i + 1) % 5))}
		for j := range 1 + i {
			e.Files = append(e.Files, File{Path: fmt.Sprintf("x/%d.go", j), Status: 'M'})
		}
		events = append(events, e)
	}
	one, two := New(nil), New(nil)
	apply(t, one, events...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	apply(t, two, events...)
	// The order of an author's last changes is the order in which they came: all else is the same.
	for _, s := range []*State{one, two} {
		for _, r := range s.authors {
			r.changes = nil
		}
	}
	if !bytes.Equal(encoded(t, one), encoded(t, two)) {
		t.Error("the order of equal times shows")
	}
}

func TestRules(t *testing.T) {
	s := New(isBot)
	many := Event{Author: 1, Committed: 10 * d}
	for i := range 201 {
		many.Files = append(many.Files, File{Path: fmt.Sprintf("many/%d", i), Status: 'M'})
	}
	twenty := Event{Author: 1, Committed: 10 * d, Files: slices.Clone(many.Files[:20])}
	for i := range twenty.Files {
		twenty.Files[i].Path = fmt.Sprintf("twenty/%d", i)
	}
	cut := Event{Author: 1, Committed: 10 * d, Files: file("cut"), FileCount: 500}
	apply(t, s, many, twenty, cut,
		Event{Author: 3, Committed: 10 * d, Files: file("bot.go"), Reviews: by(2)},
		Event{Author: 1, CoAuthors: []PersonID{4, 3}, Committed: 10 * d, Files: file("pair.go"), Reviews: by(1, 4, 3, 2, 2)},
		Event{Author: 9, Committed: 10 * d, Files: file("merge.go"), Merge: true},
		Event{Author: 8, Committed: 10 * d, Files: file("approved.go"), Reviews: by(2), Merge: true},
		Event{Author: 1, Committed: 10 * d, Files: []File{{Path: "gone.go", Status: 'D'}}})
	at := int64(10 * d)
	if s.Dir("many") != nil || s.File("cut") != nil {
		t.Error("a commit of more than 200 files counts for them")
	}
	if got := value(s.File("twenty/0").Wrote, 1, at, FileLife); got != 0.5 {
		t.Errorf("one of 20 files counts %v, want a half", got)
	}
	if value(s.Writing(), 3, at, PresenceLife) != 0 || value(s.File("bot.go").Wrote, 3, at, FileLife) != 0 || s.Affinity(3) != nil {
		t.Error("a bot counts")
	}
	if got := value(s.File("bot.go").Reviewed, 2, at, FileLife); got != 1 {
		t.Errorf("who reviews a bot's commit knows the file: %v", got)
	}
	pair := s.File("pair.go")
	if value(pair.Wrote, 4, at, FileLife) != 1 || value(pair.Reviewed, 1, at, FileLife) != 0 || value(pair.Reviewed, 4, at, FileLife) != 0 ||
		value(pair.Reviewed, 2, at, FileLife) != 1 {
		t.Errorf("co-authors write and do not review, and each reviews once: %+v", pair)
	}
	if s.File("merge.go") != nil || s.Person(9).Last != 0 || s.File("gone.go") != nil {
		t.Error("a merge or a removal counts")
	}
	if x := s.File("approved.go"); value(x.Reviewed, 2, at, FileLife) != 1 || value(x.Wrote, 8, at, FileLife) != 0 || s.Person(8).Last != 0 || value(s.Affinity(8), 2, at, AffinityLife) != 1 {
		t.Errorf("who approves of a merge has reviewed what it brings, and its author has not written it again: %+v", x)
	}
}

func TestRenames(t *testing.T) {
	s := New(nil)
	apply(t, s, Event{Author: 1, Committed: d, Files: file("a")}, Event{Author: 2, Committed: d, Files: file("b")},
		Event{Author: 9, Committed: d, Merge: true, Files: []File{{Path: "b", Old: "a", Status: 'R'}, {Path: "a", Old: "b", Status: 'R'}}})
	if value(s.File("b").Wrote, 1, d, FileLife) != 1 || value(s.File("a").Wrote, 2, d, FileLife) != 1 {
		t.Errorf("two files that swap their names: a %+v, b %+v", s.File("a"), s.File("b"))
	}
	apply(t, s, Event{Author: 3, Committed: d, Files: []File{{Path: "c/d", Old: "b", Status: 'R'}}})
	if s.File("b") != nil || value(s.File("c/d").Wrote, 1, d, FileLife) != 1 || value(s.File("c/d").Wrote, 3, d, FileLife) != 1 {
		t.Error("a rename does not carry over")
	}
}

func TestChanges(t *testing.T) {
	s := New(nil)
	for i := range 35 {
		apply(t, s, Event{Author: 1, Committed: int64(i) * d, Reviews: by(PersonID(100 + i))})
	}
	c := s.Changes(1, 34*d)
	if len(c) != RecentChanges || c[0].Reviewers[0] != 105 || c[29].At != 34*d {
		t.Errorf("%v", c)
	}
	if got := s.Changes(1, 34*d+731*d); got != nil {
		t.Errorf("after two years: %v", got)
	}
}

// TestIncremental: stored, read back, swept or not, a state goes on the same.
func TestIncremental(t *testing.T) {
	events := made(700, 7)
	once := New(isBot)
	apply(t, once, events...)
	want := encoded(t, once)
	for _, step := range []int{1, 30, 300} {
		s := New(isBot)
		for i, e := range events {
			apply(t, s, e)
			switch {
			case i%step != 0:
			case i%2 == 0:
				s.Sweep()
			default:
				var err error
				if s, err = Unmarshal(encoded(t, s), isBot); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !bytes.Equal(encoded(t, s), want) {
			t.Errorf("in steps of %d the state is another one", step)
		}
	}
	// The guard can fail: without sweeping there is more in memory than is stored.
	loose := New(isBot)
	apply(t, loose, events...)
	apply(t, loose, Event{Author: 500, Committed: events[699].Committed + 9000*d, Files: file("z")})
	if before := len(loose.files); before < 2 {
		t.Fatalf("nothing to sweep: %d", before)
	}
	loose.Sweep()
	if len(loose.files) != 1 || len(loose.pairs) != 0 {
		t.Errorf("decades later %d files and %d pairs are kept", len(loose.files), len(loose.pairs))
	}
}

func TestTimeNeverGoesBack(t *testing.T) {
	s := New(nil)
	apply(t, s, Event{Author: 1, Committed: 9 * d}, Event{Author: 2, Committed: 3 * d}, Event{Author: 3, Committed: -5})
	if s.Now() != 9*d || s.Person(2).Last != 9*d || s.Person(3).Last != 9*d {
		t.Errorf("now %d, %+v", s.Now(), s.Person(2))
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	s := New(isBot)
	apply(t, s, made(50, 3)...)
	data := encoded(t, s)
	for _, n := range []int{0, 5, len(magic), len(data) / 2, len(data) - 1} {
		if _, err := Unmarshal(data[:n], nil); !errors.Is(err, ErrFormat) {
			t.Errorf("torn at %d: %v", n, err)
		}
	}
	for i := 0; i < len(data); i += 7 {
		bad := slices.Clone(data)
		bad[i] ^= 1
		if _, err := Unmarshal(bad, nil); !errors.Is(err, ErrFormat) {
			t.Errorf("a bit of byte %d: %v", i, err)
		}
	}
	if err := s.Apply(&Event{ID: "x", Author: MaxPerson + 1}); err == nil {
		t.Error("a person out of range is applied")
	}
}

// FuzzUnmarshal: accepted ⇒ written again byte for byte. The checksum is made right, or no input would get through.
func FuzzUnmarshal(f *testing.F) {
	for _, n := range []int{0, 1, 5, 40} {
		s := New(isBot)
		for _, e := range made(n, 11) {
			if err := s.Apply(&e); err != nil {
				f.Fatal(err)
			}
		}
		data := encoded(f, s)
		f.Add(data[len(magic) : len(data)-32])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		data := sealed(body)
		s, err := Unmarshal(data, nil)
		if err != nil {
			return
		}
		if !bytes.Equal(encoded(t, s), data) {
			t.Error("accepted, and written otherwise")
		}
	})
}

// TestLongPaths: a file must not make paths of gigabytes by telling how much of the one before they repeat.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	s := New(nil)
	at := func(n int) []File {
		return []File{{Path: strings.Repeat("a", n), Status: 'A'}, {Path: "b", Status: 'A'}}
	}
	for n := MaxPath - 1; n <= MaxPath+1; n++ {
		if err := s.Apply(&Event{ID: "x", Committed: 1_600_000_000, Author: 1, Files: at(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.files) != 3 { // b, and two that are short enough
		t.Errorf("%d files are kept", len(s.files))
	}
	data, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Unmarshal(data, nil); err != nil {
		t.Errorf("what is written is not read: %v", err)
	}
	s.files[strings.Repeat("c", MaxPath+1)] = s.files["b"]
	if data, err = s.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	if _, err := Unmarshal(data, nil); !errors.Is(err, ErrFormat) {
		t.Errorf("a path that is too long: %v", err)
	}
}
