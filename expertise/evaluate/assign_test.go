package evaluate

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/expertise/suggest"
)

// twins is a history in which 2 and 3 review what 1 writes, 2 two times of three, a change each six hours. Each comes in three days after it was
// written, so that twelve are open at any time.
func twins() string {
	var b strings.Builder
	b.WriteString(people)
	for i := range 300 {
		at := 1_500_000_000 + i*6*3600
		fmt.Fprintf(&b, `{"i":%d,"ct":%d,"at":%d,"a":1,"r":[%d],"f":[["x.go",1,1,"M"]]}`+"\n", i, at, at-3*86400, []int{2, 2, 3}[i%3])
	}
	return b.String()
}

func distribution(t *testing.T, o Options) Distribution {
	t.Helper()
	r, err := Assign(context.Background(), []string{write(t, "twins.jsonl", []byte(twins()))}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Repositories[0]
}

// TestAssignSpreads: no load, always the first; more of it, less for the busiest; a limit, and no more than that is open.
func TestAssignSpreads(t *testing.T) {
	x := distribution(t, Options{Balance: &balance.Options{Exponent: 0.5, MaxOpen: 8}})
	if x.First.Busiest != 1 || x.First.MeanRank != 1 || x.First.Passed != 0 || x.First.MostOpen != 12 {
		t.Errorf("the first: %+v", x.First)
	}
	last := x.First.Busiest
	for i, want := range []Assignment{{Exponent: 0.5}, {Exponent: 1}, {MaxOpen: 8}, {Exponent: 0.5, MaxOpen: 8}, {Exponent: 1, MaxOpen: 8}} {
		got := x.Assigned[i]
		if got.Exponent != want.Exponent || got.MaxOpen != want.MaxOpen {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
		if got.Queries != 100 || got.Nobody != 0 || want.MaxOpen > 0 && got.MostOpen > want.MaxOpen {
			t.Errorf("%+v", got)
		}
	}
	for _, a := range x.Assigned[:2] {
		if a.Busiest >= last || a.Passed != 0 {
			t.Errorf("exponent %g: the busiest has %g, with less of it %g", a.Exponent, a.Busiest, last)
		}
		last = a.Busiest
	}
	if a := x.Assigned[2]; a.Passed == 0 || a.Busiest == 1 || a.MeanRank == 1 {
		t.Errorf("who has eight open reviews gets more: %+v", a)
	}
	// Two people who may have two each cannot take twelve: then nobody is named, and it is counted so.
	none := distribution(t, Options{Balance: &balance.Options{Exponent: 0.5, MaxOpen: 2}})
	if a := none.Assigned[2]; a.Nobody < 0.5 || a.MostOpen != 2 || a.Hit > 1-a.Nobody {
		t.Errorf("four can be open: %+v", a)
	}
}

// TestAssignIsThoseOfRun: an exponent of 0 names whom the ranking has first, which Run rates; and the list stays as it is.
func TestAssignIsThoseOfRun(t *testing.T) {
	rank := func(s *activity.State, q *suggest.Query) []suggest.Suggestion {
		list := suggest.Rank(s, q)
		kept := slices.Clone(list)
		t.Cleanup(func() {
			if !slices.Equal(list, kept) {
				t.Error("naming somebody changed the list that is shown")
			}
		})
		return list
	}
	for _, text := range []string{twins(), history()} {
		path := write(t, "x.jsonl", []byte(text))
		run, err := Run(t.Context(), []string{path}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		assigned, err := Assign(t.Context(), []string{path}, Options{Rank: rank})
		if err != nil {
			t.Fatal(err)
		}
		f, x := run.Macro.Figures, assigned.Macro.First
		if x.Hit != f.Top1 || x.Expert != f.Expert1 || x.Departed != f.Departed1 || x.Busiest != f.Busiest || x.Gini != f.Gini || x.Queries != f.Queries {
			t.Errorf("first %+v, Run has %+v", x, f)
		}
		if w := assigned.Macro.Assigned[0]; w.Exponent != balance.Defaults().Exponent || len(assigned.Macro.Assigned) != 5 {
			t.Errorf("%+v", assigned.Macro.Assigned)
		}
	}
}

// TestOpenUntilItCameIn: a review counts as open until the commit is in, and not at that moment any more.
func TestOpenUntilItCameIn(t *testing.T) {
	d := newDesk(balance.Options{})
	d.open[1] = []int64{10, 20, 30}
	for _, c := range []struct {
		at   int64
		want int
	}{{9, 3}, {10, 2}, {25, 1}, {30, 0}} {
		if got := d.openAt(c.at)[1]; got != c.want {
			t.Errorf("at %d %d are open, want %d", c.at, got, c.want)
		}
	}
}

func TestDistributionsAreWritten(t *testing.T) {
	r := &Distributions{Repositories: []Distribution{{Name: "r", First: Named{Queries: 1, Hit: 1}, Assigned: []Assignment{{0.5, 10, Named{Queries: 1, MeanRank: 2}}}}}}
	r.Macro = r.mean([]balance.Options{{Exponent: 0.5, MaxOpen: 10}})
	const named = `"queries": 1, "hit": 1, "expert": 0, "departed": 0, "busiest": 0, "gini": 0, "passed": 0, "nobody": 0, "mean_rank": 0, "most_open": 0`
	one := func(name string) string {
		return `{ "name": "` + name + `", "first": { ` + named + ` }, "assigned": [ { "exponent": 0.5, "max_open": 10, ` + strings.NewReplacer(`"hit": 1`, `"hit": 0`, `rank": 0`, `rank": 2`).Replace(named) + ` } ] }`
	}
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(strings.Fields(b.String()), " "), `{ "repositories": [ `+one("r")+` ], "macro": `+one("macro")+` }`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	b.Reset()
	if err := r.WriteText(&b); err != nil || strings.Count(b.String(), "\n") != 5 || strings.Count(b.String(), "exponent 0.5, at most 10") != 2 {
		t.Errorf("%v\n%s", err, &b)
	}
}
