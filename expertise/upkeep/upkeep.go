package upkeep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/reviewers"
)

// ErrBusy says that another process keeps the indexes, and goes on doing so.
var ErrBusy = errors.New("another process brings the indexes up to date")

// ErrNone says that there is no index to bring up to date.
var ErrNone = errors.New("there is no index to bring up to date")

// retry is how long somebody waits between two looks at a lock.
const retry = 50 * time.Millisecond

// Options say how the indexes are kept.
type Options struct {
	Rebuild     bool // what is there counts for nothing
	IgnoreSpace bool // as census.RefreshOptions
	Verify      bool // likewise

	// Activity and Lines are told how far each index is, in commits; all is 0 where nobody knows. nil = nobody is told.
	Activity, Lines func(done, all int)

	Waiting func() // as of Lock

	Extend bool // make no first index; then the error is ErrNone
}

// PeopleOptions returns what a policy says of who is whom.
func PeopleOptions(c reviewers.Config) people.Options {
	o := people.Options{Bots: c.Bots, Domains: c.Domains}
	for _, a := range c.Aliases {
		o.Aliases = append(o.Aliases, people.Alias(a))
	}
	return o
}

// There reports whether a repository has an index already, given the directory that its linked worktrees share.
func There(common string) bool {
	for _, path := range []string{ownership.Path(common), history.Path(common)} {
		if _, err := os.Lstat(path); err == nil {
			return true
		}
	}
	return false
}

// Lock keeps other processes from changing the indexes until unlock is called. Where one is at it, a command waits, once it was told so by waiting. With a
// waiting of nil, in the background, one process waits and all others get ErrBusy at once: who waits looks for the tip when its turn has come, and so
// finds what they came for. A lock ends with the process that holds it (flock(2)), so that one that is killed leaves neither a lock nor a change undone.
// Whoever waits until ctx is done gets ErrBusy, too.
func Lock(ctx context.Context, common string, waiting func()) (unlock func() error, err error) {
	dir := filepath.Join(common, "refward")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("directory of the indexes: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "index.lock"), flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	if got {
		return lock.Close, nil
	}
	if waiting != nil {
		waiting()
	} else {
		next := flock.New(filepath.Join(dir, "index.next"), flock.SetPermissions(0o600))
		if got, err := next.TryLock(); err != nil {
			return nil, fmt.Errorf("lock %s: %w", next.Path(), err)
		} else if !got {
			return nil, fmt.Errorf("%w: %s", ErrBusy, next.Path())
		}
		// Before the tip is looked for: who comes after that waits in turn.
		defer func() { err = errors.Join(err, next.Close()) }()
	}
	if _, err := lock.TryLockContext(ctx, retry); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrBusy, lock.Path(), err)
		}
		return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	return lock.Close, nil
}

// An Activity says what became of the index of activity.
type Activity struct {
	Index   *history.Index
	Damaged error // why the file there was of no use; nil = it was, or there was none
	Kept    bool  // it was up to date
	Built   bool  // everything was read
	Took    time.Duration
}

// A Lines says what became of the index of lines.
type Lines struct {
	census.Refreshed
	Took time.Duration
}

// Updated says what became of the indexes.
type Updated struct {
	Tip      census.Tip
	Activity Activity
	Lines    Lines
}

// A Goal returns of which tip the indexes are to be, and who is whom beside the .mailmap there.
type Goal func(context.Context) (census.Tip, people.Options, error)

// Update builds the indexes, or brings them up to date, one process at a time. A file that is none, or damaged, is replaced. The goal is asked
// for when the turn has come, so that no index of an older tip takes the place of what others have made meanwhile. Where the lock cannot be had for another reason
// than that somebody has it, as in a repository of another user, it is done without: two at once do the same twice.
func Update(ctx context.Context, repo *gitio.Repo, goal Goal, o Options) (u Updated, err error) {
	unlock, err := Lock(ctx, repo.CommonDir(), o.Waiting)
	switch {
	case err == nil:
		defer func() { err = errors.Join(err, unlock()) }()
	case errors.Is(err, ErrBusy):
		return u, err
	}
	if o.Extend && !There(repo.CommonDir()) { // also what somebody has erased meanwhile
		return u, ErrNone
	}
	var who people.Options
	if u.Tip, who, err = goal(ctx); err != nil {
		return u, err
	}
	// Activity first: it knows how many commits there are before it has read them, and then so does the other.
	_, none := os.Stat(ownership.Path(repo.CommonDir()))
	if u.Activity, err = activityOf(ctx, repo, u.Tip, who, o); err != nil {
		return u, err
	}
	all := 0 // how far an update has to go back nobody knows
	if o.Rebuild || none != nil {
		all = int(min(u.Activity.Index.State.Events(), math.MaxInt32)) // #nosec G115 -- bounded
	}
	u.Lines, err = linesOf(ctx, repo, u.Tip, all, o)
	return u, err
}

// activityOf keeps the index of activity.
func activityOf(ctx context.Context, repo *gitio.Repo, tip census.Tip, who people.Options, o Options) (a Activity, err error) {
	start := time.Now()
	path := history.Path(repo.CommonDir())
	var old *history.Index
	if !o.Rebuild {
		old, err = history.Open(path)
		switch {
		case errors.Is(err, history.ErrFormat):
			a.Damaged = err
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return a, err
		}
	}
	a.Built = old == nil
	a.Index, err = history.Update(ctx, repo, old, tip.Commit, history.Options{People: who, Progress: o.Activity})
	if err != nil {
		return a, err
	}
	if a.Kept = a.Index == old; a.Kept {
		census.Used(path)
	} else if err := a.Index.Write(path); err != nil {
		return a, err
	}
	a.Took = time.Since(start)
	return a, nil
}

// linesOf keeps the index of lines.
func linesOf(ctx context.Context, repo *gitio.Repo, tip census.Tip, all int, o Options) (l Lines, err error) {
	start := time.Now()
	r := census.RefreshOptions{Rebuild: o.Rebuild, IgnoreSpace: o.IgnoreSpace, Verify: o.Verify}
	if o.Lines != nil {
		r.Progress = func(n int) { o.Lines(n, all) }
	}
	if l.Refreshed, err = census.Refresh(ctx, repo, tip, r); err != nil {
		return l, err
	}
	if l.Kept {
		census.Used(ownership.Path(repo.CommonDir()))
	}
	l.Took = time.Since(start)
	return l, nil
}
