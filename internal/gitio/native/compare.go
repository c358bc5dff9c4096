package native

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
	"github.com/refward/refward/internal/treediff"
)

// Compare implements [source.Source].
func (n *Native) Compare(ctx context.Context, list []*source.Comparison, r source.Renames) error {
	x := comparer{n: n, ctx: ctx, renames: r, trees: map[string]odb.ID{}}
	for _, c := range list {
		if err := x.compare(c); err != nil {
			return fmt.Errorf("compare commit %s with its parents: %w", c.Commit, err)
		}
	}
	return nil
}

// A comparer compares commits, one after the other.
type comparer struct {
	n       *Native
	ctx     context.Context
	renames source.Renames
	trees   map[string]odb.ID // by commit
	count   source.PathCount
}

func (x *comparer) compare(c *source.Comparison) error {
	tree, err := x.n.treeOf(c.Commit, x.trees)
	if err != nil {
		return err
	}
	var parents []odb.ID              // distinct trees
	at := make([]int, len(c.Parents)) // the tree that each parent has
	for i, p := range c.Parents {
		t, err := x.n.treeOf(p, x.trees)
		if err != nil {
			return err
		}
		if at[i] = slices.Index(parents, t); at[i] < 0 {
			at[i] = len(parents)
			parents = append(parents, t)
		}
	}
	c.Entries = nil
	if len(c.Parents) > 1 {
		return x.merge(c, parents, at, tree)
	}
	before := odb.ID{}
	if len(parents) == 1 {
		before = parents[0]
	}
	changes, err := x.diff(before, tree, nil)
	if err != nil {
		return err
	}
	c.Entries = make([]source.Entry, len(changes))
	for i, k := range changes {
		sides := []source.Side{sideOf(k.OldMode, k.OldID), sideOf(k.Mode, k.ID)}
		c.Entries[i] = source.Entry{Status: k.Status, Old: k.OldPath, Path: k.Path, Sides: sides}
	}
	return nil
}

// merge compares a merge with the distinct trees of its parents, of which at says which parent has which, then looks where files come
// from that a parent has not.
func (x *comparer) merge(c *source.Comparison, parents []odb.ID, at []int, tree odb.ID) error {
	absent := make([]map[string]bool, len(parents)) // paths
	err := treediff.Merge(x.ctx, x.n.trees, parents, tree, func(m treediff.Merged) error {
		for range at { // a version of each is kept
			if err := x.count.Add(m.Path); err != nil {
				return err
			}
		}
		e := source.Entry{Status: m.Status(), Path: m.Path}
		e.Sides = make([]source.Side, 0, len(at)+1)
		for _, i := range at {
			e.Sides = append(e.Sides, sideOf(m.Parents[i].Mode, m.Parents[i].ID))
		}
		for i, p := range m.Parents {
			if p.Mode == 0 {
				if absent[i] == nil {
					absent[i] = map[string]bool{}
				}
				absent[i][m.Path] = true
			}
		}
		e.Sides = append(e.Sides, sideOf(m.Result.Mode, m.Result.ID))
		c.Entries = append(c.Entries, e)
		return nil
	})
	if err != nil {
		return diffError(err)
	}
	moved := map[string]bool{} // paths in the first parent that a rename stands for
	for i, parent := range parents {
		if len(absent[i]) == 0 || !x.renames.Find {
			continue
		}
		changes, err := x.diff(parent, tree, absent[i])
		if err != nil {
			return err
		}
		from := map[string]treediff.Change{}
		for _, k := range changes {
			if k.Status == 'R' {
				from[k.Path] = k
			}
		}
		for j := range c.Entries {
			e := &c.Entries[j]
			k, found := from[e.Path]
			first := slices.Index(at, i)
			if !found || e.Sides[first].Mode != 0 {
				continue
			}
			for parent, t := range at {
				if t == i {
					e.Sides[parent] = sideOf(k.OldMode, k.OldID)
				}
			}
			if first == 0 {
				e.Status, e.Old = 'R', k.OldPath
				moved[k.OldPath] = true
			}
		}
	}
	c.Entries = slices.DeleteFunc(c.Entries, func(e source.Entry) bool { return e.Status == 'D' && moved[e.Path] })
	return nil
}

