package ownership

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/refward/refward/expertise/ownership/indexfile"
	"github.com/refward/refward/internal/durable"
)

// Path returns where the index of a repository is kept, given the directory that its linked worktrees share.
func Path(common string) string { return filepath.Join(common, "refward", "ownership.idx") }

// What an index is made of.
type (
	Signature = indexfile.Signature // who made something and when
	Commit    = indexfile.Commit    // owns lines
	Run       = indexfile.Run       // lines that follow each other and have one owner
	Ident     = indexfile.Ident     // a name and a mail
	Authored  = indexfile.Authored  // who is the author of a commit, and when that was
)

// ErrFormat says that a file is no index of owners, or is damaged, or of another version. It is to be built anew.
var ErrFormat = indexfile.ErrFormat

// An Index has the owners of all lines at one commit. It is immutable and safe for concurrent use.
type Index struct{ f *indexfile.File }

// Open opens an index. The error is ErrFormat where there is a file and it is not one that Write wrote; fs.ErrNotExist where there is none. What is
// damaged further on is found when it is asked for: Lines and Commit then return ErrFormat.
func Open(path string) (*Index, error) {
	f, err := indexfile.Open(path)
	if err != nil {
		return nil, err
	}
	return &Index{f}, nil
}

// Tip returns the id of the commit whose files these are.
func (x *Index) Tip() string { return x.f.Head().Tip }

// Options returns what the owners were found with.
func (x *Index) Options() Options {
	h := x.f.Head()
	return Options{IgnoreSpace: h.IgnoreSpace, IgnoreRevs: h.Ignored, MaxBlob: h.MaxBlob}
}

// Paths returns all files, in the order of their bytes.
func (x *Index) Paths() []string {
	paths := make([]string, x.f.Len())
	for i := range paths {
		paths[i] = x.f.Path(i)
	}
	return paths
}

// Lines returns the owners of the lines of a file, from the first line on: none where it is empty, or larger than is looked at. ok is false where
// there is no such file.
func (x *Index) Lines(path string) (runs []Run, ok bool, err error) {
	i, ok := x.f.Find(path)
	if !ok {
		return nil, false, nil
	}
	runs, err = x.f.Runs(i)
	return runs, true, err
}

// Blob returns the id of the content of a file, or "".
func (x *Index) Blob(path string) string {
	i, ok := x.f.Find(path)
	if !ok {
		return ""
	}
	return x.f.Blob(i)
}

// Commits returns how many commits own lines.
func (x *Index) Commits() int { return x.f.Commits() }

// Commit returns an owner by its number in a Run. Commits are numbered in the order of their ids.
func (x *Index) Commit(n int32) (Commit, error) { return x.f.Commit(n) }

// Size returns how many files and lines there are.
func (x *Index) Size() (files int, lines int64, err error) {
	lines, err = x.f.Lines()
	return x.f.Len(), lines, err
}

// Authors returns all idents and, by the number of a commit, its author.
func (x *Index) Authors() ([]Ident, []Authored, error) { return x.f.Authors() }

// Bytes returns the index as its file has it, not to be changed. Indexes with the same owners have the same bytes, however they were made.
func (x *Index) Bytes() ([]byte, error) { return x.f.Bytes() }

// Write puts the index into a file, whose directory it makes. Who reads meanwhile sees the old file or the new one, whole.
func (x *Index) Write(path string) error {
	data, err := x.Bytes()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("directory of the index: %w", err)
	}
	return durable.Replace(path, data, 0o640)
}
