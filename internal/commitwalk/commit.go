package commitwalk

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/refward/refward/internal/odb"
)

const (
	wholeCommit = 1 << 20 // bytes; larger commits are read as a stream
	maxParents  = 1 << 20 // bytes before the author of a commit: some 20,000 parents
	maxEdges    = 1 << 24 // parents of all commits of a walk; the largest public histories have some two millions
	maxTags     = 64      // tags that point to each other
)

var errEdges = fmt.Errorf("commitwalk: the commits have more than %d parents together: %w", maxEdges, ErrTooMuch)

// ErrTooMuch says that a history is beyond what is walked.
var ErrTooMuch = errors.New("more than is walked")

// A commit is what the walk needs of a commit object.
type commit struct {
	parents []odb.ID
	date    int64 // of the committer, in seconds; 0 = unreadable, as in git
}

// A kindError says that an object is not a commit.
type kindError struct {
	id   odb.ID
	kind odb.Kind
	data []byte
}

func (e *kindError) Error() string { return fmt.Sprintf("%s is a %s, not a commit", e.id, e.kind) }

// commit reads a commit.
func (w *Walker) commit(id odb.ID) (c commit, err error) {
	kind, data, err := w.opts.Read(id, wholeCommit)
	if errors.Is(err, odb.ErrTooLarge) {
		kind, data, err = w.beginning(id)
	}
	if err != nil {
		return c, err
	}
	if kind != odb.Commit {
		return c, &kindError{id, kind, data}
	}
	if c, err = parseCommit(data); err != nil {
		return c, fmt.Errorf("commit %s: %w", id, err)
	}
	if w.opts.Shallow[id] {
		c.parents = nil
	}
	return c, nil
}

// beginning returns the first bytes of an object that has a long message. The stream is read to its end, where it is verified.
func (w *Walker) beginning(id odb.ID) (kind odb.Kind, data []byte, err error) {
	kind, size, err := w.opts.Objects.Info(id)
	if err != nil || kind != odb.Commit && kind != odb.Tag {
		return kind, nil, err
	}
	if size > maxCommit {
		return kind, nil, fmt.Errorf("it has %d bytes, at most %d are read: %w", size, maxCommit, ErrTooMuch)
	}
	r, _, _, err := w.opts.Objects.Reader(id)
	if err != nil {
		return kind, nil, err
	}
	defer r.Close()
	data = make([]byte, maxParents)
	n, err := io.ReadFull(r, data)
	if err == nil {
		_, err = io.Copy(io.Discard, r)
	}
	if err != nil {
		return kind, nil, err
	}
	return kind, data[:n], nil
}

// maxCommit is the size in bytes of the largest commit or tag that is read at all. A small delta can claim any size.
const maxCommit = 64 << 20

const (
	hexID      = 2 * len(odb.ID{})
	treeLine   = len("tree \n") + hexID
	parentLine = len("parent \n") + hexID
)

// parseCommit reads parents and date as git does (commit.c): the parents follow the tree, and a line that only looks like one is an error.
func parseCommit(data []byte) (c commit, err error) {
	if len(data) < treeLine || !bytes.HasPrefix(data, []byte("tree ")) || data[treeLine-1] != '\n' {
		return c, errors.New("it does not begin with a tree")
	}
	var tree odb.ID
	if _, err := hex.Decode(tree[:], data[5:treeLine-1]); err != nil {
		return c, errors.New("its tree is not an object id")
	}
	rest := data[treeLine:]
	n := 0
	for at := rest; len(at) >= parentLine && bytes.HasPrefix(at, []byte("parent ")); at = at[parentLine:] {
		n++
	}
	if n*parentLine > maxParents-treeLine-parentLine {
		return c, fmt.Errorf("its parents have more than %d bytes", maxParents)
	}
	if n > 0 {
		c.parents = make([]odb.ID, n)
	}
	for i := range c.parents {
		line := rest[:parentLine]
		if _, err := hex.Decode(c.parents[i][:], line[7:parentLine-1]); err != nil || line[parentLine-1] != '\n' {
			return commit{}, errors.New("it has a parent that is not an object id")
		}
		rest = rest[parentLine:]
	}
	c.date = parseDate(rest)
	return c, nil
}

// parseDate reads the date out of the lines of author and committer.
func parseDate(data []byte) int64 {
	author, rest, _ := bytes.Cut(data, []byte("\n"))
	line, _, found := bytes.Cut(rest, []byte("\n"))
	if !found || !bytes.HasPrefix(author, []byte("author ")) || !bytes.HasPrefix(line, []byte("committer ")) {
		return 0
	}
	digits := bytes.TrimLeft(line[bytes.LastIndexByte(line, '>')+1:], " \t\v\f\r")
	var date int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			break
		}
		if date > (math.MaxInt64-9)/10 {
			return math.MaxInt64
		}
		date = date*10 + int64(c-'0')
	}
	return date
}

// parseTag returns what a tag points to (tag.c: the first line says it).
func parseTag(data []byte) (target odb.ID, err error) {
	if line, _, _ := bytes.Cut(data, []byte("\n")); len(line) == len("object ")+hexID && bytes.HasPrefix(line, []byte("object ")) {
		if _, err := hex.Decode(target[:], line[7:]); err == nil {
			return target, nil
		}
	}
	return target, errors.New("it does not begin with an object")
}

// wrap says which commit could not be read and, unless that is zero, whose parent it is.
func (w *Walker) wrap(id, child odb.ID, err error) error {
	if child == (odb.ID{}) {
		return fmt.Errorf("commitwalk: read commit %s: %w", id, err)
	}
	return fmt.Errorf("commitwalk: read commit %s, a parent of %s: %w", id, child, err)
}
