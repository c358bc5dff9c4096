package ownership

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// Path returns where the index of a repository is kept, given the directory that its linked worktrees share.
func Path(common string) string { return filepath.Join(common, "refward", "ownership.idx") }

// A Signature says who made something and when.
type Signature struct {
	Name  string // as the commit has it, no mailmap applied
	Email string
	When  time.Time // seconds, UTC
}

// A Commit owns lines.
type Commit struct {
	ID        string
	Author    Signature
	Committer Signature
}

// A Run is lines that follow each other and have one owner.
type Run struct {
	Commit int32 // for Index.Commit; or Unknown
	Lines  int   // 1 or more
}

type file struct {
	path string
	blob string // id
	runs []Run
}

// An Index has the owners of all lines at one commit. It is immutable and safe for concurrent use.
type Index struct {
	tip    string
	o      Options
	edge   []string // where a shallow history ended
	files  []file   // by path
	owners []owner  // in the order in which the files name them
	texts  []string // what they say
	stored *stored  // has files and owners instead, when it comes from a file
}

// Tip returns the id of the commit whose files these are.
func (x *Index) Tip() string { return x.tip }

// Options returns what the owners were found with.
func (x *Index) Options() Options { return x.o }

// Paths returns all files, in the order of their bytes.
func (x *Index) Paths() []string {
	if x.stored != nil {
		return x.stored.paths()
	}
	paths := make([]string, len(x.files))
	for i, f := range x.files {
		paths[i] = f.path
	}
	return paths
}

// Lines returns the owners of the lines of a file, from the first line on: none where it is empty, or larger than is looked at. ok is false where
// there is no such file.
func (x *Index) Lines(path string) (runs []Run, ok bool, err error) {
	if x.stored != nil {
		return x.stored.lines(path)
	}
	i, ok := x.find(path)
	if !ok {
		return nil, false, nil
	}
	return slices.Clone(x.files[i].runs), true, nil
}

// Blob returns the id of the content of a file, or "".
func (x *Index) Blob(path string) string {
	if x.stored != nil {
		return x.stored.blob(path)
	}
	i, ok := x.find(path)
	if !ok {
		return ""
	}
	return x.files[i].blob
}

// Commits returns how many commits own lines.
func (x *Index) Commits() int {
	if x.stored != nil {
		return x.stored.count[commitTable]
	}
	return len(x.owners)
}

// Commit returns an owner by its number in a Run.
func (x *Index) Commit(n int32) (Commit, error) {
	if n < 0 || int(n) >= x.Commits() {
		return Commit{}, fmt.Errorf("no commit %d in the index", n)
	}
	if x.stored != nil {
		return x.stored.commit(int(n))
	}
	return x.commit(x.owners[n]), nil
}

// whole returns an index that is all in memory, and strictly checked.
func (x *Index) whole() (*Index, error) {
	if x.stored == nil {
		return x, nil
	}
	return x.stored.load()
}
