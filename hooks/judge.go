package hooks

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// judge runs the analyzers of every layer and decides.
func (r *run) judge(ctx context.Context, client bool) error {
	if r.stack.Mode() == policy.Off {
		r.verdict = policy.Decide(r.stack, policy.Input{Change: r.change})
		return nil
	}
	if r.change.Content != nil {
		r.change.Content = &kept{Content: r.change.Content}
	}
	unclassified := r.classify(ctx)
	list, layers := r.plan()
	return r.weigh(ctx, client, list, layers, Run(ctx, list, r.change), unclassified)
}

// plan returns the analyzers to run, and for each which layer weighs it, as in policy.Input.
func (r *run) plan() (list []*analyzers.Analyzer, layers []int) {
	for layer := range r.stack {
		alone, shared := r.listsOf(layer)
		list = slices.Concat(list, alone, shared)
		layers = slices.Concat(layers, slices.Repeat([]int{layer}, len(alone)), slices.Repeat([]int{policy.AllLayers}, len(shared)))
	}
	return list, layers
}

// weigh decides about the outcomes of what plan says, which are its own to change. unclassified is why the classes are not known; nil = they are.
func (r *run) weigh(ctx context.Context, client bool, list []*analyzers.Analyzer, layers []int, outcomes []analyzers.Outcome, unclassified error) error {
	in := policy.Input{Change: r.change, Client: client, Allow: &r.allow, HeadBranch: r.head, Layers: layers, Outcomes: outcomes}
	if dated(r.stack) {
		var err error
		if in.Old, err = r.older(ctx); err != nil {
			return err
		}
	}
	in.Essential = policy.EssentialOf(list)
	if unclassified != nil {
		// Without its classes a change is judged as if it were of all of them, and what else is wrong with it is still said.
		in.Outcomes = append(in.Outcomes, analyzers.Outcome{Analyzer: itself, Err: unclassified, TimedOut: errors.Is(ctx.Err(), context.DeadlineExceeded)})
		in.Layers = append(in.Layers, policy.AllLayers)
		in.Essential[itself] = true
	}
	r.verdict = policy.Decide(r.stack, in)
	r.outcomes = joined(r.layers[0], in.Outcomes)
	r.logOutcomes()
	return nil
}

// classify finds out what the change is. A message alone has no files, and what is asked of it may follow from those of its commit; the checks
// do not see them, since pre-commit has judged them.
func (r *run) classify(ctx context.Context) error {
	if r.staged == nil {
		return r.stack.Classify(ctx, r.change)
	}
	content := r.change.Content
	r.change.Content = r.staged
	err := r.stack.Classify(ctx, r.change)
	r.change.Content = content
	return err
}

// joined makes one outcome of those that layers gave of the same analyzer, in the order of list.
func joined(list []*analyzers.Analyzer, outcomes []analyzers.Outcome) []analyzers.Outcome {
	var all []analyzers.Outcome
	for _, a := range list {
		var one analyzers.Outcome
		for _, o := range outcomes {
			if o.Analyzer != a.Name {
				continue
			}
			if one.Analyzer == "" {
				one = o
				continue
			}
			one.Result.Findings = slices.Concat(one.Result.Findings, o.Result.Findings)
			for _, s := range o.Result.Skipped {
				if !slices.Contains(one.Result.Skipped, s) {
					one.Result.Skipped = append(slices.Clip(one.Result.Skipped), s)
				}
			}
			one.Result.Hidden = slices.Concat(one.Result.Hidden, o.Result.Hidden)
			if one.Err == nil {
				one.Err, one.TimedOut = o.Err, o.TimedOut
			}
			one.Result.Examined = maps.Clone(one.Result.Examined)
			for unit, n := range o.Result.Examined { // the same content, looked at twice
				if one.Result.Examined[unit] < n {
					one.Result.Examined[unit] = n
				}
			}
			one.Took = max(one.Took, o.Took) // they ran at the same time
		}
		if one.Analyzer != "" {
			all = append(all, one)
		}
	}
	return all
}

// logOutcomes tells the operator how each check ended. Errors can hold what the push brought, secrets too.
func (r *run) logOutcomes() {
	for _, o := range r.outcomes {
		e := r.Log.Debug()
		if o.Err != nil {
			e = r.Log.Error().Str("error", r.scrubber().String(o.Err.Error()))
		}
		var p *PanicError
		if errors.As(o.Err, &p) {
			e = e.Bytes("stack", p.Stack)
		}
		e.Str("push_id", r.pushID).Str("analyzer", o.Analyzer).Int("findings", len(o.Result.Findings)).Bool("timed_out", o.TimedOut).
			Dur("took_ms", o.Took).Interface("examined", o.Result.Examined).Msg("analyzed")
	}
}
