package treediff

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/refward/refward/internal/odb"
)

// What a comparison may cost. Each is far above what a repository of files can have.
const (
	maxTree   = 128 << 20 // bytes of one tree; some three million entries
	maxOpen   = 256 << 20 // bytes of the trees from the root down to the current directory, on both sides
	maxPath   = 1 << 20   // bytes; a work tree holds paths of up to 4095 (PATH_MAX)
	maxBarren = 1 << 20   // directories in a row without a change: git writes no empty ones, but a few trees can be nested to any number
)

// ErrTooMuch says that trees are beyond what is compared: too large, too deep, or nothing but directories.
var ErrTooMuch = errors.New("more than is compared")

// A Source has the trees. [odb.Store] is one, [Cache] another.
type Source interface {
	// Read returns the kind and the content of an object, or an error if it has more than limit bytes. The content is not written to.
	Read(id odb.ID, limit int64) (odb.Kind, []byte, error)
}

// Diff compares two trees with all that is below them and calls use for each path that differs, in git's order, as
// "git diff-tree -r --raw --no-renames --ignore-submodules=none" lists them, and a directory without entries as an added path of mode 040000: git writes none, and
// shows none. The zero ID stands for no tree, all of whose paths are then added or deleted. A
// subtree that is the same on both sides is not read, nor is a submodule or a blob. An error of use ends it and is returned as it is.
//
// Memory is bounded by that of the trees from the root to the current path. The number of changes is not, nor their length in
// all: a dozen small trees can make a billion paths, and use must end it in time.
func Diff(ctx context.Context, src Source, old, new odb.ID, use func(Change) error) error {
	if old == new {
		return nil
	}
	w := walk{ctx: ctx, src: src, use: use}
	none := odb.ID{}
	if err := w.push(ref{old, old != none}, ref{new, new != none}); err != nil {
		return err
	}
	for len(w.open) > 0 {
		if err := w.step(); err != nil {
			return err
		}
	}
	return nil
}

// A ref names a tree, or says that there is none. Below the root the zero id is no such word: it is a tree that can't be read.
type ref struct {
	id    odb.ID
	there bool
}

// A walk goes through two trees. It keeps its own stack, since trees can be nested some 500,000 deep.
type walk struct {
	ctx    context.Context
	src    Source
	use    func(Change) error
	open   []dir  // from the root down
	path   []byte // of the current directory, with a slash at its end; of the root empty
	held   int    // bytes
	barren int
}

// A dir is a directory on both sides, of which one may be without entries.
type dir struct {
	old, new side
	path     int // length of the walk's path
}

const dirOverhead = 256 // about what a dir takes besides its trees, while the stack grows

func (d *dir) held() int { return d.old.size + d.new.size + dirOverhead }

// push opens the directory that the walk's path names.
func (w *walk) push(old, new ref) error {
	if err := w.enter(); err != nil {
		return err
	}
	d := dir{path: len(w.path)}
	if err := w.load(&d.old, old); err != nil {
		return err
	}
	if err := w.load(&d.new, new); err != nil {
		return err
	}
	if err := w.hold(d.held()); err != nil {
		return err
	}
	w.open = append(w.open, d)
	return nil
}

// enter counts a directory that is opened.
func (w *walk) enter() error {
	if w.ctx.Err() != nil {
		return fmt.Errorf("compare trees: %w", context.Cause(w.ctx))
	}
	if w.barren++; w.barren > maxBarren {
		return fmt.Errorf("compare trees: %d directories with nothing changed in them: %w", maxBarren, ErrTooMuch)
	}
	return nil
}

// hold counts the memory of a directory that is opened.
func (w *walk) hold(bytes int) error {
	if w.held += bytes; w.held > maxOpen {
		return w.errorf("the trees down to here have more than %d bytes: %w", maxOpen, ErrTooMuch)
	}
	return nil
}

// emptyTree is the id of the tree without entries, which git knows without having it stored.
const emptyTree = "\x4b\x82\x5d\xc6\x42\xcb\x6e\xb9\xa0\x60\xe5\x4b\xf8\xd6\x92\x88\xfb\xee\x49\x04"

