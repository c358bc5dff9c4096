package hooks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/reviewers"
)

// keepIndexes has the indexes brought up to date after a push to the branch that they are of. The pusher does not wait for that, and an error changes
// nothing: the next push, or a timer, does it then.
func (r *run) keepIndexes(ctx context.Context) {
	if r.Indexer == nil || r.stack.Mode() == policy.Off {
		return
	}
	switch r.stack.Reviewers().Updating() {
	case reviewers.Leave:
		return
	case reviewers.Extend:
		if !upkeep.There(r.repo.CommonDir()) {
			return // the first one can take minutes, and is about people: somebody has to want it
		}
	}
	tip, err := r.trusted(ctx)
	if err != nil {
		r.Log.Error().Err(err).Msg("find the branch that indexes are of")
		return
	}
	if !slices.ContainsFunc(r.change.Refs, func(ref analyzers.RefChange) bool { return ref.Ref == tip.Ref && !ref.Deletes() }) {
		return
	}
	if err := r.Indexer(); err != nil {
		r.Log.Error().Err(err).Msg("have the indexes brought up to date")
	}
}

// Index builds the indexes of who knows the code, or brings them up to date, and returns the exit code. Where others do that already and wait for it, it
// has nothing to do.
func (g *Gate) Index(ctx context.Context) int {
	r := g.begin("index")
	defer r.close()
	err := r.guard(func() error { return r.index(ctx) })
	if err == nil {
		return policy.ExitAccepted
	}
	r.Log.Error().Err(err).Msg("bring the indexes up to date")
	_, _ = fmt.Fprintf(r.Stderr, "error: %s\n", report.Visible(oneLine(err.Error())))
	var usage *usageError
	if errors.As(err, &usage) {
		return policy.ExitUsage
	}
	return policy.ExitUnchecked
}

func (r *run) index(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.atServer(ctx); err != nil {
		return err
	}
	how := r.stack.Reviewers().Updating()
	if how == reviewers.Leave {
		return r.leave("the policy says that the indexes are left alone (reviewers.index: never)")
	}
	// A timer must not make anew what somebody has erased.
	done, err := upkeep.Update(ctx, r.repo, r.goal, upkeep.Options{Verify: true, Extend: how == reviewers.Extend})
	switch {
	case errors.Is(err, upkeep.ErrBusy):
		r.Log.Info().Msg("somebody else waits already to bring the indexes up to date")
		return nil
	case errors.Is(err, upkeep.ErrNone):
		return r.leave(err.Error() + "\nhint: refward expertise index makes the first one, or the policy's reviewers.index: build")
	case err != nil:
		return err
	}
	if why := done.Lines.Unread; why != nil {
		r.Log.Warn().Err(why).Msg("the list of revisions to ignore counts for nothing")
	}
	r.Log.Info().Str("tip", done.Tip.Commit).Dur("lines_ms", done.Lines.Took).Dur("activity_ms", done.Activity.Took).AnErr("lines_damaged", done.Lines.Damaged).
		AnErr("activity_damaged", done.Activity.Damaged).Msg("indexed")
	return nil
}

// leave says why there is nothing to do.
func (r *run) leave(why string) error {
	_, err := fmt.Fprintln(r.Stderr, why)
	return err
}

// goal says of what the indexes are to be.
func (r *run) goal(ctx context.Context) (census.Tip, people.Options, error) {
	tip, err := r.trusted(ctx)
	if err == nil && tip.Commit == "" {
		err = errors.New("the repositories of several namespaces share this directory, which has room for one index")
	}
	if err != nil {
		return tip, people.Options{}, err
	}
	c, skipped, err := r.wishes(ctx, tip.Commit)
	if skipped != nil {
		r.Log.Warn().Err(skipped).Msg("the repository's policy counts for nothing here")
	}
	return tip, upkeep.PeopleOptions(c), err
}
