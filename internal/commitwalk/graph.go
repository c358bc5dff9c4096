package commitwalk

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/refward/refward/internal/odb"
)

// Numbers of gitformat-commit-graph(5).
const (
	graphHead   = 8
	tocEntry    = 12
	fanoutSize  = 256 * 4
	idSize      = len(odb.ID{})
	commitSize  = idSize + 16
	noParent    = 0x70000000
	moreParents = 0x80000000
	maxLevel    = 0x3fffffff // where the file has no room for more; then levels do not increase any further
)

// A graphError says that a commit-graph cannot be used. Nothing that was asked for depends on one.
type graphError struct {
	name string
	err  error
}

func (e *graphError) Error() string { return fmt.Sprintf("commit-graph %s: %v", e.name, e.err) }

func (e *graphError) Unwrap() error { return e.err }

// A layer is one commit-graph file. Its commits are numbered after those of the layers below it, and their parents are in it or in these.
type layer struct {
	file   *pages
	base   uint32 // commits of the layers below
	count  uint32
	fanout [256]uint32
	chunks map[string]chunk
	ids    chunk // OIDL
	data   chunk // CDAT
	edges  chunk // EDGE; may be empty
}

type chunk struct{ start, size int64 }

// openLayer checks the frame of a file: the head, the table of chunks, their sizes. below are the layers that it builds upon, named by
// their checksums.
func openLayer(file *pages, base uint32, below []string) (*layer, error) {
	l := &layer{file: file, base: base, chunks: map[string]chunk{}}
	head, err := file.at(0, graphHead)
	if err != nil {
		return nil, err
	}
	if string(head[:4]) != "CGPH" || head[4] != 1 {
		return nil, errors.New("this is no commit-graph of version 1")
	}
	if head[5] != 1 {
		return nil, errors.New("its ids are not SHA-1")
	}
	chunks, bases := int(head[6]), int(head[7])
	if bases != len(below) {
		return nil, fmt.Errorf("it builds upon %d files, and is listed after %d", bases, len(below))
	}
	if err := l.readTable(chunks); err != nil {
		return nil, err
	}
	if l.chunks["BASE"].size != int64(bases*idSize) {
		return nil, errors.New("its list of files that it builds upon is of another length")
	}
	for i, name := range below {
		id, err := l.in(l.chunks["BASE"], int64(i*idSize), idSize)
		if err != nil {
			return nil, err
		}
		if hex.EncodeToString(id) != name {
			return nil, errors.New("it builds upon other files than it is listed after")
		}
	}
	return l, l.readFanout()
}

// readTable reads the table of chunks. Each ends where the next begins.
func (l *layer) readTable(n int) error {
	body := int64(graphHead + (n+1)*tocEntry)
	toc, err := l.file.at(graphHead, (n+1)*tocEntry)
	if err != nil {
		return err
	}
	end := l.file.size - int64(idSize) // the checksum
	for i := range n {
		at := toc[i*tocEntry:]
		start, next := binary.BigEndian.Uint64(at[4:]), binary.BigEndian.Uint64(at[4+tocEntry:])
		if start < uint64(body) || start > next || end < 0 || next > uint64(end) { // #nosec G115 -- sizes of a file
			return fmt.Errorf("chunk %q lies outside the file, or on another", at[:4])
		}
		if _, twice := l.chunks[string(at[:4])]; twice {
			return fmt.Errorf("chunk %q comes twice", at[:4])
		}
		l.chunks[string(at[:4])] = chunk{int64(start), int64(next - start)} // #nosec G115 -- within the file, as checked above
	}
	return nil
}

func (l *layer) readFanout() error {
	fanout, err := l.in(l.chunks["OIDF"], 0, fanoutSize)
	if err != nil {
		return err
	}
	for i := range l.fanout {
		l.fanout[i] = binary.BigEndian.Uint32(fanout[4*i:])
		if l.fanout[i] < l.count {
			return errors.New("its fan-out table decreases")
		}
		l.count = l.fanout[i]
	}
	l.ids, l.data, l.edges = l.chunks["OIDL"], l.chunks["CDAT"], l.chunks["EDGE"]
	if n := int64(l.count); l.ids.size != n*int64(idSize) || l.data.size != n*int64(commitSize) {
		return fmt.Errorf("its tables are not of the length that %d commits have", n)
	}
	if l.count >= noParent-l.base {
		return errors.New("it has more commits than can be numbered")
	}
	return nil
}

