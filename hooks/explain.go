package hooks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// An Explained is what policy would judge a change by.
type Explained struct {
	Stack    policy.Stack
	Question policy.Question
	Range    string // of the commits by which the change was classified; "" = there are none to look at
	Commits  int    // in it
}

// Explain reads which policy judges a change, and what kinds of change it is, as "refward check range" would, and judges nothing. ref is a
// full name, "" for HEAD's branch; rev is OLD..NEW, "" for what is not yet upstream, else for the newest commit. What keeps it from that is
// said on Stderr, and then the exit code is not 0.
func (g *Gate) Explain(ctx context.Context, ref, rev string) (*Explained, int) {
	r := g.begin("explain")
	defer r.close()
	var x *Explained
	err := r.guard(func() (err error) {
		x, err = r.explained(ctx, CheckOptions{What: "range", Ref: ref, Rev: rev})
		return err
	})
	if err == nil {
		return x, policy.ExitAccepted
	}
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(r.Stderr, "error: %s\n", report.Visible(strings.TrimRight(line, "\n")))
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return nil, policy.ExitUsage
	}
	return nil, policy.ExitUnchecked
}

// Analyzers returns the analyzers with the options of the policy that judges in a repository, for their documentation. They are not to be run.
func (g *Gate) Analyzers(ctx context.Context) (list []*analyzers.Analyzer, err error) {
	r := g.begin("explain")
	defer r.close()
	err = r.guard(func() error {
		if err := r.open(ctx); err != nil {
			return err
		}
		if err := r.where(ctx, CheckOptions{What: "staged"}); err != nil {
			return err
		}
		if err := r.layer(ctx, nil); err != nil {
			return err
		}
		list = r.layers[len(r.layers)-1]
		return nil
	})
	return list, err
}

func (r *run) explained(ctx context.Context, o CheckOptions) (*Explained, error) {
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	if err := r.where(ctx, o); err != nil {
		return nil, err
	}
	if err := r.layer(ctx, nil); err != nil {
		return nil, err
	}
	x := &Explained{Stack: r.stack, Range: o.Rev}
	var err error
	if x.Range == "" {
		if x.Range, err = r.newest(ctx); err != nil {
			return nil, err
		}
	}
	if o.Rev = x.Range; x.Range == "HEAD" {
		o.What = "history" // a range has a beginning
	}
	if x.Range != "" {
		r.change, err = r.readScope(ctx, o)
	}
	switch {
	case errors.Is(err, gitio.ErrNotExist):
		return nil, &usageError{err}
	case x.Range == "", o.What == "history" && errors.Is(err, gitio.ErrShallow):
		x.Range = ""
		r.change, err = r.refAlone(ctx, o.Ref)
	}
	if err == nil {
		err = r.stack.Classify(ctx, r.change)
	}
	if err != nil {
		return nil, err
	}
	x.Commits = len(r.change.Commits)
	x.Question = policy.Question{
		Ref: r.change.Refs[0], HeadBranch: r.head, List: r.layers[len(r.layers)-1], Weigh: map[string][]int{},
	}
	for layer := range r.stack {
		alone, shared := r.listsOf(layer)
		for _, a := range alone {
			x.Question.Weigh[a.Name] = append(x.Question.Weigh[a.Name], layer)
		}
		for _, a := range shared {
			for i := range r.stack {
				x.Question.Weigh[a.Name] = append(x.Question.Weigh[a.Name], i)
			}
		}
	}
	return x, nil
}

// newest returns the range of what is not yet upstream, else that of the newest commit, which is "HEAD" for the first one of all; "" where
// there is none.
func (r *run) newest(ctx context.Context) (string, error) {
	// Where there is no upstream, git says so in more than one way (gitrevisions(7), "@{upstream}"). What cannot be read fails below, too.
	if _, err := r.repo.Resolve(ctx, "@{upstream}"); err == nil {
		return "@{upstream}..HEAD", nil
	}
	for _, try := range []struct{ needs, rev string }{{"HEAD^", "HEAD^..HEAD"}, {"HEAD", "HEAD"}} {
		if _, err := r.repo.Resolve(ctx, try.needs); err == nil {
			return try.rev, nil
		} else if !errors.Is(err, gitio.ErrNotExist) {
			return "", err
		}
	}
	return "", nil
}

// refAlone returns a change that brings nothing but the name of a ref.
func (r *run) refAlone(ctx context.Context, ref string) (*analyzers.Change, error) {
	if ref == "" {
		var err error
		if ref, err = r.repo.HeadBranch(ctx); err != nil {
			return nil, err
		}
	}
	c := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: ref}, Protected: r.protected(ref, "")}
	return &analyzers.Change{Kind: analyzers.KindRange, Refs: []analyzers.RefChange{c}}, nil
}
