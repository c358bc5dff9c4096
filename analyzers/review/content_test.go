package review_test

import (
	"context"
	"iter"

	"github.com/refward/refward/analyzers"
)

// content has files without a word on parents, for merges, and the text that stands in place of their paths as lines.
type content struct {
	analyzers.Content
	files []analyzers.File
}

func (c content) Files(ctx context.Context) iter.Seq2[analyzers.File, error] {
	return func(yield func(analyzers.File, error) bool) {
		for _, f := range c.files {
			if ctx.Err() != nil {
				yield(analyzers.File{}, ctx.Err())
				return
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (c content) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for f, err := range c.Files(ctx) {
			if !yield(analyzers.Hunk{Commit: f.Commit, Start: 1, Path: "a.txt", Text: []byte(f.Path)}, err) || err != nil {
				return
			}
		}
	}
}
