package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/internal/gitio"
)

// remembered is what a change brings, read before it is judged, so that judging alone can be measured. Of blobs and trees dod wants only a
// few, and those are read when it does.
type remembered struct {
	analyzers.Content
	files []analyzers.File
	hunks []analyzers.Hunk
}

func remember(ctx context.Context, c analyzers.Content) (*remembered, error) {
	r := &remembered{Content: c}
	for f, err := range c.Files(ctx) {
		if err != nil {
			return nil, err
		}
		r.files = append(r.files, f)
	}
	for h, err := range c.Hunks(ctx) {
		if err != nil {
			return nil, err
		}
		h.Text = slices.Clone(h.Text) // it counts only until the next one
		r.hunks = append(r.hunks, h)
	}
	return r, nil
}

func (r *remembered) Files(context.Context) iter.Seq2[analyzers.File, error] { return all(r.files) }
func (r *remembered) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] { return all(r.hunks) }

func all[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range list {
			if !yield(list[i], nil) {
				return
			}
		}
	}
}

// own prints what dor and dod themselves take for the range of a repository, beside what reading it takes. On one thread wall time is not
// below CPU time.
func (b *bench) own(ctx context.Context, repo string) error {
	s, err := b.span(ctx, repo)
	if err != nil {
		return err
	}
	r, err := gitio.Open(ctx, gitio.Options{Environ: append(os.Environ(), "GIT_DIR="+repo)})
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	start := time.Now()
	change, err := r.Range(ctx, s.old, s.new, gitio.Scope{Ref: "refs/heads/main", Protected: func(string, string) bool { return true }})
	if err != nil {
		return err
	}
	graph := time.Since(start)
	start = time.Now()
	content, err := remember(ctx, change.Content)
	if err != nil {
		return err
	}
	lines := time.Since(start)
	change.Content = content
	fmt.Printf("%s: %d commits, %d files, %d hunks; reading: commits %.3f s, files and lines %.3f s\n", filepath.Base(filepath.Dir(repo)), len(change.Commits),
		len(content.files), len(content.hunks), graph.Seconds(), lines.Seconds())
	opts := dor.Defaults()
	messages, err := dor.New(opts, nil)
	if err != nil {
		return err
	}
	done, err := dod.New(dod.Defaults())
	if err != nil {
		return err
	}
	for _, a := range []*analyzers.Analyzer{messages, done} {
		var took []float64
		for range b.runs {
			start = time.Now()
			if _, err := a.Run(ctx, change); err != nil {
				return err
			}
			took = append(took, time.Since(start).Seconds())
		}
		slices.Sort(took)
		fmt.Printf("  %s %.3f s\n", a.Name, took[b.runs/2])
	}
	return nil
}
