package hooks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/policy/replay"
	"github.com/refward/refward/internal/report"
)

// ReplayOptions say what is judged again, and by what.
type ReplayOptions struct {
	Policy  string    // the other policy: a file, or the name of a preset; "" = the one that would judge now
	Against string    // the present policy, likewise
	Range   string    // OLD..NEW, or a revision; "" = HEAD
	Since   time.Time // only what is not older; zero = everything
	Ref     string    // full name of the ref whose policy applies; "" = the branch that the range ends with, else HEAD's
	Only    []string  // names of the analyzers to run; empty = all
	Pushes  bool      // what the audit log has, instead of commits
	GroupBy string    // "author", "domain" or "none"
	Jobs    int       // changes that are judged at a time; 0 = GOMAXPROCS
	State   string    // the file to go on from; "" = none

	// Progress is told of each change that was judged; it is not called at the same time as itself. nil = nobody is.
	Progress func(done, total int, moves replay.Moves)
}

// Replay judges past changes by two policies and returns what would have changed. It is nil when something kept it from that, which is said on
// Stderr, and then the exit code is not 0. Else the exit code says whether every change could be checked.
func (g *Gate) Replay(ctx context.Context, o ReplayOptions) (*replay.Result, int) {
	result, err := g.replay(ctx, o)
	if err == nil {
		if !result.Complete() {
			return result, policy.ExitUnchecked
		}
		return result, policy.ExitAccepted
	}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "hint: ") {
			line = "error: " + line
		}
		_, _ = fmt.Fprintln(g.Stderr, report.Visible(line))
	}
	var usage *usageError
	if errors.As(err, &usage) || errors.Is(err, replay.ErrState) {
		return nil, policy.ExitUsage
	}
	return nil, policy.ExitUnchecked
}

func (g *Gate) replay(ctx context.Context, o ReplayOptions) (_ *replay.Result, err error) {
	first, err := g.replayer(ctx, o)
	if err != nil {
		return nil, err
	}
	defer first.close()
	past, err := first.past(ctx, o)
	if err != nil {
		return nil, err
	}
	all := &replaying{Gate: g, o: o, past: past, tally: replay.NewTally(), done: make([]bool, len(past.units))}
	if o.State != "" {
		header, err := first.header(ctx, o, past)
		if err != nil {
			return nil, err
		}
		all.state, err = replay.Open(o.State, header, func(unit int) string { return past.unit(unit).id }, func(r replay.Record) {
			all.done[r.Unit] = true
			all.tally.Add(r)
		})
		if errors.Is(err, replay.ErrState) {
			return nil, fmt.Errorf("%w\nhint: give what was given before, or begin anew with another file: --resume FILE", err)
		}
		if err != nil {
			return nil, &usageError{err}
		}
	}
	err = all.judge(ctx, first)
	if all.state != nil {
		err = errors.Join(err, all.state.Close())
	}
	if err != nil {
		return nil, err
	}
	return all.tally.Result(first.about(o, past)), nil
}

// A replaying is a replay under way.
type replaying struct {
	*Gate
	o     ReplayOptions
	past  *past
	state *replay.State

	mu    sync.Mutex // of what follows
	tally *replay.Tally
	done  []bool // by unit
}

// judge judges what is not done yet. Each worker has repositories and analyzers of its own.
func (all *replaying) judge(ctx context.Context, first *replayer) error {
	jobs := all.o.Jobs
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var open []int
	for unit, done := range all.done { // which the workers write
		if !done {
			open = append(open, unit)
		}
	}
	units := make(chan *pastUnit)
	var wg sync.WaitGroup
	for i := range min(jobs, max(1, len(open))) {
		wg.Go(func() {
			p := first
			if i > 0 {
				var err error
				if p, err = all.replayer(ctx, all.o); err != nil {
					cancel(err)
					return
				}
				defer p.close()
			}
			for u := range units {
				var record replay.Record
				err := p.before.guard(func() (err error) {
					record, err = p.record(ctx, u, all.o.GroupBy)
					return err
				})
				if ctx.Err() != nil {
					return // what was cut short is no verdict
				}
				if err == nil {
					err = all.add(record)
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.past.each(open, func(u *pastUnit) bool {
		select {
		case units <- u:
			return true
		case <-ctx.Done():
			return false
		}
	})
	close(units)
	wg.Wait()
	if ctx.Err() == nil {
		return nil
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	err := fmt.Errorf("stopped after %d of %d changes", all.tally.Units(), len(all.past.units))
	if all.state != nil {
		return fmt.Errorf("%w\nhint: the same command goes on from %s", err, all.o.State)
	}
	return fmt.Errorf("%w\nhint: with --resume FILE an interrupted replay goes on where it stopped", err)
}

// add keeps a record: in the file first, so that what is counted is never lost.
func (all *replaying) add(r replay.Record) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.state != nil {
		if err := all.state.Append(r); err != nil {
			return err
		}
	}
	all.tally.Add(r)
	if all.o.Progress != nil {
		all.o.Progress(all.tally.Units(), len(all.past.units), all.tally.Moves())
	}
	return nil
}

// header identifies the replay, for the file that it goes on from.
func (p *replayer) header(ctx context.Context, o ReplayOptions, past *past) (replay.Header, error) {
	h := replay.Header{
		Tool: p.before.Version, Before: p.before.stack.Digest(), After: p.after.stack.Digest(),
		Units: len(past.units), Ref: past.ref, Only: o.Only, GroupBy: o.GroupBy,
	}
	var err error
	if h.Stored, err = p.before.repo.Resolve(ctx, p.before.tip); err != nil {
		h.Stored = "" // without commits there is nothing stored
	}
	allowed, err := json.Marshal([]any{p.before.allow.Entries, p.after.allow.Entries})
	if err != nil {
		return h, fmt.Errorf("identify the allow file: %w", err)
	}
	h.Allow = digest(allowed)
	ids := sha256.New()
	for i := range past.units {
		fmt.Fprintf(ids, "%s %v\n", past.units[i].id, past.units[i].updates)
	}
	h.History = "sha256:" + hex.EncodeToString(ids.Sum(nil))
	return h, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// about is what the result says besides the counts.
func (p *replayer) about(o ReplayOptions, past *past) replay.About {
	describe := func(r *run) replay.Policy {
		return replay.Policy{Source: report.Visible(r.stack.Source()), Digest: r.stack.Digest(), Mode: string(r.stack.Mode())}
	}
	about := replay.About{ToolVersion: p.before.Version, Before: describe(p.before), After: describe(p.after)}
	about.Scope = replay.Scope{
		Kind: "commits", Range: report.Visible(o.Range), Ref: report.Visible(past.ref), Only: slices.Clone(o.Only), GroupBy: o.GroupBy, OtherRepositories: past.others,
	}
	if o.Pushes {
		about.Scope.Kind = "pushes"
	}
	if !o.Since.IsZero() {
		about.Scope.Since = o.Since.UTC().Format(time.RFC3339)
	}
	return about
}
