package gitio

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// content is what a Change brings, read when it is asked for.
type content struct {
	src     source.Source
	maxBlob int64               // bytes
	commits []*analyzers.Commit // parents first
	parents map[string][]string // of each, none at the edge of a shallow repository
	targets []target
	tips    []tip          // of each ref of the change, unless it is one of the index
	staged  []string       // the index instead of commits: what it is compared with, parents or the empty tree
	objects source.Objects // what trees are read with, where that is not src; else nil

	mu     sync.Mutex
	listed *listing
	trees  *treeReader
}

// Files implements [analyzers.Content].
func (c *content) Files(ctx context.Context) iter.Seq2[analyzers.File, error] {
	return func(yield func(analyzers.File, error) bool) {
		l, err := c.list(ctx)
		if err != nil {
			yield(analyzers.File{}, err)
			return
		}
		for _, f := range l.files {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// errStopped says that the receiver of a sequence wants no more.
var errStopped = errors.New("stopped")

// Hunks implements [analyzers.Content].
func (c *content) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		err := c.hunks(ctx, func(h analyzers.Hunk) error {
			if !yield(h, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(analyzers.Hunk{}, err)
		}
	}
}

func (c *content) hunks(ctx context.Context, yield func(analyzers.Hunk) error) error {
	l, err := c.list(ctx)
	if err != nil {
		return err
	}
	if err = c.commitHunks(ctx, l, yield); err != nil {
		return err
	}
	for _, f := range l.files[l.ofTargets:] {
		if err := c.wholeFile(ctx, l, f, yield); err != nil {
			return err
		}
	}
	return nil
}

// commitHunks yields the lines of the commits, or of the index, in their order: against one parent as a diff has them, else by text.
func (c *content) commitHunks(ctx context.Context, l *listing, yield func(analyzers.Hunk) error) error {
	var plain []*source.Comparison
	var at []int
	for i, k := range l.compared {
		if !l.byText[i] && len(k.Entries) > 0 {
			plain, at = append(plain, k), append(at, i)
		}
	}
	next := 0 // of l.compared: the first whose lines are not yielded yet
	before := func(end int) error {
		for ; next < end; next++ {
			if !l.byText[next] {
				continue
			}
			if err := c.hunksByText(ctx, l, l.compared[next], yield); err != nil {
				return err
			}
		}
		return nil
	}
	for _, f := range l.files {
		if f.Status == 'U' {
			if err := yield(analyzers.Hunk{Path: f.Path, Unread: "unmerged: resolve the conflict and add the file"}); err != nil {
				return err
			}
		}
	}
	err := c.src.Lines(ctx, plain, func(i int, h analyzers.Hunk) error {
		if err := before(at[i]); err != nil {
			return err
		}
		h.Commit = plain[i].Commit
		return yield(h)
	})
	if err != nil {
		return err
	}
	return before(len(l.compared))
}

// hunksByText yields the lines of each file whose text is in no parent's version of it.
func (c *content) hunksByText(ctx context.Context, l *listing, k *source.Comparison, yield func(analyzers.Hunk) error) error {
	for _, e := range k.Entries {
		hunks, err := c.linesOf(ctx, l, k.Commit, e)
		if err != nil {
			return err
		}
		for _, h := range hunks {
			if err := yield(h); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxVersions bounds what is read of all parents' versions of one file, in the size of the largest blob. An octopus may have any number
// of parents; beyond the bound the file is not examined.
const maxVersions = 8

// linesOf compares one file with its parents' versions.
func (c *content) linesOf(ctx context.Context, l *listing, commit string, e source.Entry) ([]analyzers.Hunk, error) {
	f := fileOf(commit, e)
	if !source.HasContent(f.Mode) {
		return nil, nil
	}
	h := analyzers.Hunk{Commit: commit, Path: f.Path, Blob: f.Blob, Merge: len(e.Parents()) > 1}
	var parents []string
	total := int64(0)
	for _, p := range e.Parents() {
		if !source.HasContent(p.Mode) {
			continue // the id of a submodule names a commit elsewhere, whatever object of ours has the same
		}
		if p.ID == f.Blob {
			return nil, nil
		}
		if l.sizes[p.ID] <= c.maxBlob { // of a larger one every line counts as new
			parents = append(parents, p.ID)
			total += l.sizes[p.ID]
		}
	}
	if h.Unread = c.tooLarge(l, f.Blob); h.Unread == "" && total > maxVersions*c.maxBlob {
		h.Unread = fmt.Sprintf("its versions in %d parents have %d bytes, at most %d are read", len(parents), total, maxVersions*c.maxBlob)
	}
	if h.Unread != "" {
		return []analyzers.Hunk{h}, nil
	}
	var versions [][]byte
	for _, id := range parents {
		_, data, err := c.src.Read(ctx, id, c.maxBlob)
		if err != nil {
			return nil, err
		}
		versions = append(versions, data)
	}
	_, data, err := c.src.Read(ctx, f.Blob, c.maxBlob)
	if err != nil {
		return nil, err
	}
	h.Head = analyzers.HeadOf(data)
	return linesInNone(h, versions, data), nil
}

// wholeFile yields a file as one hunk.
func (c *content) wholeFile(ctx context.Context, l *listing, f analyzers.File, yield func(analyzers.Hunk) error) error {
	if !source.HasContent(f.Mode) {
		return nil
	}
	h := analyzers.Hunk{Commit: f.Commit, Ref: f.Ref, Path: f.Path, Blob: f.Blob, Start: 1}
	if h.Unread = c.tooLarge(l, f.Blob); h.Unread == "" {
		_, data, err := c.src.Read(ctx, f.Blob, c.maxBlob)
		if err != nil {
			return err
		}
		if len(data) == 0 {
			return nil
		}
		h.Text, h.Head, h.Binary = data, analyzers.HeadOf(data), isBinary(data)
	}
	return yield(h)
}

// Blobs implements [analyzers.Content].
func (c *content) Blobs(ctx context.Context, want func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return func(yield func(analyzers.Blob, error) bool) {
		err := c.blobs(ctx, want, func(b analyzers.Blob) error {
			if !yield(b, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(analyzers.Blob{}, err)
		}
	}
}

func (c *content) blobs(ctx context.Context, want func(analyzers.File) bool, yield func(analyzers.Blob) error) error {
	l, err := c.list(ctx)
	if err != nil {
		return err
	}
	blobs := map[string]*analyzers.Blob{}
	wanted := map[string]bool{}
	var read []string
	for _, f := range l.files {
		if !source.HasContent(f.Mode) {
			continue
		}
		b, seen := blobs[f.Blob]
		if !seen {
			b = &analyzers.Blob{ID: f.Blob, Size: l.sizes[f.Blob], Unread: c.tooLarge(l, f.Blob)}
			blobs[f.Blob] = b
		}
		b.Files = append(b.Files, f)
		if (want == nil || want(f)) && !wanted[f.Blob] {
			wanted[f.Blob] = true
			read = append(read, f.Blob)
		}
	}
	if err := c.src.Order(read); err != nil {
		return err
	}
	for _, id := range read {
		b := blobs[id]
		if b.Unread == "" {
			if _, b.Data, err = c.src.Read(ctx, id, c.maxBlob); err != nil {
				return err
			}
		}
		if err := yield(*b); err != nil {
			return err
		}
		b.Data = nil
	}
	return nil
}

// tooLarge says why a blob is not read, or "".
func (c *content) tooLarge(l *listing, id string) string {
	if l.sizes[id] <= c.maxBlob {
		return ""
	}
	return fmt.Sprintf("%d bytes, at most %d are read", l.sizes[id], c.maxBlob)
}