// diff compares two trees and finds renames: where a few paths are all that matters, similar content only for these.
func (x *comparer) diff(old, new odb.ID, only map[string]bool) ([]treediff.Change, error) {
	var changes []treediff.Change
	err := treediff.Diff(x.ctx, x.n.trees, old, new, func(k treediff.Change) error {
		changes = append(changes, k)
		return x.count.Add(k.Path)
	})
	if err == nil && x.renames.Find {
		changes = treediff.Exact(changes)
		if only != nil {
			changes = slices.DeleteFunc(changes, func(k treediff.Change) bool { return k.Status == 'A' && !only[k.Path] })
		}
		if x.mayBeSimilar(changes) {
			changes, err = treediff.Similar(x.ctx, changes, x.n.content)
		}
	}
	return changes, diffError(err)
}

// mayBeSimilar reports whether there is anything to compare, and nothing that is too large for it.
func (x *comparer) mayBeSimilar(changes []treediff.Change) bool {
	added, deleted := false, false
	for _, k := range changes {
		added, deleted = added || k.Status == 'A', deleted || k.Status == 'D'
	}
	if !added || !deleted {
		return false
	}
	for _, k := range changes {
		id, mode := k.ID, k.Mode
		if k.Status == 'D' {
			id, mode = k.OldID, k.OldMode
		} else if k.Status != 'A' {
			continue
		}
		if !source.HasContent(mode) {
			continue
		}
		if _, size, err := x.n.objects.Info(id); err != nil || size > x.renames.MaxBlob {
			return false // an error shows when the blob is read for itself
		}
	}
	return true
}

// noID is what a path has that is not there: one string for a million new ones.
const noID = "0000000000000000000000000000000000000000"

func sideOf(mode uint32, id odb.ID) source.Side {
	if id == (odb.ID{}) {
		return source.Side{Mode: mode, ID: noID}
	}
	return source.Side{Mode: mode, ID: id.String()}
}

// content reads a blob that was found small enough.
func (n *Native) content(id odb.ID) ([]byte, error) {
	kind, data, err := n.objects.Read(id, -1)
	if err == nil && kind != odb.Blob {
		err = fmt.Errorf("it is a %s, but a tree has it for a file", kind)
	}
	return data, objectError(id.String(), err)
}

// maxCommit is the size in bytes of the largest commit whose tree is found. gitio judges no larger ones.
const maxCommit = 64 << 20

// treeOf returns the tree of a commit, as git reads it: the first line must name it (commit.c).
func (n *Native) treeOf(commit string, known map[string]odb.ID) (odb.ID, error) {
	if commit == "" {
		return odb.ID{}, nil
	}
	if tree, ok := known[commit]; ok {
		return tree, nil
	}
	id, err := odb.ParseID(commit)
	if err != nil {
		return id, err
	}
	kind, data, err := n.commits.Read(id, maxCommit)
	if err != nil {
		return id, objectError(commit, err)
	}
	if kind != odb.Commit {
		return id, fmt.Errorf("object %s is a %s, not a commit", commit, kind)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	name, ok := strings.CutPrefix(string(line), "tree ")
	tree, err := odb.ParseID(name)
	if !ok || err != nil || tree == (odb.ID{}) {
		return id, fmt.Errorf("commit %s names no tree", commit)
	}
	known[commit] = tree
	return tree, nil
}

// Files implements [source.Source].
func (n *Native) Files(ctx context.Context, tree string, use func(mode uint32, id, path string) error) error {
	id, err := odb.ParseID(tree)
	if err == nil && id == (odb.ID{}) {
		err = fmt.Errorf("%s names no tree", tree)
	}
	if err != nil {
		return unsupported(err)
	}
	return diffError(treediff.Diff(ctx, n.trees, odb.ID{}, id, func(c treediff.Change) error { return use(c.Mode, c.ID.String(), c.Path) }))
}
