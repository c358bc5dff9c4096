package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/internal/gitio"
)

// presence is how long it counts that somebody reviews at all.
const presence = activity.PresenceLife

// refreshActivity builds the index of activity, or brings it up to date. A file that is none, or a damaged one, is replaced.
func refreshActivity(ctx context.Context, repo *gitio.Repo, tip census.Tip, rebuild bool, say func(string)) (r refreshed, err error) {
	start := time.Now()
	path := history.Path(repo.CommonDir())
	var old *history.Stored
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
	r.Index, err = history.Update(ctx, repo, old, tip.Commit, history.Options{Progress: func(done, all int) {
		say(fmt.Sprintf("%d of %d commits read for who wrote and reviewed what", done, all))
	}})
	if err != nil {
		return r, err
	}
	data, err := r.Index.Bytes()
	if err != nil {
		return r, err
	}
	was, err := os.ReadFile(path) // #nosec G304 -- in the git directory
	if r.Kept = err == nil && bytes.Equal(was, data); !r.Kept {
		err = r.Index.Write(path)
	} else {
		err = nil
	}
	r.Took = time.Since(start)
	return r, err
}
