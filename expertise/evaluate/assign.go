package evaluate

import (
	"context"
	"slices"
	"strconv"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/expertise/suggest"
)

// ways are how people are named in a simulation: by each exponent, without a limit and with it. Without both it is whoever stands first.
func ways(o balance.Options) []balance.Options {
	var out []balance.Options
	for _, limit := range []int{0, o.MaxOpen} {
		for _, e := range []float64{0, o.Exponent, 1} {
			w := balance.Options{Exponent: e, MaxOpen: limit, Among: o.Among}
			if (e > 0 || limit > 0) && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// Named says how good it was to name one person for each query. All but Queries and MeanRank are shares from 0 to 1.
type Named struct {
	Queries  int     `json:"queries"`
	Hit      float64 `json:"hit"`      // who was named did review
	Expert   float64 `json:"expert"`   // … wrote or reviewed a touched file, as of Figures.Expert1
	Departed float64 `json:"departed"` // … never wrote or reviewed anything afterwards, as of Figures.Departed1
	Busiest  float64 `json:"busiest"`  // of who was named, the share that the busiest person gets
	Gini     float64 `json:"gini"`     // of who was named, among who was named or did review
	Passed   float64 `json:"passed"`   // somebody who stands before who was named has too many open reviews
	Nobody   float64 `json:"nobody"`   // all have
	MeanRank float64 `json:"mean_rank"`
	MostOpen int     `json:"most_open"` // the most reviews that one person had open at a time
}

// An Assignment is one way of naming people.
type Assignment struct {
	Exponent float64 `json:"exponent"` // of the load; 0 = it does not count
	MaxOpen  int     `json:"max_open"` // open reviews above which nobody gets another one; 0 = no limit
	Named
}

// A Distribution says what naming one person does to a repository.
type Distribution struct {
	Name string `json:"name"`

	First    Named        `json:"first"` // who stands first in the ranking, whatever they have to do
	Assigned []Assignment `json:"assigned"`
}

// Distributions are what a simulation comes to.
type Distributions struct {
	Repositories []Distribution `json:"repositories"`
	Macro        Distribution   `json:"macro"` // each repository counts the same
}

// Assign replays data sets as Run does and names one person for each query, in the order in which they are asked, by the ledger of the
// product. A review is open from the moment of asking until the commit came in.
func Assign(ctx context.Context, files []string, o Options) (*Distributions, error) {
	o.complete()
	r := &Distributions{Repositories: []Distribution{}}
	err := each(files, func(d *dataSet) error {
		x, err := d.assign(ctx, o)
		r.Repositories = append(r.Repositories, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Macro = r.mean(ways(*o.Balance))
	return r, nil
}

func (r *Distributions) mean(all []balance.Options) Distribution {
	m := Distribution{Name: "macro", Assigned: []Assignment{}}
	column := make([]Named, len(r.Repositories))
	for i, x := range r.Repositories {
		column[i] = x.First
	}
	m.First = meanNamed(column)
	for k, w := range all {
		for i, x := range r.Repositories {
			column[i] = x.Assigned[k].Named
		}
		m.Assigned = append(m.Assigned, Assignment{w.Exponent, w.MaxOpen, meanNamed(column)})
	}
	return m
}

func meanNamed(all []Named) Named {
	var m Named
	n := float64(len(all))
	for _, x := range all {
		m.Queries += x.Queries
		m.Hit += x.Hit / n
		m.Expert += x.Expert / n
		m.Departed += x.Departed / n
		m.Busiest += x.Busiest / n
		m.Gini += x.Gini / n
		m.Passed += x.Passed / n
		m.Nobody += x.Nobody / n
		m.MeanRank += x.MeanRank / n
		m.MostOpen = max(m.MostOpen, x.MostOpen)
	}
	return m
}

// A desk is where one way of naming people is simulated.
type desk struct {
	tally
	options balance.Options
	ledger  balance.Ledger
	open    map[activity.PersonID][]int64 // when the reviews that people have open are done

	passed, nobody, named, ranks, most int
}

func newDesk(o balance.Options) *desk {
	return &desk{tally: tally{load: map[activity.PersonID]int{}}, options: o, open: map[activity.PersonID][]int64{}}
}

// openAt returns how many reviews people have open.
func (d *desk) openAt(at int64) map[activity.PersonID]int {
	out := map[activity.PersonID]int{}
	for p, until := range d.open {
		until = slices.DeleteFunc(until, func(t int64) bool { return t <= at })
		if d.open[p] = until; len(until) > 0 {
			out[p] = len(until)
		}
	}
	return out
}

// name names one person of a ranking and judges that.
func (d *desk) name(j *judged, a *Ask, change string, ranking []suggest.Suggestion) {
	open := d.openAt(a.Query.At)
	x, ok := d.ledger.Assign(balance.Request{
		Change: change, At: a.Query.At, Ranking: ranking, Open: open, Reviewers: balance.Reviewers(a.State, a.Query),
	}, d.options)
	d.passed += of(slices.ContainsFunc(x.Full, func(p activity.PersonID) bool {
		return slices.IndexFunc(ranking, func(s suggest.Suggestion) bool { return s.Person == p }) < x.Rank
	}))
	if !ok {
		d.nobody += of(len(ranking) > 0)
		d.add(j, nil)
		return
	}
	d.named++
	d.ranks += x.Rank + 1
	d.open[x.Person] = append(d.open[x.Person], a.Time)
	d.most = max(d.most, open[x.Person]+1)
	d.add(j, []activity.PersonID{x.Person})
}

func (d *desk) figures(reviewers map[activity.PersonID]bool) Named {
	f := d.tally.figures(reviewers)
	return Named{
		Queries: f.Queries, Hit: f.Top1, Expert: f.Expert1, Departed: f.Departed1, Busiest: f.Busiest, Gini: f.Gini, Passed: share(d.passed, d.queries),
		Nobody: share(d.nobody, d.queries), MeanRank: share(d.ranks, d.named), MostOpen: d.most,
	}
}

func (d *dataSet) assign(ctx context.Context, o Options) (Distribution, error) {
	b := d.bench()
	desks := []*desk{newDesk(balance.Options{})}
	for _, w := range ways(*o.Balance) {
		desks = append(desks, newDesk(w))
	}
	n := 0
	err := d.replay(ctx, b.queries, o.Cold, func(a *Ask) {
		n++
		j, ranking, change := b.judge(a), o.Rank(a.State, a.Query), strconv.Itoa(n)
		for _, k := range desks {
			k.name(j, a, change, ranking)
		}
	}, func(done int) { o.Progress(d.name, done, len(d.records)) })
	x := Distribution{Name: d.name, First: desks[0].figures(b.reviewers), Assigned: []Assignment{}}
	for _, k := range desks[1:] {
		x.Assigned = append(x.Assigned, Assignment{k.options.Exponent, k.options.MaxOpen, k.figures(b.reviewers)})
	}
	return x, err
}
