package evaluate

import (
	"context"
	"fmt"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/expertise/suggest"
)

// expertAge is how far back, in days, somebody has to have touched a file to be an expert of it.
const expertAge = 730

// Result are the figures of a model beside those of the baselines.
type Result struct {
	Figures
	Baselines map[string]Figures `json:"baselines"` // by the names in [Baselines]
}

// A Repository is the result for one data set.
type Repository struct {
	Name string `json:"name"`
	Result
}

// A Report is what an evaluation comes to.
type Report struct {
	Repositories []Repository `json:"repositories"`
	Macro        Result       `json:"macro"`
}

// Options say how to evaluate.
type Options struct {
	Cold bool // leave out who reviewed: a history without trailers

	// Rank replaces suggest.Rank, for experiments; nil = the product's model.
	Rank func(*activity.State, *suggest.Query) []suggest.Suggestion
	// Balance replaces balance.Defaults, for Assign; nil = the product's.
	Balance *balance.Options
	// Progress is told how many commits of all of a file are done; nil = nobody is.
	Progress func(name string, done, all int)
}

// complete fills in what is not given.
func (o *Options) complete() {
	if o.Rank == nil {
		o.Rank = suggest.Rank
	}
	if o.Balance == nil {
		b := balance.Defaults()
		o.Balance = &b
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
}

// each reads data sets one after the other. Errors name the file and the line.
func each(files []string, use func(*dataSet) error) error {
	for _, path := range files {
		d, err := read(path)
		if err != nil {
			return err
		}
		if len(d.queries()) == 0 { // figures of nothing would look like bad ones, and count in the average
			return fmt.Errorf("%s: no commit with a known reviewer is there to be asked about", d.name)
		}
		if err := use(d); err != nil {
			return err
		}
	}
	return nil
}

// Run evaluates data sets one after the other. Errors name the file and the line.
func Run(ctx context.Context, files []string, o Options) (*Report, error) {
	o.complete()
	r := &Report{Repositories: []Repository{}}
	err := each(files, func(d *dataSet) error {
		result, err := d.evaluate(ctx, o)
		r.Repositories = append(r.Repositories, Repository{d.name, result})
		return err
	})
	if err != nil {
		return nil, err
	}
	r.Macro = macro(r.Repositories)
	return r, nil
}

func macro(all []Repository) Result {
	own := make([]Figures, len(all))
	m := Result{Baselines: map[string]Figures{}}
	for i, r := range all {
		own[i] = r.Figures
	}
	m.Figures = mean(own)
	for _, b := range Baselines {
		for i, r := range all {
			own[i] = r.Baselines[b]
		}
		m.Baselines[b] = mean(own)
	}
	return m
}

// A bench is what the lists for the queries of a data set are judged by.
type bench struct {
	queries   []*record
	reviewers map[activity.PersonID]bool  // who reviewed any of them
	last      map[activity.PersonID]int64 // when people acted last, over the whole data set
	end       int64                       // when the last commit came in
}

func (d *dataSet) bench() *bench {
	b := &bench{queries: d.queries(), reviewers: map[activity.PersonID]bool{}, last: map[activity.PersonID]int64{}}
	for _, r := range d.records {
		b.end = r.time
		b.last[r.event.Author] = r.time
		for _, v := range r.event.Reviews {
			b.last[v.Person] = r.time
		}
	}
	for _, q := range b.queries {
		for _, v := range q.event.Reviews {
			b.reviewers[v.Person] = true
		}
	}
	return b
}

func (b *bench) judge(a *Ask) *judged {
	return &judged{truth: a.Truth, experts: experts(a.State, a.Query), time: a.Time, old: b.end-a.Time >= 180*86400, last: b.last}
}

func (d *dataSet) evaluate(ctx context.Context, o Options) (Result, error) {
	b := d.bench()
	tallies := make([]tally, 1+len(Baselines))
	for i := range tallies {
		tallies[i].load = map[activity.PersonID]int{}
	}
	err := d.replay(ctx, b.queries, o.Cold, func(a *Ask) {
		j := b.judge(a)
		var list []activity.PersonID
		for _, s := range o.Rank(a.State, a.Query) {
			list = append(list, s.Person)
		}
		tallies[0].add(j, list)
		for i, name := range Baselines {
			tallies[1+i].add(j, baseline(name, a))
		}
	}, func(done int) { o.Progress(d.name, done, len(d.records)) })
	r := Result{Figures: tallies[0].figures(b.reviewers), Baselines: map[string]Figures{}}
	for i, name := range Baselines {
		r.Baselines[name] = tallies[1+i].figures(b.reviewers)
	}
	return r, err
}

// experts returns who touched the files of a query in the last 24 months; if nobody did, who touched files in their directories.
func experts(s *activity.State, q *suggest.Query) map[activity.PersonID]bool {
	out := map[activity.PersonID]bool{}
	add := func(t *activity.Tally) {
		if t == nil {
			return
		}
		for p, last := range suggest.Knows(t, q.At) {
			if !q.Excludes(p) && q.At-last <= expertAge*86400 {
				out[p] = true
			}
		}
	}
	for _, f := range suggest.Examined(q) {
		add(suggest.Known(s, f))
	}
	if len(out) == 0 {
		for _, f := range suggest.Examined(q) {
			add(s.Dir(activity.Dir(f.Path)))
		}
	}
	return out
}