// in returns n bytes of a chunk. They are good until the next call.
func (l *layer) in(c chunk, off int64, n int) ([]byte, error) {
	if off < 0 || off+int64(n) > c.size {
		return nil, errors.New("a table is too short")
	}
	return l.file.at(c.start+off, n)
}

// find returns the position of a commit in the layer.
func (l *layer) find(id odb.ID) (uint32, bool, error) {
	lo, hi := uint32(0), l.fanout[id[0]]
	if id[0] > 0 {
		lo = l.fanout[id[0]-1]
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		at, err := l.in(l.ids, int64(mid)*int64(idSize), idSize)
		if err != nil {
			return 0, false, err
		}
		switch bytes.Compare(id[:], at) {
		case 0:
			return mid, true, nil
		case -1:
			hi = mid
		default:
			lo = mid + 1
		}
	}
	return 0, false, nil
}

// A graph is a file, or a chain of files, the one that builds upon none first.
type graph struct {
	name   string
	layers []*layer
}

func (g *graph) errorf(format string, args ...any) error {
	return &graphError{g.name, fmt.Errorf(format, args...)}
}

func (g *graph) wrap(err error) error {
	if err == nil {
		return nil
	}
	return &graphError{g.name, err}
}

// find returns the position of a commit.
func (g *graph) find(id odb.ID) (uint32, bool, error) {
	for i := len(g.layers) - 1; i >= 0; i-- {
		pos, ok, err := g.layers[i].find(id)
		if ok || err != nil {
			return pos + g.layers[i].base, ok, g.wrap(err)
		}
	}
	return 0, false, nil
}

// layer returns the layer that a position is in, and the position in it.
func (g *graph) layer(pos uint32) (*layer, int64, error) {
	for i := len(g.layers) - 1; i >= 0; i-- {
		if l := g.layers[i]; pos >= l.base {
			if pos-l.base >= l.count {
				break
			}
			return l, int64(pos - l.base), nil
		}
	}
	return nil, 0, g.errorf("there is no commit number %d", pos)
}

// id returns the commit at a position.
func (g *graph) id(pos uint32) (id odb.ID, err error) {
	l, i, err := g.layer(pos)
	if err != nil {
		return id, err
	}
	at, err := l.in(l.ids, i*int64(idSize), idSize)
	copy(id[:], at)
	return id, g.wrap(err)
}

// numbers returns the topological level of a commit, 0 = unknown, and its date in seconds.
func (g *graph) numbers(pos uint32) (level uint32, date int64, err error) {
	l, i, err := g.layer(pos)
	if err != nil {
		return 0, 0, err
	}
	at, err := l.in(l.data, i*int64(commitSize)+int64(idSize)+8, 8)
	if err != nil {
		return 0, 0, g.wrap(err)
	}
	both := binary.BigEndian.Uint64(at)
	return uint32(both >> 34), int64(both & (1<<34 - 1)), nil
}

// parents appends the positions of a commit's parents.
func (g *graph) parents(pos uint32, to []uint32) ([]uint32, error) {
	l, i, err := g.layer(pos)
	if err != nil {
		return nil, err
	}
	at, err := l.in(l.data, i*int64(commitSize)+int64(idSize), 8)
	if err != nil {
		return nil, g.wrap(err)
	}
	first, second := binary.BigEndian.Uint32(at), binary.BigEndian.Uint32(at[4:])
	if first == noParent {
		return to, nil
	}
	to = append(to, first)
	switch {
	case second == noParent:
		return to, nil
	case second&moreParents == 0:
		return append(to, second), nil
	}
	for off := int64(second&^moreParents) * 4; ; off += 4 {
		at, err := l.in(l.edges, off, 4)
		if err != nil {
			return nil, g.wrap(err)
		}
		next := binary.BigEndian.Uint32(at)
		to = append(to, next&^moreParents)
		if next&moreParents != 0 {
			return to, nil
		}
		if len(to) > maxParents/parentLine {
			return nil, g.errorf("commit number %d has more than %d parents", pos, len(to))
		}
	}
}
