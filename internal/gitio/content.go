package gitio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/refward/refward/analyzers"
)

// content is what a Change brings, read through git when it is asked for.
type content struct {
	repo    *Repo
	commits []*analyzers.Commit // parents first
	parents map[string][]string // of each, as git sees them in a shallow repository too
	targets []target
	staged  *index // the index instead of commits; nil otherwise

	mu     sync.Mutex
	listed *listing
	paths  int // seen while listing
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
	if c.staged != nil {
		err = c.staged.hunks(ctx, c, l, yield)
	} else {
		err = c.commitHunks(ctx, l, yield)
	}
	if err != nil {
		return err
	}
	for _, f := range l.files[l.ofTargets:] {
		if err := c.wholeFile(ctx, l, f, yield); err != nil {
			return err
		}
	}
	return nil
}

// commitHunks yields the lines of the commits in their order: from one diff-tree where git can diff, by text where it can't.
func (c *content) commitHunks(ctx context.Context, l *listing, yield func(analyzers.Hunk) error) error {
	plain, stop, err := c.patches(ctx, l.plain)
	if err != nil {
		return err
	}
	defer stop()
	asked := 0
	h, err := plain()
	for _, k := range c.commits {
		if entries, byText := l.entries[k.ID]; byText {
			if err := c.hunksByText(ctx, l, k.ID, entries, yield); err != nil {
				return err
			}
			continue
		}
		if asked == len(l.plain) || l.plain[asked] != k {
			continue // nothing differs
		}
		asked++
		if err == nil && (h.Commit != k.ID || h.Path != "") || err == io.EOF {
			return fmt.Errorf("git diff-tree: nothing said of commit %s", k.ID)
		}
		for err == nil {
			if h, err = plain(); err != nil || h.Path == "" {
				break
			}
			if err := yield(h); err != nil {
				return err
			}
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
	if err == nil {
		return fmt.Errorf("git diff-tree: commit %s was not asked for", h.Commit)
	}
	if err != io.EOF {
		return err
	}
	return nil
}

// patches runs diff-tree over commits and returns what reads its output, as patchReader.next does, and what ends it.
func (c *content) patches(ctx context.Context, commits []*analyzers.Commit) (next func() (analyzers.Hunk, error), stop func(), err error) {
	if len(commits) == 0 {
		return func() (analyzers.Hunk, error) { return analyzers.Hunk{}, io.EOF }, func() {}, nil
	}
	s, err := c.repo.start(ctx, commitLines(commits), slices.Concat(diffTree, patchOptions)...)
	if err != nil {
		return nil, nil, err
	}
	return s.hunks(len(commits[0].ID)), s.stop, nil
}

// hunks returns what reads a stream of patches. After an error or the end of the output, git has ended too, and how it ended
// is in the error.
func (s *stream) hunks(idLen int) func() (analyzers.Hunk, error) {
	p := &patchReader{r: bufio.NewReaderSize(s, 1<<16), idLen: idLen}
	return func() (analyzers.Hunk, error) {
		h, err := p.next()
		switch {
		case err == io.EOF:
			if err := s.wait(); err != nil {
				return h, err
			}
		case err != nil:
			err = s.fail(err)
		}
		return h, err
	}
}

// hunksByText yields the lines of each file whose text is in no parent's version of it.
func (c *content) hunksByText(ctx context.Context, l *listing, commit string, entries []rawEntry, yield func(analyzers.Hunk) error) error {
	for _, e := range entries {
		hunks, err := c.linesOf(ctx, l, commit, e)
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

// linesOf compares one file with its parents' versions. They are read one after the other, and only their lines are kept.
func (c *content) linesOf(ctx context.Context, l *listing, commit string, e rawEntry) ([]analyzers.Hunk, error) {
	last := len(e.blobs) - 1
	f := e.file(commit)
	if !hasContent(f.Mode) {
		return nil, nil
	}
	h := analyzers.Hunk{Commit: commit, Path: f.Path, Merge: last > 1}
	var parents []string
	total := int64(0)
	for i, id := range e.blobs[:last] {
		if !hasContent(e.modes[i]) {
			continue // the id of a submodule names a commit elsewhere, whatever object of ours has the same
		}
		if id == f.Blob {
			return nil, nil
		}
		if l.sizes[id] <= c.repo.maxBlob { // of a larger one every line counts as new
			parents = append(parents, id)
			total += l.sizes[id]
		}
	}
	if h.Unread = c.tooLarge(l, f.Blob); h.Unread == "" && total > maxVersions*c.repo.maxBlob {
		h.Unread = fmt.Sprintf("its versions in %d parents have %d bytes, at most %d are read", len(parents), total, maxVersions*c.repo.maxBlob)
	}
	if h.Unread != "" {
		return []analyzers.Hunk{h}, nil
	}
	known := lineSet{}
	for _, id := range parents {
		_, data, err := c.repo.objects.read(ctx, id, c.repo.maxBlob)
		if err != nil {
			return nil, err
		}
		known.add(data)
	}
	_, data, err := c.repo.objects.read(ctx, f.Blob, c.repo.maxBlob)
	if err != nil {
		return nil, err
	}
	return known.missing(h, data), nil
}

// hasContent reports whether a tree entry of the mode names a blob.
func hasContent(mode uint32) bool { return mode != 0 && mode&modeType != modeSubmodule }

// wholeFile yields a file as one hunk.
func (c *content) wholeFile(ctx context.Context, l *listing, f analyzers.File, yield func(analyzers.Hunk) error) error {
	if f.Mode&modeType == modeSubmodule {
		return nil
	}
	h := analyzers.Hunk{Commit: f.Commit, Ref: f.Ref, Path: f.Path, Start: 1}
	if h.Unread = c.tooLarge(l, f.Blob); h.Unread == "" {
		_, data, err := c.repo.objects.read(ctx, f.Blob, c.repo.maxBlob)
		if err != nil {
			return err
		}
		if len(data) == 0 {
			return nil
		}
		h.Text, h.Binary = data, isBinary(data)
	}
	return yield(h)
}

// Blobs implements [analyzers.Content].
func (c *content) Blobs(ctx context.Context) iter.Seq2[analyzers.Blob, error] {
	return func(yield func(analyzers.Blob, error) bool) {
		l, err := c.list(ctx)
		if err != nil {
			yield(analyzers.Blob{}, err)
			return
		}
		var blobs []analyzers.Blob
		at := map[string]int{}
		for _, f := range l.files {
			if f.Mode == 0 || f.Mode&modeType == modeSubmodule {
				continue
			}
			i, seen := at[f.Blob]
			if !seen {
				i = len(blobs)
				at[f.Blob] = i
				blobs = append(blobs, analyzers.Blob{ID: f.Blob, Size: l.sizes[f.Blob], Unread: c.tooLarge(l, f.Blob)})
			}
			blobs[i].Files = append(blobs[i].Files, f)
		}
		for _, b := range blobs {
			if b.Unread == "" {
				if _, b.Data, err = c.repo.objects.read(ctx, b.ID, c.repo.maxBlob); err != nil {
					yield(analyzers.Blob{}, err)
					return
				}
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// tooLarge says why a blob is not read, or "".
func (c *content) tooLarge(l *listing, id string) string {
	if l.sizes[id] <= c.repo.maxBlob {
		return ""
	}
	return fmt.Sprintf("%d bytes, at most %d are read", l.sizes[id], c.repo.maxBlob)
}
