package suggest

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/refward/refward/expertise/activity"
)

const d = 86400

var today = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC).Unix()

func state(t testing.TB, events ...activity.Event) *activity.State {
	t.Helper()
	s := activity.New(nil)
	for i := range events {
		if err := s.Apply(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func commit(at int64, author activity.PersonID, path string, reviewers ...activity.PersonID) activity.Event {
	e := activity.Event{Committed: at, Author: author, Files: []activity.File{{Path: path, Status: 'M'}}}
	for _, r := range reviewers {
		e.Reviews = append(e.Reviews, activity.Review{Person: r})
	}
	return e
}

func files(paths ...string) []activity.File {
	var out []activity.File
	for _, p := range paths {
		out = append(out, activity.File{Path: p, Status: 'M'})
	}
	return out
}

func people(s []Suggestion) []activity.PersonID {
	out := make([]activity.PersonID, len(s))
	for i, x := range s {
		out[i] = x.Person
	}
	return out
}

func of(cs []Candidate, p activity.PersonID) *Candidate {
	for i := range cs {
		if cs[i].Person == p {
			return &cs[i]
		}
	}
	return nil
}

// TestSignalsByHand: one review by 2 of author 1's commit to a/x.go, today; 3 wrote the file a half-life ago.
func TestSignalsByHand(t *testing.T) {
	s := state(t, commit(today-240*d, 3, "a/x.go"), commit(today, 1, "a/x.go", 2))
	cs := Measure(s, &Query{At: today, Author: 1, Files: files("a/x.go"), Touched: []Lines{{3, 30}, {1, 500}, {2, 10}}})
	for _, c := range []struct {
		person activity.PersonID
		signal Signal
		want   float64
	}{
		{2, TouchedLines, math.Sqrt(10.0 / 40)}, // the author's own 500 lines count in no share
		{3, TouchedLines, math.Sqrt(30.0 / 40)},
		{2, FileReview, math.Sqrt(1 / 1.25)},
		{3, FileAuthor, math.Sqrt(0.5 / 0.75)},
		{3, DirAuthor, math.Sqrt(math.Exp2(-240.0/180) / (math.Exp2(-240.0/180) + 0.25))},
		{2, Affinity, math.Sqrt(1 / 1.25)},
		{2, AffinitySession, math.Sqrt(1 / 1.25)},
		{2, LastReviewers, math.Sqrt(1 / 1.25)},
		{2, ReviewRecency, 1},
		{2, NeverReviewed, 0},
		{3, NeverReviewed, 1},
		{3, Recency, math.Exp(-8)},
		{3, FilesKnown, 1},
		{2, DirsKnown, 1},
		{2, FileReviewDepth, math.Sqrt(math.Log(2))},
		{2, FileReviewFresh, 1},
		{2, AffinityAndFile, 1 / 1.25},
	} {
		if got := of(cs, c.person).Signals[c.signal]; math.Abs(got-c.want) > 1e-4 {
			t.Errorf("person %d, %s: %v, want %v", c.person, c.signal, got, c.want)
		}
	}
	if of(cs, 1) != nil {
		t.Error("the author is a candidate")
	}
}

// TestWhoIsNotSuggested: each of them would be first but for the rule.
func TestWhoIsNotSuggested(t *testing.T) {
	s := state(t, commit(today-366*d-3600, 4, "a/x.go", 5), commit(today-2*d, 1, "a/x.go", 2), commit(today-d, 7, "a/x.go", 3, 2, 6))
	lines := []Lines{{1, 9}, {2, 9}, {3, 9}, {4, 900}, {5, 900}, {6, 9}, {8, 99}}
	q := &Query{At: today, Author: 1, CoAuthors: []activity.PersonID{3}, Files: files("a/x.go"), Touched: lines,
		Exclude: func(p activity.PersonID) bool { return p == 6 }}
	got := people(Rank(s, q))
	if want := []activity.PersonID{2, 7}; !slices.Equal(got, want) {
		t.Errorf("suggested %v, want %v", got, want)
	}
	q.Exclude = nil
	if got := people(Rank(s, q)); !slices.Contains(got, 6) {
		t.Errorf("6 is out for another reason: %v", got)
	}
	q.At = today - 2*d
	if got := people(Rank(s, q)); slices.Contains(got, 4) {
		t.Errorf("a query before the state's time asks at the state's: %v", got)
	}
}

func TestGeneratedFilesAreSkipped(t *testing.T) {
	q := &Query{Files: files("go.sum", "vendor/x/y.go", "main.go")}
	if got := Examined(q); len(got) != 1 || got[0].Path != "main.go" {
		t.Errorf("%v", got)
	}
	q.Files = q.Files[:2]
	if got := Examined(q); len(got) != 2 {
		t.Errorf("when there is nothing else they are looked at: %v", got)
	}
	q.Files = make([]activity.File, 90)
	if got := Examined(q); len(got) != mostFiles {
		t.Errorf("%d files are looked at", len(got))
	}
}

func TestARenameAsksForTheOldName(t *testing.T) {
	s := state(t, commit(today-d, 2, "old.go"))
	cs := Measure(s, &Query{At: today, Author: 1, Files: []activity.File{{Path: "new.go", Old: "old.go", Status: 'R'}}})
	if c := of(cs, 2); c == nil || c.Signals[FilesKnown] != 1 {
		t.Errorf("%+v", cs)
	}
}

func TestWeightsFollowTheHistory(t *testing.T) {
	cold := state(t, commit(today, 2, "a"), commit(today, 3, "a"))
	full := state(t, commit(today, 2, "a", 3), commit(today, 3, "a", 2))
	if WeightsFor(cold, today) != &Cold || WeightsFor(full, today) != &Full || WeightsFor(full, today+600*d) != &Cold {
		t.Error("weights do not follow whether the history says who reviewed")
	}
	if got := people(Rank(cold, &Query{At: today, Author: 3, Files: files("a")})); !slices.Equal(got, []activity.PersonID{2}) {
		t.Errorf("%v", got)
	}
}

func TestRankIsStable(t *testing.T) {
	s := state(t, commit(today, 9, "a", 4, 2, 3))
	for range 20 {
		if got := people(Rank(s, &Query{At: today, Author: 1, Files: files("a")})); !slices.Equal(got[:3], []activity.PersonID{2, 3, 4}) {
			t.Fatalf("equal people in the order %v", got)
		}
	}
}

func TestReasons(t *testing.T) {
	may := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC).Unix()
	events := []activity.Event{commit(time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC).Unix(), 8, "o.go")}
	for i := range 4 {
		events = append(events, commit(may, 2, fmt.Sprintf("a/%d.go", i)))
	}
	for i := range 40 {
		e := commit(may+int64(i)*3600, 1, "z/z.go")
		if i >= 28 {
			e.Reviews = []activity.Review{{Person: 2}}
		}
		events = append(events, e)
	}
	s := state(t, events...)
	q := &Query{At: today, Author: 1, Files: files("a/0.go", "a/1.go", "a/2.go", "a/3.go", "b/4.go"), Touched: []Lines{{2, 41}, {5, 59}, {1, 100}}}
	got := Reasons(s, q, 2)
	const want = "wrote 41 % of the lines you touch, last in May; reviewed 12 of your last 30 changes; knows 4 of 5 files; does 100 % of all reviews"
	if Text(got) != want {
		t.Errorf("reasons\n%s\nwant\n%s", Text(got), want)
	}
	if got[0] != (Reason{OwnsLines, 41, 100, may, "wrote 41 % of the lines you touch, last in May"}) || got[1].Part != 12 || got[2].All != 5 {
		t.Errorf("%+v", got)
	}
	if got := Text(Reasons(s, &Query{At: today, Author: 1, Files: files("o.go"), Whole: []Lines{{8, 10}}}, 8)); got != "wrote 100 % of the lines of these files, last in February 2024; knows the file, seen last in February 2024" {
		t.Errorf("%s", got)
	}
	// What a share is of is all lines, whoever has them and however many owners the list names.
	q.AllTouched = 400
	if got := Reasons(s, q, 2)[0]; got.Text != "wrote 10 % of the lines you touch, last in May" || got.All != 400 {
		t.Errorf("%+v", got)
	}
	if got := Reasons(s, &Query{At: today, Author: 1, Files: files("o.go"), Whole: []Lines{{8, 10}}, AllWhole: 40}, 8)[0]; got.Part != 10 || got.All != 40 {
		t.Errorf("%+v", got)
	}
	if got := Text(Reasons(s, &Query{At: today, Author: 1, Files: files("new/x.rs")}, 8)); got != "was last active in February 2024" {
		t.Errorf("%s", got)
	}
}

// BenchmarkRank asks about 50 files in a history of 20,000 commits by 300 people.
func BenchmarkRank(b *testing.B) {
	s := activity.New(nil)
	for i := range 20000 {
		e := activity.Event{Committed: today - int64(20000-i)*3600, Author: activity.PersonID(i * 7919 % 300)}
		for j := range 5 {
			e.Files = append(e.Files, activity.File{Path: fmt.Sprintf("d%d/e%d/f%d.go", i%7, i%31, (i*31+j)%400), Status: 'M'})
		}
		e.Reviews = []activity.Review{{Person: activity.PersonID(i * 104729 % 300)}, {Person: activity.PersonID(i % 50)}}
		if err := s.Apply(&e); err != nil {
			b.Fatal(err)
		}
	}
	q := &Query{At: today, Author: 1}
	for i := range 50 {
		q.Files = append(q.Files, activity.File{Path: fmt.Sprintf("d%d/e%d/f%d.go", i%7, i%31, i*8), Status: 'M'})
	}
	for b.Loop() {
		for _, x := range Rank(s, q)[:3] {
			Reasons(s, q, x.Person)
		}
	}
}
