package hooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/advice"
	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/suggest"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/reviewers"
)

// maxAdvised is how many branches of a push reviewers are suggested for: whoever pushes more of them does not read on.
const maxAdvised = 3

// advise says who could review what was accepted. The verdict is final and on record; whatever happens here, the push is accepted, and waits for no
// longer than policy says. Without an index, and when the time is over, nothing is said: the operator's log has why.
func (r *run) advise(ctx context.Context) {
	if r.verdict.Result != policy.Accepted || r.verdict.Mode == policy.Off {
		return
	}
	c, topics := r.stack.Reviewers(), r.topics()
	if !c.Shows() || len(topics) == 0 {
		return
	}
	if gitio.Reader(r.getenv("REFWARD_READER")) == gitio.ReaderBuiltin {
		return // it asks git, which is not to be asked
	}
	start := time.Now()
	ctx, cancel := context.WithDeadline(ctx, r.lastMoment(start.Add(c.Within())))
	var list []report.Reviewer
	done := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var got []report.Reviewer
		err := r.guard(func() (err error) { got, err = r.reviewers(ctx, c, topics); return err })
		if err == nil {
			list = got // read only if done says so
		}
		done <- err
	}()
	// What is on its way at the end is given up. It reads the repository, which is not closed under it.
	r.closing = append(r.closing, func() bool {
		cancel()
		select {
		case <-ended:
			return true
		case <-time.After(grace):
			return false
		}
	})
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		r.suggested = list
	}
	r.Log.Debug().AnErr("why_not", err).Int("reviewers", len(r.suggested)).Dur("took_ms", time.Since(start)).Msg("suggested")
}

// lastMoment returns when the suggestions have to be there: a host that ends the hook would refuse what is accepted.
func (r *run) lastMoment(wanted time.Time) time.Time {
	last := r.started.Add(r.serverBudget() + recordBudget)
	if own := r.stack.Deadline(); own > 0 && !r.onGitHub() {
		last = r.started.Add(own + recordBudget)
	} else if r.onGitHub() {
		last = r.started.Add(budgetGitHub + recordBudgetGitHub + grace)
	}
	if last.Before(wanted) {
		return last
	}
	return wanted
}

// topics returns the branches with new commits that nobody protects: there the work is under way that is to be reviewed.
func (r *run) topics() (refs []analyzers.RefChange) {
	for _, ref := range r.change.Refs {
		if !ref.Protected && len(ref.Commits) > 0 && strings.HasPrefix(ref.Ref, "refs/heads/") && !ref.Deletes() && ref.Ref != r.head {
			refs = append(refs, ref)
		}
	}
	return refs
}

// trusted returns the tip of the branch that is everybody's, as the commands do; without a commit, there is none that an index could be of: the
// repositories of namespaces (gitnamespaces(7)) share one directory, which has room for one index.
func (r *run) trusted(ctx context.Context) (census.Tip, error) {
	if r.repo.StoredName("refs/heads/x") != "refs/heads/x" {
		return census.Tip{}, nil
	}
	return census.Trusted(ctx, r.repo)
}

// reviewers finds who could review branches.
func (r *run) reviewers(ctx context.Context, c reviewers.Config, topics []analyzers.RefChange) ([]report.Reviewer, error) {
	tip, err := r.trusted(ctx)
	if err != nil || tip.Commit == "" {
		return nil, err
	}
	source, err := advice.Open(ctx, r.repo)
	if err != nil {
		return nil, err
	}
	hidden, err := census.OptOut(ctx, r.repo, tip)
	if err != nil {
		return nil, err // nobody is named
	}
	var o advice.Options
	o.Leave(source.Activity.People, c.Absent...)
	o.Leave(source.Activity.People, slices.Collect(maps.Keys(hidden))...)
	var list []report.Reviewer
	for _, ref := range topics[:min(len(topics), maxAdvised)] {
		a, err := source.Range(ctx, tip.Commit, ref.New, o)
		if errors.Is(err, advice.ErrNothing) || errors.Is(err, advice.ErrUnrelated) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref.Ref, err)
		}
		for _, s := range a.Ranking[:min(len(a.Ranking), c.Most())] {
			who := source.Activity.People.Person(people.ID(s.Person)) // #nosec G115 -- at most activity.MaxPerson
			one := report.Reviewer{Ref: ref.Ref, Name: who.Name, Email: who.Reach(), Score: math.Round(s.Score*1000) / 1000}
			for _, reason := range suggest.Reasons(source.Activity.State, a.Query, s.Person) {
				one.Reasons = append(one.Reasons, reason.Text)
			}
			list = append(list, one)
		}
	}
	return list, nil
}
