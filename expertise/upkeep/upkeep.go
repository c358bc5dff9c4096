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

// retry is how long somebody waits between two looks at a lock.
const retry = 50 * time.Millisecond

// Options say how the indexes are kept.
type Options struct {
	Rebuild     bool           // what is there counts for nothing
	IgnoreSpace bool           // as census.RefreshOptions
	Verify      bool           // likewise
	People      people.Options // as history.Options

	// Activity and Lines are told how far each index is, in commits; all is 0 where nobody knows. nil = nobody is told.
	Activity, Lines func(done, all int)

	Waiting  func()              // is told once if another process is at it, which is waited for then; nil = ErrBusy at once
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

// Lock keeps other processes from changing the indexes until unlock is called. Where one is at it, the error is ErrBusy, at once if waiting is nil, else
// when ctx is done. A lock ends with the process that holds it (flock(2)): one that was killed leaves none behind.
func Lock(ctx context.Context, common string, waiting func()) (unlock func() error, err error) {
	dir := filepath.Join(common, "refward")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("directory of the indexes: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "index.lock"), flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err == nil && !got {
		if waiting == nil {
			return nil, fmt.Errorf("%w: %s", ErrBusy, lock.Path())
		}
		waiting()
		_, err = lock.TryLockContext(ctx, retry)
	}
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBusy, lock.Path(), err)
	}
	if err != nil {
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
	Activity Activity
	Lines    Lines
}

// Update builds the indexes of a tip, or brings them up to date, one process at a time. A file that is none, or damaged, is replaced. Where the lock cannot be
// had for another reason than that somebody has it, as in a repository of another user, it is done without: two at once do the same twice.
func Update(ctx context.Context, repo *gitio.Repo, tip census.Tip, o Options) (u Updated, err error) {
	unlock, err := Lock(ctx, repo.CommonDir(), o.Waiting)
	switch {
	case err == nil:
		defer func() { err = errors.Join(err, unlock()) }()
	case errors.Is(err, ErrBusy):
		return u, err
	}
	// Activity first: it knows how many commits there are before it has read them, and then so does the other.
	_, none := os.Stat(ownership.Path(repo.CommonDir()))
	if u.Activity, err = activityOf(ctx, repo, tip, o); err != nil {
		return u, err
	}
	all := 0 // how far an update has to go back nobody knows
	if o.Rebuild || none != nil {
		all = int(min(u.Activity.Index.State.Events(), math.MaxInt32)) // #nosec G115 -- bounded
	}
	u.Lines, err = linesOf(ctx, repo, tip, all, o)
	return u, err
}

// activityOf keeps the index of activity.
func activityOf(ctx context.Context, repo *gitio.Repo, tip census.Tip, o Options) (a Activity, err error) {
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
	a.Index, err = history.Update(ctx, repo, old, tip.Commit, history.Options{People: o.People, Progress: o.Activity})
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
