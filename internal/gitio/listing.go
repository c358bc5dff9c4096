package gitio

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// A listing is every changed path of a Change, and what is known of each before content is read.
type listing struct {
	compared  []*source.Comparison // each commit, or the index, with its parents
	byText    []bool               // of each: its lines are found by text, as those of merges, and where content is too large to diff
	files     []analyzers.File
	ofTargets int              // index of the first file that belongs to a target
	sizes     map[string]int64 // bytes, by blob id
}

// list returns the changed paths. They are read once and kept.
func (c *content) list(ctx context.Context) (*listing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listed != nil {
		return c.listed, nil
	}
	l := &listing{sizes: map[string]int64{}}
	if c.staged != nil {
		l.compared = append(l.compared, &source.Comparison{Parents: c.staged})
	}
	for _, k := range c.commits {
		l.compared = append(l.compared, &source.Comparison{Commit: k.ID, Parents: c.parents[k.ID]})
	}
	if err := c.src.Compare(ctx, l.compared, source.Renames{Find: true, MaxBlob: c.maxBlob}); err != nil {
		return nil, err
	}
	n := 0
	for _, k := range l.compared {
		n += len(k.Entries)
	}
	l.files = make([]analyzers.File, 0, n)
	sides := make([]source.Side, 0, 2*n)
	for _, k := range l.compared {
		for _, e := range k.Entries {
			l.files = append(l.files, fileOf(k.Commit, e))
			sides = append(sides, e.Sides...)
		}
	}
	l.ofTargets = len(l.files)
	for _, t := range c.targets {
		files, err := c.targetFiles(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			l.files, sides = append(l.files, f), append(sides, source.Side{Mode: f.Mode, ID: f.Blob})
		}
	}
	if err := c.measure(ctx, sides, l.sizes); err != nil {
		return nil, err
	}
	if err := c.checkSubmodules(ctx, l.files); err != nil {
		return nil, err
	}
	for _, k := range l.compared {
		l.byText = append(l.byText, k.ByText() || slices.ContainsFunc(k.Entries, func(e source.Entry) bool {
			return l.sizes[e.Sides[0].ID] > c.maxBlob || l.sizes[e.Sides[1].ID] > c.maxBlob
		}))
	}
	c.listed = l
	return l, nil
}

// fileOf returns an entry as a File, against its first parent.
func fileOf(commit string, e source.Entry) analyzers.File {
	old, result := e.Sides[0], e.Result()
	return analyzers.File{
		Commit: commit, Status: e.Status, Path: e.Path, OldPath: e.Old,
		Mode: result.Mode, OldMode: old.Mode, Blob: result.ID, OldBlob: old.ID,
	}
}

// measure finds the size of every blob.
func (c *content) measure(ctx context.Context, sides []source.Side, sizes map[string]int64) error {
	var ids []string
	for _, s := range sides {
		if _, known := sizes[s.ID]; known || !source.HasContent(s.Mode) || analyzers.IsZero(s.ID) {
			continue
		}
		sizes[s.ID] = 0
		ids = append(ids, s.ID)
	}
	return c.src.InfoAll(ctx, ids, func(i int, o source.Object, err error) error {
		if err != nil {
			return err
		}
		if o.Kind != "blob" {
			return fmt.Errorf("object %s is a %s, but a tree has it for a file", o.ID, o.Kind)
		}
		sizes[ids[i]] = o.Size
		return nil
	})
}

// checkSubmodules refuses a submodule whose id is that of a file or tree of this repository: it can be read under that name, and no
// diff shows its content.
func (c *content) checkSubmodules(ctx context.Context, files []analyzers.File) error {
	var ids, paths []string
	for _, f := range files {
		if f.Mode&source.ModeType == source.ModeSubmodule {
			ids, paths = append(ids, f.Blob), append(paths, f.Path)
		}
	}
	return c.src.InfoAll(ctx, ids, func(i int, o source.Object, err error) error {
		if err == nil && o.Kind != "commit" {
			return fmt.Errorf("%q is a submodule, but its id %s is that of a %s of this repository", paths[i], o.ID, o.Kind)
		}
		if errors.Is(err, source.ErrNotExist) {
			return nil
		}
		return err
	})
}

// A target is a tree or blob that is reached without a commit, behind a tag or named by a ref, or a tree at a revision. All
// in it counts as new: whether old history has it too, only a walk through all of that would tell.
type target struct {
	commit string // at which it is looked at; or
	ref    string // which leads to it
	id     string
	kind   string // "tree" or "blob"
}

// targetFiles lists the files of a target.
func (c *content) targetFiles(ctx context.Context, t target) ([]analyzers.File, error) {
	if t.kind == "blob" {
		return []analyzers.File{{Commit: t.commit, Ref: t.ref, Status: 'A', Mode: 0o100644, Blob: t.id, OldBlob: zeros(t.id)}}, nil
	}
	var files []analyzers.File
	var count source.PathCount
	err := c.src.Files(ctx, t.id, func(mode uint32, id, path string) error {
		files = append(files, analyzers.File{Commit: t.commit, Ref: t.ref, Status: 'A', Path: path, Mode: mode, Blob: id, OldBlob: zeros(id)})
		return count.Add(path)
	})
	return files, err
}
