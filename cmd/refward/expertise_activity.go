package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/report"
)

// refreshActivity builds the index of activity, or brings it up to date. A file that is none, or a damaged one, is replaced.
func refreshActivity(ctx context.Context, repo *gitio.Repo, tip census.Tip, rebuild bool, say func(string)) (refreshed, error) {
	return readActivity(ctx, repo, tip, rebuild, func(done, all int) {
		say(fmt.Sprintf("%d of %d %s", done, all, activityRead))
	})
}

// activityRead is what is counted while an index of activity is made.
const activityRead = "commits read: who did what"

// readActivity does it, and tells how many of all commits are done.
func readActivity(ctx context.Context, repo *gitio.Repo, tip census.Tip, rebuild bool, progress func(done, all int)) (r refreshed, err error) {
	start := time.Now()
	path := history.Path(repo.CommonDir())
	var old *history.Index
	if !rebuild {
		old, err = history.Open(path)
		switch {
		case errors.Is(err, history.ErrFormat):
			r.Damaged = err
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return r, err
		}
	}
	r.Built = old == nil
	r.Index, err = history.Update(ctx, repo, old, tip.Commit, history.Options{Progress: progress})
	if err != nil {
		return r, err
	}
	if r.Kept = r.Index == old; !r.Kept {
		err = r.Index.Write(path)
	} else {
		census.Used(path)
	}
	r.Took = time.Since(start)
	return r, err
}

// indexActivity keeps who wrote and reviewed what, and says so.
func (p program) indexActivity(c *cli.Context, repo *gitio.Repo, tip census.Tip, m *meter, out io.Writer) (refreshed, error) {
	r, err := readActivity(c.Context, repo, tip, c.Bool("rebuild"), func(done, all int) { m.show(done, all, activityRead) })
	m.clear()
	if err != nil {
		return r, err
	}
	if r.Damaged != nil {
		_, _ = fmt.Fprintf(p.stderr, "warning: the index was of no use and is built anew: %s\n", report.Visible(r.Damaged.Error()))
	}
	did := "brought up to date"
	switch {
	case r.Kept:
		did = "is up to date"
	case r.Built:
		did = "built"
	}
	events := int64(min(r.Index.State.Events(), math.MaxInt64))
	_, err = fmt.Fprintf(out, "activity of %s %s: %s at %.12s, %s by %s, %.1f s\n", report.Visible(tip.Name()), did, history.Path(repo.CommonDir()), tip.Commit,
		counted(events, "commit"), peopled(r.Index.People.Len()), r.Took.Seconds())
	return r, err
}

// peopled counts people and programs.
func peopled(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
