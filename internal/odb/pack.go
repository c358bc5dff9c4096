package odb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

const (
	packHead     = 12 // signature, version, number of objects
	maxEntryHead = 32 // bytes: 10 of size, then 10 of an offset or 20 of a name
)

// A pack is an open pack with its index.
type pack struct {
	dir   *dir
	name  string // path of the .pack
	mtime time.Time
	index *index
	idx   *file
	file  *file
	end   int64 // where the entries end
}

// openPack opens the pack of an index. When one of the two is gone, which happens while git repacks, the error is fs.ErrNotExist.
func openPack(d *dir, idx string, noMap bool) (*pack, error) {
	p := &pack{dir: d, name: strings.TrimSuffix(idx, ".idx") + ".pack"}
	var err error
	if p.idx, err = openFile(idx, true, noMap); err != nil {
		return nil, fmt.Errorf("odb: %w", err)
	}
	if p.file, err = openFile(p.name, false, noMap); err != nil {
		p.close()
		return nil, fmt.Errorf("odb: %w", err)
	}
	if err := p.check(); err != nil {
		p.close()
		return nil, fmt.Errorf("odb: pack %s: %w", p.name, err)
	}
	return p, nil
}

// check holds the frames of index and pack against each other, as git does when it opens a pack.
func (p *pack) check() error {
	var err error
	if p.index, err = parseIndex(p.idx.data); err != nil {
		return err
	}
	p.end = p.file.size - int64(len(ID{}))
	var buf [packHead]byte
	head, err := p.file.at(0, buf[:])
	if err != nil {
		return err
	}
	if p.end < packHead || string(head[:4]) != "PACK" {
		return errors.New("this is no pack")
	}
	if v := binary.BigEndian.Uint32(head[4:]); v != 2 && v != 3 { // they differ in nothing that is in use
		return fmt.Errorf("pack version %d: %w", v, ErrUnsupported)
	}
	if n := binary.BigEndian.Uint32(head[8:]); int64(n) != int64(p.index.count) {
		return fmt.Errorf("the pack has %d objects, its index %d", n, p.index.count)
	}
	var sum [len(ID{})]byte
	trailer, err := p.file.at(p.end, sum[:])
	if err != nil {
		return err
	}
	if at := len(p.idx.data) - trailerSize; !bytes.Equal(trailer, p.idx.data[at:at+len(ID{})]) {
		return errors.New("the pack does not end as its index says: it is truncated, or of another index")
	}
	return nil
}

func (p *pack) close() error {
	var err error
	for _, f := range []*file{p.idx, p.file} {
		if f != nil {
			err = errors.Join(err, f.close())
		}
	}
	return err
}

// errorf says what is wrong with an entry.
func (p *pack) errorf(off int64, format string, args ...any) error {
	return fmt.Errorf("odb: pack %s, offset %d: %w", p.name, off, fmt.Errorf(format, args...))
}

// find returns the offset of an object.
func (p *pack) find(id ID) (int64, bool, error) {
	i, ok := p.index.find(id)
	if !ok {
		return 0, false, nil
	}
	off, err := p.index.offset(i)
	if err != nil {
		return 0, false, fmt.Errorf("odb: pack %s: %w", p.name, err)
	}
	return off, true, nil
}

// An entry is the head of an entry of a pack.
type entry struct {
	kind  Kind
	size  int64 // bytes that the body inflates to: the object, or a delta
	body  int64 // offset
	back  int64 // offsetDelta: how far before this entry the base is
	named ID    // nameDelta: the base
}

func (e *entry) isDelta() bool { return e.kind == offsetDelta || e.kind == nameDelta }

// entry reads the head of the entry at an offset.
func (p *pack) entry(off int64) (entry, error) {
	if off < packHead || off >= p.end {
		return entry{}, p.errorf(off, "outside the pack, whose objects are in bytes %d to %d", packHead, p.end)
	}
	var buf [maxEntryHead]byte
	head, err := p.file.at(off, buf[:min(maxEntryHead, p.end-off)])
	if err != nil {
		return entry{}, p.errorf(off, "%w", err)
	}
	e, n, err := parseEntry(head)
	if err != nil {
		return entry{}, p.errorf(off, "%w", err)
	}
	if e.kind == offsetDelta && e.back > off-packHead {
		return entry{}, p.errorf(off, "its base would lie %d bytes before it", e.back)
	}
	e.body = off + int64(n)
	return e, nil
}

// parseEntry reads the head of an entry (gitformat-pack(5), "pack-*.pack files") and returns how many bytes it takes.
func parseEntry(b []byte) (e entry, n int, err error) {
	if len(b) == 0 {
		return e, 0, io.ErrUnexpectedEOF
	}
	e.kind = Kind(b[0] >> 4 & 7)
	size := uint64(b[0] & 15)
	n = 1
	for shift := 4; b[n-1] >= 0x80; n, shift = n+1, shift+7 {
		if n == len(b) {
			return e, 0, io.ErrUnexpectedEOF
		}
		part := uint64(b[n] & 0x7f)
		if shift > 60 || part > math.MaxInt64>>shift {
			return e, 0, errors.New("its size has more than 63 bits")
		}
		size |= part << shift
	}
	e.size = int64(size)
	switch e.kind {
	case Commit, Tree, Blob, Tag:
	case nameDelta:
		if len(b)-n < len(e.named) {
			return e, 0, io.ErrUnexpectedEOF
		}
		n += copy(e.named[:], b[n:])
	case offsetDelta:
		var back int64
		for first := true; first || b[n-1] >= 0x80; first = false {
			if n == len(b) {
				return e, 0, io.ErrUnexpectedEOF
			}
			if !first {
				back++
			}
			if back > math.MaxInt64>>8 {
				return e, 0, errors.New("the distance to its base has more than 63 bits")
			}
			back = back<<7 | int64(b[n]&0x7f)
			n++
		}
		if back == 0 {
			return e, 0, errors.New("it is a delta against itself")
		}
		e.back = back
	default:
		return e, 0, fmt.Errorf("it is of type %d, which no object has", e.kind)
	}
	return e, n, nil
}
