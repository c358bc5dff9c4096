package hooks

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/audit"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// PreReceive judges a push on the server, before any of its refs moves, and returns the exit code. The decision is recorded
// before it is returned; one that cannot be recorded is a refusal.
func (g *Gate) PreReceive(ctx context.Context) int {
	r := g.begin("pre-receive")
	defer r.close()
	if err := r.guard(func() error { return r.preReceive(ctx) }); err != nil {
		r.fail(err)
	}
	if err := r.guard(func() error { return r.record(ctx, audit.Decision) }); err != nil {
		r.verdict.Failures = append(r.verdict.Failures, failure(fmt.Errorf("the decision could not be recorded: %w", err)))
		if r.verdict.Exit == policy.ExitAccepted { // in any mode: what is let in is on record
			r.verdict.Result, r.verdict.Mode, r.verdict.Exit = policy.Unchecked, policy.Enforce, policy.ExitUnchecked
		}
	}
	if err := r.guard(func() error { r.advise(ctx); return nil }); err != nil {
		r.Log.Error().Err(err).Msg("suggest reviewers") // the push is accepted all the same
	}
	return r.finish()
}

func (r *run) preReceive(ctx context.Context) error {
	r.change = &analyzers.Change{Kind: analyzers.KindPush, Pusher: identity.FromEnv(r.getenv)}
	updates, parseErr := ParsePush(r.Stdin)
	for _, u := range updates {
		r.change.Refs = append(r.change.Refs, analyzers.RefChange{RefUpdate: u})
	}
	// The repository is opened whatever stdin says: it is where the refusal is recorded.
	if err := r.openInTime(ctx, r.serverBudget()); err != nil {
		return errors.Join(parseErr, err)
	}
	if parseErr != nil {
		return &hardError{parseErr}
	}
	r.change.Pusher = identity.Pusher(r.host(), r.getenv)
	if len(updates) == 0 {
		// git runs the hook for at least one ref (githooks(5), "pre-receive"): another hook that read them first would open the gate.
		return &hardError{errors.New("stdin: no ref update: something before this hook has read it, or it was closed")}
	}
	ctx, cancel := r.budget(ctx, r.serverBudget())
	defer cancel()
	if err := r.atServer(ctx); err != nil {
		return err
	}
	if err := r.layer(ctx, r.mending(updates)); err != nil {
		return err
	}
	if r.stack.Mode() == policy.Off {
		return r.judge(ctx, false)
	}
	defer r.progress()()
	change, err := r.repo.Push(ctx, updates, gitio.PushOptions{Protected: r.protected, Floor: r.floor, Pusher: r.change.Pusher})
	if err != nil {
		return r.explain(err)
	}
	r.change = change
	return r.judge(ctx, false)
}

// explain says what to do about an error that has a way out for the pusher.
func (r *run) explain(err error) error {
	if errors.Is(err, gitio.ErrStale) {
		return fmt.Errorf("%w; run \"git fetch\" and push again", err)
	}
	return err
}

// patience is how long somebody may wait without a word.
const patience = 2 * time.Second

// progress tells whoever waits that the gate is at work when it takes long. The function that it returns ends that.
func (r *run) progress() func() {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
		case <-time.After(patience):
			_, _ = fmt.Fprintln(r.Stderr, "refward is checking, please wait")
		}
	}()
	return func() { close(done); <-ended } // two writers on one stream would mix
}

// PostReceive records what git applied of a push, and returns the exit code, which changes nothing any more. The decision that it
// belongs to is found by its ref updates.
func (g *Gate) PostReceive(ctx context.Context) int {
	r := g.begin("post-receive")
	defer r.close()
	if err := r.guard(func() error { return r.postReceive(ctx) }); err != nil {
		r.Log.Error().Err(err).Msg("record what was applied")
		_, _ = fmt.Fprintf(r.Stderr, "warning: refward could not record this push: %s\n", report.Visible(err.Error()))
		return policy.ExitUnchecked
	}
	return policy.ExitAccepted
}

func (r *run) postReceive(ctx context.Context) error {
	updates, err := ParsePush(r.Stdin)
	if err != nil {
		return err
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	ctx, cancel := r.budget(ctx, budgetApplied)
	defer cancel()
	r.change = &analyzers.Change{Kind: analyzers.KindPush, Pusher: identity.Pusher(r.host(), r.getenv)}
	if err := r.atServer(ctx); err != nil {
		return err
	}
	for _, u := range updates {
		r.change.Refs = append(r.change.Refs, analyzers.RefChange{RefUpdate: u, Protected: r.stack.IsProtected(u.Ref, r.head)})
	}
	defer r.keepIndexes(ctx)
	path := r.auditFile()
	r.verdict = policy.Verdict{Result: policy.Accepted, Mode: r.stack.Mode()}
	id, decided, found, err := audit.FindDecision(path, r.auditRefs(), report.Redacted)
	if err != nil {
		return err
	}
	if found {
		// With the names as they were recorded then: what was secret in one is known to pre-receive only.
		r.pushID, r.decided = id, decided
	} else {
		// Git moved a ref that the gate was not asked about: a hook that was not installed, or a second gate.
		r.Log.Warn().Msg("no decision found for the refs that were updated")
		r.verdict.Failures = []policy.Failure{failure(errors.New("no decision found for these ref updates"))}
	}
	return r.record(ctx, audit.Applied)
}

// auditFile returns the file of the records: what policy names, else one in the repository.
func (r *run) auditFile() string {
	if path := r.stack.AuditFile(); path != "" {
		return path
	}
	return filepath.Join(r.repo.CommonDir(), "refward", "audit.jsonl")
}