// load puts a side at the first entry of a tree.
func (w *walk) load(s *side, tree ref) error {
	if !tree.there || string(tree.id[:]) == emptyTree {
		return nil
	}
	kind, data, err := w.src.Read(tree.id, maxTree)
	if err != nil {
		return w.errorf("read tree %s: %w", tree.id, err)
	}
	if kind != odb.Tree {
		return w.errorf("object %s is a %s, not a tree: %w", tree.id, kind, ErrMalformed)
	}
	s.id, s.data, s.size = tree.id, data, len(data)
	if err := s.decode(); err != nil {
		return w.errorf("%w", err)
	}
	return nil
}

// errorf says in which directory an error is.
func (w *walk) errorf(format string, args ...any) error {
	if len(w.path) == 0 {
		return fmt.Errorf("compare trees: "+format, args...)
	}
	where := w.path
	if len(where) > 200 {
		where = where[:200]
	}
	return fmt.Errorf("compare trees: %q: "+format, append([]any{where}, args...)...)
}

// step goes through the current directory up to the next subdirectory that differs, or to its end.
func (w *walk) step() error {
	d := &w.open[len(w.open)-1]
	w.path = w.path[:d.path]
	for d.old.end > 0 || d.new.end > 0 {
		down, err := w.entry(d)
		if err != nil || down {
			return err
		}
	}
	w.held -= d.held()
	*d = dir{} // the trees are not needed any more
	w.open = w.open[:len(w.open)-1]
	return nil
}

// entry takes the next entry of one side, or of both where they match. It reports whether it has opened a directory, after which d is
// not valid.
func (w *walk) entry(d *dir) (down bool, err error) {
	switch c := turn(&d.old, &d.new); {
	case c < 0:
		return w.changed(&d.old, nil)
	case c > 0:
		return w.changed(nil, &d.new)
	}
	if d.old.end == d.new.end && bytes.Equal(d.old.data[:d.old.end], d.new.data[:d.new.end]) {
		if err := skip(&d.old, &d.new); err != nil {
			return false, w.errorf("%w", err)
		}
		return false, nil
	}
	return w.changed(&d.old, &d.new)
}

// turn says which side's entry comes first; 0 = they match. One of them has an entry.
func turn(old, new *side) int {
	switch {
	case new.end == 0:
		return -1
	case old.end == 0:
		return 1
	}
	return order(old, new)
}

// changed takes the current entry of one side, or matching ones of both. A directory is opened, of anything else the change is reported.
func (w *walk) changed(old, new *side) (down bool, err error) {
	var c Change
	var was, is ref
	at := new
	if old != nil {
		was = ref{odb.ID(old.rawID()), true}
		c.OldMode, c.OldID, at = old.mode, was.id, old
	}
	if new != nil {
		is = ref{odb.ID(new.rawID()), true}
		c.Mode, c.ID = new.mode, is.id
	}
	differs := c.OldID != c.ID || c.OldMode != c.Mode
	isDir := at.isDir()
	if differs {
		name := at.path()
		if len(w.path)+len(name) > maxPath {
			return false, w.errorf("a path of more than %d bytes: %w", maxPath, ErrTooMuch)
		}
		length := len(w.path)
		w.path = append(w.path, name...)
		if isDir && new != nil && string(is.id[:]) == emptyTree {
			// It holds no file, but it has a name.
			if err := w.use(Change{Status: 'A', Mode: modeDir, ID: is.id, Path: string(w.path)}); err != nil {
				return false, err
			}
		}
		if isDir {
			w.path = append(w.path, '/')
		} else {
			c.Path = string(w.path)
			w.path = w.path[:length]
		}
	}
	for _, s := range []*side{old, new} {
		if s == nil {
			continue
		}
		if err := s.next(); err != nil {
			return false, w.errorf("%w", err)
		}
	}
	switch {
	case !differs:
		return false, nil
	case isDir:
		return true, w.push(was, is)
	}
	c.Status = c.status()
	w.barren = 0
	return false, w.use(c)
}
