package balance

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

type person = activity.PersonID

func ranked(scores ...float64) []suggest.Suggestion {
	var out []suggest.Suggestion
	for i, s := range scores {
		out = append(out, suggest.Suggestion{Person: person(i + 1), Score: s})
	}
	return out
}

func TestChoose(t *testing.T) {
	list := ranked(3, 2.8, 1, 0.5, 0.2, 0.1)
	before := slices.Clone(list)
	for name, c := range map[string]struct {
		load    Load
		options Options
		want    person
		ok      bool
		full    []person
	}{
		"nobody has anything":       {Load{}, Defaults(), 1, true, nil},
		"the first is busy":         {Load{Assigned: map[person]int{1: 6}, Reviewers: 6}, Defaults(), 2, true, nil},
		"busy does not matter":      {Load{Assigned: map[person]int{1: 6}, Reviewers: 6}, Options{}, 1, true, nil},
		"the first is full":         {Load{Open: map[person]int{1: 10}}, Defaults(), 2, true, []person{1}},
		"nearly full":               {Load{Open: map[person]int{1: 9}}, Defaults(), 1, true, nil},
		"five are full, one is not": {Load{Open: map[person]int{1: 10, 2: 10, 3: 10, 4: 10, 5: 10}}, Defaults(), 6, true, []person{1, 2, 3, 4, 5}},
		"all are full":              {Load{Open: map[person]int{1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1}}, Options{MaxOpen: 1}, 0, false, []person{1, 2, 3, 4, 5, 6}},
	} {
		got, ok := Choose(list, c.load, c.options)
		if ok != c.ok || got.Person != c.want || !slices.Equal(got.Full, c.full) || ok && list[got.Rank].Person != got.Person {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
	if !slices.Equal(list, before) {
		t.Error("the list that is shown was changed")
	}
	if _, ok := Choose(nil, Load{}, Defaults()); ok {
		t.Error("somebody of nobody")
	}
}

// TestChooseByHand: exp(1)/(1+4/2)^0.5 = 1.569 against exp(0.5) = 1.649; with a load of 3, 2.718/2.5^0.5 = 1.719 wins again.
// The mean is 4/4+1 = 2 both times, by what somebody else has.
func TestChooseByHand(t *testing.T) {
	for _, c := range []struct {
		own, other int
		want       person
	}{{4, 0, 2}, {3, 1, 1}} {
		got, _ := Choose(ranked(1, 0.5), Load{Assigned: map[person]int{1: c.own, 9: c.other}, Reviewers: 4}, Options{Exponent: 0.5})
		if got.Person != c.want {
			t.Errorf("load %d: %d, want %d", c.own, got.Person, c.want)
		}
	}
}

// TestLoadSpreads asks the same ranking again and again: more exponent, less for the busiest; without any, all for one.
func TestLoadSpreads(t *testing.T) {
	last := 1.1
	for _, exponent := range []float64{0, 0.5, 1, 2} {
		var l Ledger
		for i := range 1000 {
			at := int64(1_000_000 + i*3600)
			c, ok := Choose(ranked(2, 1.6, 1.3, 1), Load{Assigned: l.Assigned(at), Reviewers: 4}, Options{Exponent: exponent})
			if !ok {
				t.Fatal("nobody")
			}
			l.Add(Assignment{At: at, Person: c.Person, Change: string(rune(i + 1000))})
		}
		most := 0
		for _, n := range l.Assigned(1_000_000 + 999*3600) {
			most = max(most, n)
		}
		if s := float64(most) / float64(len(l.Assignments)); s >= last {
			t.Errorf("exponent %v: the busiest has %v of all, and %v with less", exponent, s, last)
		} else {
			last = s
		}
	}
}

func TestEscalate(t *testing.T) {
	got := Escalate(Choice{Person: 2}, []person{1, 2, 3, 4}, []person{3, 2, 7}, Load{Open: map[person]int{1: 10}}, Defaults())
	if want := []Escalation{{Remind, 2}, {Next, 3}, {Owner, 7}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Escalate(Choice{Person: 2}, []person{2}, nil, Load{}, Defaults()); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if err := Update(t.Context(), path, time.Unix(1000, 0), func(l *Ledger) error {
				l.Add(Assignment{At: 1000, Person: person(i % 2), Change: string(rune('a' + i))})
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	l, err := Read(path)
	if err != nil || l.Assigned(1000)[0] != 10 || l.Assigned(1000)[1] != 10 {
		t.Errorf("%v, %v: without the lock some of 20 would be lost", l, err)
	}
	if n := len(l.Assigned(1000 + Window)); n != 0 {
		t.Errorf("%d people are busy two weeks later", n)
	}
	failure := errors.New("no")
	if err := Update(t.Context(), path, time.Unix(1000, 0), func(l *Ledger) error { l.Assignments = nil; return failure }); !errors.Is(err, failure) {
		t.Error(err)
	}
	if l, _ := Read(path); len(l.Assignments) != 20 {
		t.Error("a change that failed is kept")
	}
	l.Add(Assignment{At: 1001, Person: 5, Change: "a"})
	if p, ok := l.Of("a"); !ok || p != 5 || len(l.Assignments) != 20 {
		t.Errorf("assigned anew: %v %v, %d", p, ok, len(l.Assignments))
	}
	for _, bad := range []string{"{", `{"version":2}`, `{"version":1,"assignments":[{"at":-1}]}`, `{"version":1,"assignments":[{"person":99999999}]}`} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s is read, or the error does not say of what file: %v", bad, err)
		}
		if err := Update(t.Context(), path, time.Unix(1000, 0), func(*Ledger) error { return nil }); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s is written over: %v", bad, err)
		}
	}
}

func TestOptionsCheck(t *testing.T) {
	if err := Defaults().Check(); err != nil {
		t.Error(err)
	}
	for _, o := range []Options{{Exponent: -1}, {Exponent: math.NaN()}, {Exponent: math.Inf(1)}, {MaxOpen: -1}, {Among: -1}} {
		if o.Check() == nil {
			t.Errorf("%+v passes", o)
		}
	}
}

// Numbers of people change with the mailmap; what was assigned stays with the person.
func TestRenumber(t *testing.T) {
	l := &Ledger{Version: 1}
	l.Add(Assignment{At: 100, Person: 1, Change: "a", Mail: "ada@example.com"})
	l.Add(Assignment{At: 101, Person: 2, Change: "b", Mail: "gone@example.com"})
	l.Add(Assignment{At: 102, Person: 3, Change: "c"})
	l.Renumber(func(mail string, _ activity.PersonID) (activity.PersonID, bool) { return 7, mail == "ada@example.com" })
	if got, want := l.Assigned(200), map[activity.PersonID]int{7: 1, 3: 1}; !maps.Equal(got, want) {
		t.Errorf("assigned: %v, want %v", got, want)
	}
}

// TestAssign: who was named stays so, and nobody is named twice for one change; without the list changing.
func TestAssign(t *testing.T) {
	l := &Ledger{Version: 1}
	list := ranked(2, 1.9, 1)
	before := slices.Clone(list)
	var got []person
	for i, change := range []string{"a", "b", "c", "a"} {
		a, ok := l.Assign(Request{Change: change, At: int64(1000 + i), Ranking: list, Reviewers: 3}, Defaults())
		if !ok {
			t.Fatal("nobody")
		}
		got = append(got, a.Person)
		if change == "a" && a.Since != 1000 {
			t.Errorf("%s since %d", change, a.Since)
		}
	}
	if want := []person{1, 2, 1, 1}; !slices.Equal(got, want) || len(l.Assignments) != 3 {
		t.Errorf("named %v, want %v; noted %v", got, want, l.Assignments)
	}
	if !slices.Equal(list, before) {
		t.Error("the list that is shown was changed")
	}
	// Who is not in the ranking any more, as an author of the change by now, is not named again.
	if a, ok := l.Assign(Request{Change: "a", At: 1010, Ranking: list[1:], Reviewers: 3}, Defaults()); !ok || a.Person != 2 || len(l.Assignments) != 3 {
		t.Errorf("%+v %v, %v", a, ok, l.Assignments)
	}
	full := map[person]int{1: 10, 2: 10, 3: 10}
	if _, ok := l.Assign(Request{Change: "d", At: 1011, Ranking: list, Open: full}, Defaults()); ok || len(l.Assignments) != 3 {
		t.Error("who has too much was named, or nobody was noted")
	}
	if a, ok := l.Assign(Request{Change: "b", At: 1012, Ranking: list, Open: full}, Defaults()); !ok || a.Person != 2 {
		t.Errorf("a change went to another hand: %+v", a)
	}
}

// TestUpdateForgets: what is written is of the last two weeks, whatever change does; a clock that ran ahead does not keep entries for ever.
func TestUpdateForgets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	text := `{"version":1,"assignments":[{"at":1000,"person":1,"change":"old"},{"at":1001,"person":2,"change":"new"},{"at":99999999999,"person":3,"change":"odd"}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Update(t.Context(), path, time.Unix(1000+Window, 0), func(*Ledger) error { return nil }); err != nil {
		t.Fatal(err)
	}
	l, err := Read(path)
	if err != nil || len(l.Assignments) != 1 || l.Assignments[0].Change != "new" {
		t.Errorf("kept %v (%v), want what is younger than two weeks", l, err)
	}
}

// TestUpdateDoesNotWaitForEver: with Lock in place of TryLockContext this test would never end.
func TestUpdateDoesNotWaitForEver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	held := flock.New(path + ".lock")
	if err := held.Lock(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*retry)
	defer cancel()
	err := Update(ctx, path, time.Unix(1000, 0), func(*Ledger) error { t.Error("two have the lock"); return nil })
	if !errors.Is(err, ErrBusy) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path+".lock") {
		t.Errorf("%v, want that the lock is held, with its name", err)
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := Update(t.Context(), path, time.Unix(1000, 0), func(*Ledger) error { return nil }); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// TestProcesses lets processes, each with its own lock, add to one file: without the lock some of it is lost.
func TestProcesses(t *testing.T) {
	const name, each, processes = "REFWARD_TEST_LEDGER", 10, 4
	if path := os.Getenv(name); path != "" {
		for i := range each {
			if err := Update(t.Context(), path, time.Unix(1000, 0), func(l *Ledger) error {
				l.Add(Assignment{At: 1000, Change: strconv.Itoa(os.Getpid()*1000 + i)})
				return nil
			}); err != nil {
				t.Error(err)
			}
		}
		return
	}
	path := filepath.Join(t.TempDir(), "ledger.json")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range processes {
		group.Go(func() {
			cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestProcesses$")
			cmd.Env = append(os.Environ(), name+"="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	group.Wait()
	if l, err := Read(path); err != nil || len(l.Assignments) != each*processes {
		t.Errorf("%d of %d are left (%v)", len(l.Assignments), each*processes, err)
	}
}

func TestExpire(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	if n, gone, err := Expire(t.Context(), path, 5000); n != 0 || gone || err != nil {
		t.Errorf("of nothing: %d %v %v", n, gone, err)
	}
	if _, err := os.Stat(path + ".lock"); err == nil {
		t.Error("a lock was made for nothing")
	}
	l := &Ledger{Version: 1, Assignments: []Assignment{{At: 1000, Change: "a"}, {At: 2000, Change: "b"}, {At: 3000, Change: "c"}}}
	if err := l.write(path); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		until    int64
		n, left  int
		gone     bool
		describe string
	}{{999, 0, 3, false, "all are younger"}, {2000, 2, 1, false, "until includes the second"}, {3000, 1, 0, true, "nothing is left"}, {3000, 0, 0, false, "nor there"}} {
		n, gone, err := Expire(t.Context(), path, c.until)
		l, readErr := Read(path)
		if err != nil || readErr != nil || n != c.n || gone != c.gone || len(l.Assignments) != c.left {
			t.Errorf("%s: removed %d, gone %v, left %v (%v, %v)", c.describe, n, gone, l, err, readErr)
		}
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Expire(t.Context(), path, 1<<40); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
}
