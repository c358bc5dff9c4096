package hooks

import (
	"bytes"
	"context"
	"iter"
	"sync/atomic"

	"github.com/refward/refward/analyzers"
)

// The bounds of what is kept of a change. The files of 5,000 ordinary commits are 25,000, of some 200 bytes each; their added lines are
// tens of MB, and are then read again.
const (
	maxKeptFiles = 100_000
	maxKeptLines = 32 << 20 // bytes
)

// kept is a change's content of which the lists of files and added lines are kept once somebody has read them to their end: the classes and several
// checks each ask for them, and comparing trees and files is most of what they cost.
type kept struct {
	analyzers.Content
	files atomic.Pointer[[]analyzers.File]
	hunks atomic.Pointer[[]analyzers.Hunk]
}

// Files yields what the content does, and from memory once that is known.
func (k *kept) Files(ctx context.Context) iter.Seq2[analyzers.File, error] {
	left := maxKeptFiles
	return keep(ctx, &k.files, k.Content.Files, func(*analyzers.File) bool { left--; return left >= 0 })
}

// Hunks yields what the content does, and from memory once that is known. What is kept are copies: a hunk's text may be a part of a large file.
func (k *kept) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	left := maxKeptLines
	return keep(ctx, &k.hunks, k.Content.Hunks, func(h *analyzers.Hunk) bool {
		if left -= len(h.Text) + len(h.Head) + 200; left < 0 {
			return false
		}
		h.Text, h.Head = bytes.Clone(h.Text), bytes.Clone(h.Head)
		return true
	})
}

// keep yields what is known, else what read does, and remembers that if it was read to its end and fits was true of each. An error is not
// remembered: who asks again is told again.
func keep[T any](ctx context.Context, known *atomic.Pointer[[]T], read func(context.Context) iter.Seq2[T, error], fits func(*T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if list := known.Load(); list != nil {
			for i := range *list {
				if err := ctx.Err(); err != nil {
					var none T
					yield(none, err)
					return
				}
				if !yield((*list)[i], nil) {
					return
				}
			}
			return
		}
		list, all := []T{}, true
		for x, err := range read(ctx) {
			if all && err == nil {
				if copied := x; fits(&copied) {
					list = append(list, copied)
				} else {
					list, all = nil, false
				}
			}
			if !yield(x, err) || err != nil {
				return
			}
		}
		if all {
			known.Store(&list)
		}
	}
}
