package treediff

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/refward/refward/internal/odb"
)

const idSize = len(odb.ID{})

// A side is one of two trees that are walked, at one of its entries:
//
//	mode in octal, a space, name, NUL, the 20 bytes of the id
//
// It points into the tree and allocates nothing.
type side struct {
	data []byte // from the current entry on
	name int    // where its name begins
	end  int    // where the entry ends; 0 = there is none
	mode uint32 // canonical
	size int    // bytes of the whole tree
	id   odb.ID // of the tree
}

func (s *side) path() []byte  { return s.data[s.name : s.end-idSize-1] }
func (s *side) rawID() []byte { return s.data[s.end-idSize : s.end] }
func (s *side) isDir() bool   { return s.mode == modeDir }

// next goes on to the next entry.
func (s *side) next() error {
	s.data = s.data[s.end:]
	return s.decode()
}

// decode reads the entry at the head of the data.
func (s *side) decode() error {
	s.end = 0
	if len(s.data) == 0 {
		return nil
	}
	switch { // what nearly all entries have
	case len(s.data) > 7 && string(s.data[:7]) == "100644 ":
		s.mode, s.name = modeFile, 7
	case len(s.data) > 7 && string(s.data[:7]) == "100755 ":
		s.mode, s.name = modeExec, 7
	case len(s.data) > 6 && string(s.data[:6]) == "40000 ":
		s.mode, s.name = modeDir, 6
	default:
		if err := s.decodeMode(); err != nil {
			return err
		}
	}
	n := bytes.IndexByte(s.data[s.name:], 0)
	switch {
	case n < 0:
		return s.malformed("it ends within a name")
	case n == 0:
		return s.malformed("an entry without a name")
	case len(s.data)-(s.name+n+1) < idSize:
		return s.malformed("it ends within an id")
	}
	s.end = s.name + n + 1 + idSize
	return nil
}

// decodeMode reads any mode.
func (s *side) decodeMode() error {
	mode := uint32(0)
	for i, b := range s.data {
		c := b - '0'
		switch {
		case b == ' ' && i > 0:
			s.mode, s.name = canonical(mode), i+1
			return nil
		case b == ' ':
			return s.malformed("an entry without a mode")
		case c > 7:
			return s.malformed("a mode that is no octal number")
		}
		mode = mode<<3 | uint32(c) // one that is too large loses its first digits, as in git
	}
	return s.malformed("it ends within a mode")
}

func (s *side) malformed(what string) error {
	return fmt.Errorf("tree %s: byte %d: %w: %s", s.id, s.size-len(s.data), ErrMalformed, what)
}

// ErrMalformed says that a tree's bytes are no tree.
var ErrMalformed = errors.New("malformed tree")

// skip goes to the next entry of both sides, given that their current ones are the same bytes, and on as long as they are. This is
// where most of the walk is spent: the entries of one side are read, those of the other only compared.
func skip(a, b *side) error {
	for {
		if err := b.next(); err != nil {
			return err
		}
		a.data = a.data[a.end:]
		if b.end == 0 || !bytes.HasPrefix(a.data, b.data[:b.end]) {
			return a.decode()
		}
		a.name, a.end, a.mode = b.name, b.end, b.mode
	}
}

// order compares the current entries of two sides as git sorts them: by name, as if that of a directory had a slash at its end. Only
// entries of the same name are equal, a file and a directory never; in git a name with a slash can be equal to a directory.
func order(a, b *side) int {
	x, y := a.path(), b.path()
	n := min(len(x), len(y))
	if c := bytes.Compare(x[:n], y[:n]); c != 0 {
		return c
	}
	if c := int(byteAt(x, n, a.isDir())) - int(byteAt(y, n, b.isDir())); c != 0 {
		return c
	}
	return len(x) - len(y)
}

// byteAt returns the byte of a name at i, of a directory's at its end the slash, else at its end the NUL.
func byteAt(name []byte, i int, dir bool) byte {
	switch {
	case i < len(name):
		return name[i]
	case dir:
		return '/'
	}
	return 0
}
