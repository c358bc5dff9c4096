package refstore

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"

	"github.com/refward/refward/internal/odb"
)

// Which reports which of some ids [Store.Tips] has, as the value of a ref or as what its tag stands for, without listing all refs:
// packed-refs is searched for the digits. A line there counts only where no loose ref hides it. A tag whose ref is loose is
// not peeled, so an id that is missing here may still be one that a ref leads to.
func (s *Store) Which(ids []odb.ID) (map[odb.ID]bool, error) {
	w := &which{store: s, wanted: map[odb.ID]bool{}, found: map[odb.ID]bool{}}
	for _, id := range ids {
		w.wanted[id] = true
	}
	delete(w.wanted, odb.ID{}) // the id of nothing
	w.fill()
	heads, err := s.heads()
	if err != nil {
		return nil, err
	}
	for _, ref := range heads {
		w.is(ref)
	}
	before, err := w.packed()
	if err != nil || len(w.wanted) == 0 {
		return w.found, err
	}
	if err := s.walk("refs/", w.loose); err != nil && err != errStopped {
		return nil, err
	}
	// What was loose when packed-refs was read may have been packed before the walk came to it.
	if after, err := s.statPacked(); err != nil || same(before, after) {
		return w.found, err
	}
	_, err = w.packed()
	return w.found, err
}

// A which is a search for ids.
type which struct {
	store  *Store
	wanted map[odb.ID]bool
	found  map[odb.ID]bool
	filter [1 << 10]uint64 // a bit for each wanted id, by a hash of its first digits
}

// fill makes the filter.
func (w *which) fill() {
	w.filter = [1 << 10]uint64{}
	for id := range w.wanted {
		word, bit := w.bit([]byte(id.String()))
		w.filter[word] |= bit
	}
}

// bit returns where in the filter an id is, given its digits in either case.
func (w *which) bit(digits []byte) (word, bit uint64) {
	lower := binary.LittleEndian.Uint64(digits) | 0x2020202020202020
	h := lower * 0x9e3779b97f4a7c15 >> 48 // Fibonacci hashing
	return h >> 6, 1 << (h & 63)
}

// is takes note of a ref that is current.
func (w *which) is(ref Ref) {
	for _, id := range [...]odb.ID{ref.ID, ref.Peeled} {
		if w.wanted[id] {
			w.found[id] = true
			delete(w.wanted, id)
		}
	}
}

// check looks a ref up, whose value may have changed since it was seen.
func (w *which) check(name string) error {
	ref, ok, err := w.store.Lookup(name)
	if ok {
		w.is(ref)
	}
	return err
}

// loose is called with each loose ref.
func (w *which) loose(name string, v value) error {
	if v.target != "" {
		return w.check(name)
	}
	if w.is(Ref{ID: v.id}); len(w.wanted) == 0 {
		return errStopped
	}
	return nil
}

// packed searches packed-refs, and returns which file that was.
func (w *which) packed() (os.FileInfo, error) {
	p, err := w.store.openPacked()
	if p == nil || err != nil {
		return nil, err
	}
	defer p.close()
	l := p.lines(p.start, pieceSize)
	ref := int64(-1) // where the line of the ref before begins
	for len(w.wanted) > 0 {
		line, at, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		digits, of := line, at
		if isPeeled(line) {
			if ref < 0 || len(line) != 1+hexLen {
				return nil, badLine(at, line, "it is not an id after the line of a ref")
			}
			digits, of, ref = line[1:], ref, -1
		} else {
			if len(line) <= hexLen+1 || line[hexLen] != ' ' {
				_, err := parseRef(line, at)
				return nil, err
			}
			ref = at
		}
		if word, bit := w.bit(digits); w.filter[word]&bit == 0 {
			continue
		}
		id, err := parseID(digits[:hexLen])
		if err != nil {
			return nil, badLine(at, line, err.Error())
		}
		if !w.wanted[id] {
			continue
		}
		if err := w.confirm(p, of); err != nil {
			return nil, err
		}
	}
	return p.info, nil
}

// confirm looks up the ref that has a line.
func (w *which) confirm(p *packed, at int64) error {
	line, _, err := p.lines(at, probe).next()
	if err != nil {
		return err
	}
	ref, err := parseRef(line, at)
	if err != nil {
		return err
	}
	return w.check(ref.Name)
}

// statPacked returns which file packed-refs is, or nil.
func (s *Store) statPacked() (os.FileInfo, error) {
	info, err := os.Stat(filepath.Join(s.commonDir, "packed-refs"))
	if isAbsent(err) {
		return nil, nil
	}
	return info, err
}

// same reports whether two looks at packed-refs saw one file. An inode number may be used again, its times and size with it hardly.
func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
