package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/refward/refward/analyzers"
)

// visible is what of a change "git log -p" shows: added lines of commits that are no merges, of files that are text. It
// counts them; it is read once.
type visible struct {
	analyzers.Content
	hunks, bytes int64
}

// Files yields none: names are searched by us alone.
func (*visible) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(func(analyzers.File, error) bool) {}
}

func (v *visible) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for h, err := range v.Content.Hunks(ctx) {
			if err == nil && h.Unread != "" {
				err = fmt.Errorf("%s in commit %s: %s", h.Path, h.Commit, h.Unread)
			}
			if err != nil {
				yield(h, err)
				return
			}
			if h.Merge || h.Binary {
				continue
			}
			v.hunks++
			v.bytes += int64(len(h.Text))
			if !yield(h, nil) {
				return
			}
		}
	}
}
