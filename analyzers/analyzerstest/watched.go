package analyzerstest

import (
	"context"
	"iter"
	"sync"

	"github.com/refward/refward/analyzers"
)

// watched is a Content that counts what is read of it, and interferes.
type watched struct {
	analyzers.Content
	after int    // so many elements are read, then …
	at    func() // … this is called, or
	err   error  // … this is the last element, or both

	mu             sync.Mutex
	read, lines    int // elements; those of hunks and blobs
	called, broken bool
}

// in returns c with the watched content.
func (w *watched) in(c *analyzers.Change) *analyzers.Change {
	copied := *c
	copied.Content = w
	return &copied
}

func (w *watched) count() int   { w.mu.Lock(); defer w.mu.Unlock(); return w.read }
func (w *watched) content() int { w.mu.Lock(); defer w.mu.Unlock(); return w.lines }
func (w *watched) failed() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.broken }

// next reports whether the next element may be read.
func (w *watched) next(end, lines bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.read == w.after && !w.called && w.at != nil {
		w.called = true
		w.at()
	}
	if w.read >= w.after && w.err != nil {
		w.broken = true
		return false
	}
	if !end {
		w.read++
		if lines {
			w.lines++
		}
	}
	return true
}

func watch[T any](ctx context.Context, w *watched, lines bool, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for v, err := range seq {
			if err == nil && !w.next(false, lines) {
				err = w.err
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(zero, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if !w.next(true, lines) {
			yield(zero, w.err)
		}
	}
}

func (w *watched) Files(ctx context.Context) iter.Seq2[analyzers.File, error] {
	return watch(ctx, w, false, w.Content.Files(ctx))
}

func (w *watched) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	return watch(ctx, w, true, w.Content.Hunks(ctx))
}

func (w *watched) Blobs(ctx context.Context, want func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return watch(ctx, w, true, w.Content.Blobs(ctx, want))
}
