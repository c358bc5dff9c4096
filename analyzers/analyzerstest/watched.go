package analyzerstest

import (
	"context"
	"errors"
	"io/fs"
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

// Trees is an element, and so is each look into one of the trees.
func (w *watched) Trees(ctx context.Context, ref int) (analyzers.Trees, error) {
	if err := w.element(ctx); err != nil {
		return analyzers.Trees{}, err
	}
	trees, err := w.Content.Trees(ctx, ref)
	if err != nil || trees.After == nil {
		return trees, err
	}
	trees.After = &watchedTree{w, ctx, trees.After}
	before := trees.Before
	trees.Before = nil
	for _, tree := range before {
		trees.Before = append(trees.Before, &watchedTree{w, ctx, tree})
	}
	return trees, nil
}

func (w *watched) element(ctx context.Context) error {
	if !w.next(false, false) {
		return w.err
	}
	return ctx.Err()
}

// watchedTree is a tree of a watched content.
type watchedTree struct {
	w    *watched
	ctx  context.Context
	tree analyzers.Tree
}

// look reads something of a tree, if it may be read. Who meets a file that cannot be read has to say so, as with hunks.
func look[T any](t *watchedTree, op, name string, read func(string) (T, error)) (T, error) {
	if err := t.w.element(t.ctx); err != nil {
		var zero T
		return zero, &fs.PathError{Op: op, Path: name, Err: err}
	}
	v, err := read(name)
	if errors.Is(err, analyzers.ErrTooLarge) {
		t.w.mu.Lock()
		t.w.lines++
		t.w.mu.Unlock()
	}
	return v, err
}

func (t *watchedTree) Open(name string) (fs.File, error) { return look(t, "open", name, t.tree.Open) }
func (t *watchedTree) ReadFile(name string) ([]byte, error) {
	return look(t, "read", name, t.tree.ReadFile)
}
func (t *watchedTree) ReadDir(name string) ([]fs.DirEntry, error) {
	return look(t, "readdir", name, t.tree.ReadDir)
}
