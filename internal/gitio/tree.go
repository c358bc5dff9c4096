package gitio

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// A treeEntry is one entry of a directory.
type treeEntry struct {
	name string
	id   string // bytes, not digits: part of the tree that it was read from
	mode uint32 // what git makes of it: one of the modes below
}

// Modes of entries. Whatever else a tree has, git takes for one of them (object.h, canon_mode).
const (
	modeFile = 0o100644
	modeExec = 0o100755
	modeLink = 0o120000
)

func (e *treeEntry) isDir() bool { return e.mode == source.ModeDir }

func (e *treeEntry) hexID() string { return hex.EncodeToString([]byte(e.id)) }

// errTree says that a tree's bytes are no tree, or one that git would not write and of which there can be two opinions.
var errTree = errors.New("malformed tree")

// parseTree calls use for each entry of a tree object, in its order:
//
//	mode in octal, a space, name, NUL, the bytes of the id
//
// The texts are parts of raw. A name may be anything without a NUL, also nothing.
func parseTree(raw string, idSize int, use func(mode, name, id string) error) error {
	for at := 0; at < len(raw); {
		malformed := func(what string) error { return fmt.Errorf("byte %d: %w: %s", at, errTree, what) }
		mode, rest, _ := strings.Cut(raw[at:], " ")
		switch {
		case len(rest) < idSize: // none, or too few for what follows
			return malformed("it ends within an entry")
		case mode == "" || strings.IndexFunc(mode, notOctal) >= 0:
			return malformed("a mode that is no octal number")
		}
		name, rest, ok := strings.Cut(rest, "\x00")
		if !ok || len(rest) < idSize {
			return malformed("it ends within an entry")
		}
		if err := use(mode, name, rest[:idSize]); err != nil {
			return err
		}
		at += len(mode) + 1 + len(name) + 1 + idSize
	}
	return nil
}

func notOctal(r rune) bool { return r < '0' || r > '7' }

// treeMode returns what git makes of a mode's digits. A number that is too large loses its first digits, as in git.
func treeMode(digits string) uint32 {
	mode := uint32(0)
	for i := range len(digits) {
		mode = mode<<3 | uint32(digits[i]-'0')
	}
	switch mode & source.ModeType {
	case modeFile & source.ModeType:
		if mode&0o100 != 0 {
			return modeExec
		}
		return modeFile
	case modeLink, source.ModeDir:
		return mode & source.ModeType
	}
	return source.ModeSubmodule
}

// A directory is the entries of a tree that a file system can have, by name. Nobody may write to it.
type directory []treeEntry

// newDirectory sorts entries, and leaves out those with a name that is no element of a path in [fs.FS].
//
// Only a tree that git would not write is unsorted, which is put right, or has a name twice. If both are the same thing, it is there once; if
// not, nobody can tell which of them a checkout leaves in place, and the directory is refused.
func newDirectory(entries []treeEntry) (directory, error) {
	entries = slices.DeleteFunc(entries, func(e treeEntry) bool {
		return e.name == "." || strings.Contains(e.name, "/") || !fs.ValidPath(e.name)
	})
	byName := func(a, b treeEntry) int { return cmp.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(entries, byName) { // git has "a.go" before "a/" before "a0"
		slices.SortStableFunc(entries, byName)
	}
	entries = slices.Compact(entries)
	for i := 1; i < len(entries); i++ {
		if entries[i].name == entries[i-1].name {
			return nil, fmt.Errorf("%w: two different things have the name %q", errTree, entries[i].name)
		}
	}
	return entries, nil
}

func (d directory) find(name string) (treeEntry, bool) {
	i, ok := slices.BinarySearchFunc(d, name, func(e treeEntry, name string) int { return cmp.Compare(e.name, name) })
	if !ok {
		return treeEntry{}, false
	}
	return d[i], true
}

// maxTree is the size of the largest tree object that is read as a directory, in bytes: some 1.5 million entries. treeCache is how much is
// kept of those that were read last, besides the very last: all directories of 90,000 files have some 8 MB.
const (
	maxTree   = 64 << 20
	treeCache = 32 << 20
)

// A treeReader reads directories and keeps those that were read last, since each look at a path begins at the root. It is safe for concurrent use.
type treeReader struct {
	src source.Objects
	max int // bytes of what is kept, about

	mu         sync.Mutex
	young, old map[string]directory // by id: asked for since the last change of generations, and before
	size       int                  // bytes of the young, about
}

// read returns the directory of a tree object, given the bytes of its id.
func (r *treeReader) read(ctx context.Context, id string) (directory, error) {
	r.mu.Lock()
	d, ok := r.young[id]
	if !ok {
		if d, ok = r.old[id]; ok {
			r.keep(id, d)
		}
	}
	r.mu.Unlock()
	if ok {
		return d, nil
	}
	d, err := r.load(ctx, hex.EncodeToString([]byte(id)))
	if err != nil {
		return nil, unreadable{err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(id, d)
	return d, nil
}

// keep adds a directory to the young generation. When that is full, it becomes the old one, and what was old is forgotten.
func (r *treeReader) keep(id string, d directory) {
	need := 128
	for i := range d {
		need += len(d[i].name) + len(d[i].id) + 48
	}
	if r.young == nil || r.size+need > r.max/2 {
		r.young, r.old, r.size = map[string]directory{}, r.young, 0
	}
	if _, ok := r.young[id]; !ok {
		r.young[id] = d
		r.size += need
	}
}

func (r *treeReader) load(ctx context.Context, id string) (directory, error) {
	if source.IsEmptyTree(id) { // which git knows without having it stored
		return nil, nil
	}
	o, data, err := r.src.Read(ctx, id, maxTree)
	switch {
	case err != nil:
		return nil, err
	case o.Kind != "tree":
		return nil, fmt.Errorf("object %s is a %s, not a tree", id, o.Kind)
	case data == nil:
		return nil, fmt.Errorf("tree %s: %w: %d bytes, at most %d are read", id, analyzers.ErrTooLarge, o.Size, maxTree)
	}
	size := len(id) / 2
	entries := make([]treeEntry, 0, len(data)/(size+20))
	err = parseTree(string(data), size, func(mode, name, id string) error {
		entries = append(entries, treeEntry{name, id, treeMode(mode)})
		return nil
	})
	d, dirErr := newDirectory(entries)
	if err = cmp.Or(err, dirErr); err != nil {
		return nil, fmt.Errorf("tree %s: %w", id, err)
	}
	return d, nil
}

// unreadable is why something of the repository cannot be read. Whatever is missing for that, it does not mean that a tree does not have the
// file, so that the error is never fs.ErrNotExist.
type unreadable struct{ err error }

func (u unreadable) Error() string { return u.err.Error() }
func (u unreadable) Is(target error) bool {
	return target != fs.ErrNotExist && errors.Is(u.err, target)
}
func (u unreadable) As(target any) bool { return errors.As(u.err, target) }
