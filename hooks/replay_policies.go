package hooks

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// A replayer judges one change after another by two policies. It is not safe for concurrent use.
type replayer struct {
	before, after *run
	same          bool // both policies see the same change: they protect the same refs and read as much of a file

	list    []*analyzers.Analyzer    // what runs on a change that both see, each once
	lists   [2][]*analyzers.Analyzer // of the present policy and of the other one
	layers  [2][]int                 // of each of these, which layer weighs it
	at      [2][]int                 // of each of these, where in list is what runs for it
	secrets *analyzers.Analyzer      // searches what is shown, where nothing that runs does; else nil
}

// replayer makes what one worker needs.
func (g *Gate) replayer(ctx context.Context, o ReplayOptions) (p *replayer, err error) {
	if o.Policy == o.Against {
		return nil, &usageError{errNoPolicies}
	}
	p = &replayer{}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.before, err = g.judgeBy(ctx, o.Against, o); err != nil {
		return p, err
	}
	if p.after, err = g.judgeBy(ctx, o.Policy, o); err != nil {
		return p, err
	}
	p.share()
	if !slices.ContainsFunc(p.list, func(a *analyzers.Analyzer) bool { return a.Name == "secrets" }) {
		all, err := p.before.analyzers(p.before.stack[0])
		if err != nil {
			return p, &usageError{err}
		}
		if i := slices.IndexFunc(all, func(a *analyzers.Analyzer) bool { return a.Name == "secrets" }); i >= 0 {
			p.secrets = all[i]
		}
	}
	return p, nil
}

// judgeBy prepares judgements by a policy as "refward check" does. What the repository itself says is that of now, for all of the past.
func (g *Gate) judgeBy(ctx context.Context, chosen string, o ReplayOptions) (*run, error) {
	r := g.begin("check")
	r.pushID = ""
	var preset *policy.Policy
	if r.Policy = chosen; chosen != "" {
		if _, err := os.Stat(chosen); errors.Is(err, fs.ErrNotExist) && slices.Contains(policy.PresetNames(), chosen) {
			if preset, err = policy.Preset(chosen); err != nil {
				return r, err
			}
			r.Policy = ""
		}
	}
	err := r.guard(func() error {
		if err := r.open(ctx); err != nil {
			return err
		}
		if preset != nil {
			ours := *preset
			ours.Tracker.Optional, ours.Identity.Optional = r.client, r.client
			r.stack, r.unchosen = policy.Stack{&ours}, false
			r.repo.LimitBlobs(int64(ours.Limits.Blob))
		}
		ref := o.Ref
		if ref == "" {
			ref = "HEAD" // past finds out, and says what to do
		}
		if err := r.where(ctx, CheckOptions{What: "history", Ref: ref}); err != nil {
			return err
		}
		if err := r.layer(ctx, nil); err != nil {
			return err
		}
		return r.only(o.Only)
	})
	return r, err
}

func (p *replayer) close() {
	for _, r := range []*run{p.before, p.after} {
		if r != nil {
			r.close()
		}
	}
}

// share finds out what need not be done twice.
func (p *replayer) share() {
	a, b := p.before.stack, p.after.stack
	p.same = len(a) == len(b) && a.Limits().Blob == b.Limits().Blob && slices.EqualFunc(a, b, func(x, y *policy.Policy) bool {
		return slices.Equal(x.Protected, y.Protected)
	})
	for i, r := range []*run{p.before, p.after} {
		p.lists[i], p.layers[i] = r.plan()
		for k, analyzer := range p.lists[i] {
			at := -1
			for j, known := range p.lists[0] {
				if i == 1 && known.Name == analyzer.Name && alike(a.Weighing(p.layers[0][j]), b.Weighing(p.layers[1][k]), known) {
					at = p.at[0][j]
				}
			}
			if at < 0 {
				at, p.list = len(p.list), append(p.list, analyzer)
			}
			p.at[i] = append(p.at[i], at)
		}
	}
}

// alike reports whether an analyzer finds the same with what either policy gives it. That of the policy file itself asks the judgement that it is
// part of.
func alike(a, b *policy.Policy, of *analyzers.Analyzer) bool {
	return of.Name != PolicyAnalyzer().Name && a.SameOptions(b, of.Name, of.Essential) &&
		a.Types == b.Types && reflect.DeepEqual(a.Tracker, b.Tracker) && reflect.DeepEqual(a.Identity, b.Identity)
}
