package hooks

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// scrubber replaces what the findings call secret. Findings do not change once they are weighed, so one is made.
func (r *run) scrubber() *report.Scrubber {
	if r.scrubs == nil {
		r.scrubs = report.NewScrubber(r.verdict, append(r.names(), r.outcomes...)...)
	}
	return r.scrubs
}

// names searches what a refusal says before everything was searched: the names of refs, and what could not be parsed, which the
// failures quote. Nobody judges the outcomes; their secrets are replaced.
func (r *run) names() []analyzers.Outcome {
	if r.searched() || len(r.verdict.Failures) == 0 {
		return nil
	}
	c := &analyzers.Change{Kind: analyzers.KindPush, Content: gitio.Nothing{}}
	add := func(name string) {
		c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{New: strings.Repeat("1", 40), Ref: name}})
	}
	if r.change != nil {
		for _, ref := range r.change.Refs {
			add(ref.Ref)
		}
	}
	for _, f := range r.verdict.Failures {
		add(f.Reason)
	}
	base := r.stack
	if len(base) == 0 {
		p, err := policy.Preset(policy.DefaultPreset)
		if err != nil {
			return nil
		}
		base = policy.Stack{p}
	}
	ctx, cancel := context.WithTimeout(context.Background(), nameBudget)
	defer cancel()
	var list []*analyzers.Analyzer
	if err := r.guard(func() (err error) { list, err = r.List(base[0]); return err }); err != nil {
		return nil
	}
	return Run(ctx, list, c)
}

// searched reports whether no essential check was cut short. One that was, as by the deadline, may not have come to the names.
func (r *run) searched() bool {
	if r.outcomes == nil {
		return false
	}
	essential := policy.EssentialOf(r.layers[0])
	return !slices.ContainsFunc(r.outcomes, func(o analyzers.Outcome) bool { return o.Err != nil && essential[o.Analyzer] })
}

// nameBudget bounds the search of names that a refusal waits for.
const nameBudget = 500 * time.Millisecond
