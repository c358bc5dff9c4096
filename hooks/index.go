package hooks

import (
	"context"
	"errors"
	"fmt"

	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
	"github.com/refward/refward/internal/reviewers"
)

// keepIndexes has the indexes brought up to date after a push to the branch that they are of. The pusher does not wait for that, and an error changes
// nothing: the next push, or a timer, does it then.
func (r *run) keepIndexes() {
	if r.Indexer == nil || r.head == "" || r.repo.StoredName(r.head) != r.head || r.stack.Mode() == policy.Off {
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
	for _, ref := range r.change.Refs {
		if ref.Ref == r.head && !ref.Deletes() {
			if err := r.Indexer(); err != nil {
				r.Log.Error().Err(err).Msg("have the indexes brought up to date")
			}
			return
		}
	}
}

// Index builds the indexes of who knows the code, or brings them up to date, and returns the exit code. It goes on while pushes move the branch: who
// comes meanwhile, finds it at work and leaves.
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
	for last := ""; ; {
		tip, err := r.trusted(ctx)
		if errors.Is(err, gitio.ErrNotExist) || err == nil && tip.Commit == "" {
			return fmt.Errorf("HEAD names no branch with a commit that an index could be of")
		}
		if err != nil || tip.Commit == last {
			return err
		}
		last = tip.Commit
		c, skipped, err := r.wishes(ctx, tip.Commit)
		if err != nil {
			return err
		}
		if skipped != nil {
			r.Log.Warn().Err(skipped).Msg("the repository's policy counts for nothing here")
		}
		done, err := upkeep.Update(ctx, r.repo, tip, upkeep.Options{People: upkeep.PeopleOptions(c), Verify: true})
		if errors.Is(err, upkeep.ErrBusy) {
			r.Log.Info().Msg("the indexes are being brought up to date already")
			return nil
		}
		if err != nil {
			return err
		}
		r.Log.Info().Str("tip", tip.Commit).Dur("lines_ms", done.Lines.Took).Dur("activity_ms", done.Activity.Took).AnErr("lines_damaged", done.Lines.Damaged).
			AnErr("activity_damaged", done.Activity.Damaged).Msg("indexed")
	}
}
