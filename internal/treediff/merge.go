package treediff

import (
	"bytes"
	"context"
	"slices"

	"github.com/refward/refward/internal/odb"
)

// A Version is what one tree has at a path. A zero mode means that there is nothing.
type Version struct {
	Mode uint32 // canonical, as in the package comment
	ID   odb.ID // of a blob, or of a submodule's commit
}

// A Merged is a path that a merge has as none of its parents.
type Merged struct {
	Path    string // raw bytes
	Result  Version
	Parents []Version
}

// Merge compares a tree with several others at once and calls use for each path whose version is that of none of them, in git's order; a path is
// among them too that all of the others have and the tree has not. The zero ID stands for no tree. These are the paths that
// "git diff-tree -r -c --raw --no-renames" lists of a merge commit. Subtrees that are as one of the others has them are not read, which makes
// this far cheaper than a comparison with each. In trees out of order no entry of the new one is passed over unless another has literally the
// same. An error of use ends it and is returned as it is.
func Merge(ctx context.Context, src Source, others []odb.ID, tree odb.ID, use func(Merged) error) error {
	if slices.Contains(others, tree) || len(others) == 0 {
		return nil
	}
	m := merge{walk: walk{ctx: ctx, src: src}, use: use}
	none := odb.ID{}
	refs := make([]ref, len(others))
	for i, id := range others {
		refs[i] = ref{id, id != none}
	}
	if err := m.push(refs, ref{tree, tree != none}); err != nil {
		return err
	}
	for len(m.open) > 0 {
		if err := m.step(); err != nil {
			return err
		}
	}
	return nil
}

// A merge is a walk through one tree and several others. Of walk it has the path and the bounds.
type merge struct {
	walk
	use  func(Merged) error
	open []level
}

// A level is a directory in all trees, of which some may be without entries.
type level struct {
	others []side
	new    side
	path   int // length of the walk's path
	held   int // bytes
}

func (m *merge) push(others []ref, new ref) error {
	if err := m.enter(); err != nil {
		return err
	}
	f := level{others: make([]side, len(others)), path: len(m.path)}
	if err := m.load(&f.new, new); err != nil {
		return err
	}
	f.held = f.new.size
	for i := range others {
		if err := m.load(&f.others[i], others[i]); err != nil {
			return err
		}
		f.held += f.others[i].size + dirOverhead
	}
	if err := m.hold(f.held); err != nil {
		return err
	}
	m.open = append(m.open, f)
	return nil
}

// step goes through the current directory up to the next subdirectory to look into, or to its end.
func (m *merge) step() error {
	f := &m.open[len(m.open)-1]
	m.path = m.path[:f.path]
	first := &f.others[0]
	for first.end > 0 || f.new.end > 0 {
		which := turn(first, &f.new)
		if which == 0 && first.end == f.new.end && bytes.Equal(first.data[:first.end], f.new.data[:f.new.end]) {
			if err := skip(first, &f.new); err != nil {
				return m.errorf("%w", err)
			}
			continue
		}
		if down, err := m.entry(f, which); err != nil || down {
			return err
		}
	}
	m.held -= f.held
	*f = level{}
	m.open = m.open[:len(m.open)-1]
	return nil
}

// entry takes the next entry: of the first of the others alone (which < 0), of the new tree alone (which > 0), or of both.
func (m *merge) entry(f *level, which int) (down bool, err error) {
	at := &f.new
	if which < 0 {
		at = &f.others[0]
	}
	isDir, mode, name := at.isDir(), at.mode, bytes.Clone(at.path())
	id := odb.ID(at.rawID())
	refs := make([]ref, len(f.others))
	have, same := 0, false
	found := Merged{Parents: make([]Version, len(f.others))}
	for i := range f.others {
		s := &f.others[i]
		if i > 0 {
			if err := seek(s, at); err != nil {
				return false, m.errorf("%w", err)
			}
		}
		if i == 0 && which > 0 || s.end == 0 || order(s, at) != 0 {
			continue
		}
		have++
		refs[i] = ref{odb.ID(s.rawID()), true}
		found.Parents[i] = Version{s.mode, refs[i].id}
		same = same || s.mode == mode && refs[i].id == id
	}
	now := ref{}
	if which >= 0 {
		now = ref{id, true}
		found.Result = Version{mode, id}
	}
	if which <= 0 {
		if err := f.others[0].next(); err != nil {
			return false, m.errorf("%w", err)
		}
	}
	if which >= 0 {
		if err := f.new.next(); err != nil {
			return false, m.errorf("%w", err)
		}
	}
	if which >= 0 && same || which < 0 && have < len(f.others) {
		return false, nil
	}
	if len(m.path)+len(name) > maxPath {
		return false, m.errorf("a path of more than %d bytes: %w", maxPath, ErrTooMuch)
	}
	if isDir {
		m.path = append(append(m.path, name...), '/')
		if now.there && string(id[:]) == emptyTree {
			empty := Merged{Path: string(m.path[:len(m.path)-1]), Result: Version{modeDir, id}, Parents: make([]Version, len(f.others))}
			if err := m.use(empty); err != nil {
				return false, err
			}
		}
		return true, m.push(refs, now)
	}
	found.Path = string(m.path) + string(name)
	m.barren = 0
	return false, m.use(found)
}

// seek goes forward in a side to the first entry that does not come before that of another.
func seek(s, to *side) error {
	for s.end > 0 && order(s, to) < 0 {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// Status returns git's letter for the difference to the first of the others, as of [Change].
func (m *Merged) Status() byte {
	c := Change{OldMode: m.Parents[0].Mode, Mode: m.Result.Mode}
	return c.status()
}
