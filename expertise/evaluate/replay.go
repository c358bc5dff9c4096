package evaluate

import (
	"cmp"
	"context"
	"slices"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

// An Ask is one query of a replay with what the state knew at its time.
type Ask struct {
	State *activity.State
	Query *suggest.Query
	Truth map[activity.PersonID]bool // who reviewed
	Time  int64                      // unix seconds: when the commit came in

	record *record
}

// replay applies a data set commit by commit, and asks each query before the first commit that it may not see. cold leaves out who
// reviewed. The state is the product's own.
func (d *dataSet) replay(ctx context.Context, queries []*record, cold bool, ask func(*Ask), progress func(done int)) error {
	bot := func(p activity.PersonID) bool { return d.bots[p] }
	s := activity.New(bot)
	order := slices.Clone(queries)
	slices.SortStableFunc(order, func(a, b *record) int { return cmp.Compare(a.cut, b.cut) })
	for i, r := range d.records {
		for len(order) > 0 && order[0].cut < r.time {
			ask(d.ask(s, order[0], bot))
			order = order[1:]
		}
		e := r.event
		if cold {
			e.Reviews = nil
		}
		if err := s.Apply(&e); err != nil {
			return err
		}
		if i%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress(i)
		}
	}
	return nil
}

func (d *dataSet) ask(s *activity.State, r *record, bot func(activity.PersonID) bool) *Ask {
	a := &Ask{State: s, Time: r.time, record: r, Truth: map[activity.PersonID]bool{}, Query: &suggest.Query{
		At: r.cut, Author: r.event.Author, CoAuthors: r.event.CoAuthors, Files: r.event.Files, Touched: r.touched, Whole: r.whole, Exclude: bot,
	}}
	for _, v := range r.event.Reviews {
		a.Truth[v.Person] = true
	}
	return a
}

// Replay gives each query of a data set with what the state knew at its time: those of the newest third, at most 2,000, which [Run] asks,
// with test set; as many before them, which weights may be fitted on, with test clear. cold leaves out who reviewed.
func Replay(ctx context.Context, path string, cold bool, ask func(a *Ask, test bool)) error {
	d, err := read(path)
	if err != nil {
		return err
	}
	all := d.eligibles()
	n := len(d.queries())
	tests := map[*record]bool{}
	for _, r := range all[len(all)-n:] {
		tests[r] = true
	}
	return d.replay(ctx, all[max(0, len(all)-2*n):], cold, func(a *Ask) { ask(a, tests[a.record]) }, func(int) {})
}

// Experts are who has touched the files, as [Figures.Expert1] has it.
func (a *Ask) Experts() map[activity.PersonID]bool { return experts(a.State, a.Query) }
