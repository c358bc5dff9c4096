package source

import (
	"fmt"
	"slices"
)

// Renames says how files that moved are found.
type Renames struct {
	Find bool // pair a deleted file with an added one that shares half of its content (gitdiffcore(7), "diffcore-rename")

	// MaxBlob is the size in bytes of the largest blob whose content may be looked at for that. Larger ones can be paired where
	// they are the same.
	MaxBlob int64
}

// MaxRenames bounds the files that are compared with each other for their content: so many deleted ones with so many added ones.
// Beyond it a rename is an addition and a deletion.
const MaxRenames = 1000

// Bounds on the differences that are held in memory. Ten files can be a tree of a million paths; the largest public tree has some
// 400,000.
const (
	MaxPaths     = 2_000_000 // of a Change, counted for each parent of a merge
	MaxPath      = 1 << 20   // bytes of one; a work tree holds paths of up to 4095 (PATH_MAX), a tree object may have longer ones
	MaxPathBytes = 512 << 20 // bytes of all together
)

// File types in the mode of a tree's entry.
const (
	ModeType      = 0o170000
	ModeDir       = 0o040000
	ModeSubmodule = 0o160000
)

// HasContent reports whether a tree entry of the mode names a blob.
func HasContent(mode uint32) bool {
	return mode != 0 && mode&ModeType != ModeSubmodule && mode&ModeType != ModeDir
}

// MayMove reports whether among what differs from one parent there is a file that was added and may be one that was deleted.
func MayMove(all []Entry) bool {
	added, deleted := false, false
	for _, e := range all {
		added = added || e.Status == 'A' && HasContent(e.Result().Mode)
		deleted = deleted || e.Status == 'D' && HasContent(e.Sides[0].Mode)
	}
	return added && deleted
}

// The ids of the tree without entries, in either hash function.
const (
	emptyTreeSHA1   = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
	emptyTreeSHA256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
)

// IsEmptyTree reports whether an id is that of the tree without entries.
func IsEmptyTree(id string) bool { return id == emptyTreeSHA1 || id == emptyTreeSHA256 }

// EmptyTree returns the id of the tree without entries, in the hash function that another id is of.
func EmptyTree(like string) string {
	if len(like) == len(emptyTreeSHA256) {
		return emptyTreeSHA256
	}
	return emptyTreeSHA1
}

// A Comparison is what differs between a commit, or the index, and each of its parents.
type Comparison struct {
	Commit  string   // "" = the index
	Parents []string // none: all of the commit is new. For the index one may be a tree
	Entries []Entry  // paths that no parent has like that
}

// ByText reports whether lines that are new are found by their text, in any place of any parent's version, since a diff knows one parent.
func (c *Comparison) ByText() bool { return len(c.Parents) > 1 }

// An Entry is a path that differs.
type Entry struct {
	Status byte   // as git's raw format has it (git-diff-tree(1)): A, D, M, R, T, U; against the first parent
	Old    string // path before a rename; else ""
	Path   string // raw bytes
	Sides  []Side // of each parent, or of nothing where there is none, then of the result
}

// A Side is one version of a path.
type Side struct {
	Mode uint32 // 0 = not there; ModeDir = a directory without entries, which only a result can be
	ID   string // of the blob, or of a submodule's commit; zeros = not there
}

// Result returns the side that the commit has.
func (e *Entry) Result() Side { return e.Sides[len(e.Sides)-1] }

// Parents returns the other sides.
func (e *Entry) Parents() []Side { return e.Sides[:len(e.Sides)-1] }

// Combine returns what differs from every parent, given the comparison with each. It goes by path and content rather than by
// the order of the entries, as "git diff-tree -c" does: an unsorted tree would hide paths from that.
func Combine(parents [][]Entry) []Entry {
	if len(parents) == 0 {
		return nil
	}
	type result struct {
		path string
		side Side
	}
	all := parents[0]
	for _, parent := range parents[1:] {
		other := make(map[result]*Entry, len(parent))
		for i := range parent {
			other[result{parent[i].Path, parent[i].Result()}] = &parent[i]
		}
		var both []Entry
		for _, e := range all {
			if o, ok := other[result{e.Path, e.Result()}]; ok {
				e.Sides = slices.Insert(slices.Clone(e.Sides), len(e.Sides)-1, o.Sides[0])
				both = append(both, e)
			}
		}
		all = both
	}
	return all
}

// A PathCount holds the differences of one call against the bounds.
type PathCount struct{ paths, bytes int }

// Add counts a path.
func (c *PathCount) Add(path string) error {
	c.paths++
	c.bytes += len(path)
	switch {
	case c.paths > MaxPaths:
		return fmt.Errorf("more than %d changed paths: %w", MaxPaths, ErrTooMuch)
	case c.bytes > MaxPathBytes:
		return fmt.Errorf("changed paths of more than %d bytes: %w", MaxPathBytes, ErrTooMuch)
	}
	return nil
}
