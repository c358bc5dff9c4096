package dod

import (
	"context"
	"fmt"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/lfs"
)

// storage knows which files are Git LFS's by the attributes of the trees that the refs get.
type storage struct {
	change *analyzers.Change
	refs   map[string][]int // by commit, at most maxRefs; by "ref "+name where no commit leads to a file
	byRef  map[int]*lfs.Attributes
	byTip  map[string]*lfs.Attributes
	list   []*lfs.Attributes
	more   bool // a commit has more refs than are asked
}

// maxRefs is how many refs of a commit are asked. Branches that share commits hardly differ in their attributes.
const maxRefs = 8

func newStorage(c *analyzers.Change) *storage {
	s := &storage{change: c, refs: map[string][]int{}, byRef: map[int]*lfs.Attributes{}, byTip: map[string]*lfs.Attributes{}}
	for i := range c.Refs {
		s.refs["ref "+c.Refs[i].Ref] = []int{i}
		for _, at := range c.Refs[i].Commits {
			id := c.Commits[at].ID
			if list := s.refs[id]; len(list) < maxRefs {
				s.refs[id] = append(list, i)
			} else {
				s.more = true
			}
		}
	}
	return s
}

// tracks reports whether the attributes of a ref that gets the file give it to Git LFS.
func (s *storage) tracks(ctx context.Context, f *analyzers.File) (bool, error) {
	if f.Path == "" {
		return false, nil
	}
	refs := s.refs[f.Commit]
	if f.Ref != "" {
		refs = s.refs["ref "+f.Ref]
	}
	if len(refs) == 0 && len(s.change.Refs) > 0 { // the index, or a tree: there is one ref only
		refs = []int{0}
	}
	for _, i := range refs {
		a, err := s.attributes(ctx, i)
		if err != nil {
			return false, err
		}
		if a == nil {
			continue
		}
		if in, err := a.Tracked(f.Path); in || err != nil {
			return in, err
		}
	}
	return false, nil
}

func (s *storage) attributes(ctx context.Context, ref int) (*lfs.Attributes, error) {
	if a, ok := s.byRef[ref]; ok {
		return a, nil
	}
	trees, err := s.change.Trees(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read the attributes of %s: %w", analyzers.Shorten(s.change.Refs[ref].Ref, maxName), err)
	}
	a := s.byTip[trees.Commit]
	if a == nil && trees.After != nil {
		a = lfs.New(trees.After)
		s.byTip[trees.Commit] = a
		s.list = append(s.list, a)
	}
	s.byRef[ref] = a
	return a, nil
}

func (s *storage) skipped() []analyzers.Skip {
	var list []analyzers.Skip
	for _, a := range s.list {
		list = append(list, a.Skipped()...)
	}
	if s.more {
		list = append(list, analyzers.Skip{What: "attributes of further refs", Why: fmt.Sprintf("only %d refs of each commit are asked", maxRefs)})
	}
	return list
}
