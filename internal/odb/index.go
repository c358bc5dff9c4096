package odb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	fanoutSize  = 256 * 4
	trailerSize = 2 * len(ID{}) // the checksums of the pack and of the index
	signatureV2 = "\377tOc"
)

// An index is a pack's list of names and offsets (gitformat-pack(5), "Version 2 pack-*.idx files"), of version 1 or 2.
type index struct {
	count   int // objects
	fanout  []byte
	names   []byte // from the first name on
	stride  int    // bytes from one name to the next
	offsets []byte // 4 bytes each, at the stride
	ostride int
	large   []byte // 8 bytes each; version 2
}

// parseIndex checks the frame of an index: version, sizes, fan-out. It keeps data.
func parseIndex(data []byte) (*index, error) {
	x := &index{}
	head := 0
	if bytes.HasPrefix(data, []byte(signatureV2)) {
		if len(data) < 8 {
			return nil, errors.New("the index is truncated")
		}
		if v := binary.BigEndian.Uint32(data[4:]); v != 2 {
			return nil, fmt.Errorf("index version %d: %w", v, ErrUnsupported)
		}
		head = 8
	}
	if len(data) < head+fanoutSize+trailerSize {
		return nil, errors.New("the index is truncated")
	}
	x.fanout = data[head : head+fanoutSize]
	var last uint32
	for i := 0; i < fanoutSize; i += 4 {
		n := binary.BigEndian.Uint32(x.fanout[i:])
		if n < last {
			return nil, errors.New("the index's fan-out table decreases")
		}
		last = n
	}
	body := data[head+fanoutSize : len(data)-trailerSize]
	n, size := int64(last), int64(len(body)) // with SHA-256, a name has 32 bytes and the trailer 64
	if head == 0 {
		if size+int64(trailerSize)-64 == n*36 {
			return nil, fmt.Errorf("a SHA-256 index: %w", ErrUnsupported)
		}
		if size != n*24 {
			return nil, fmt.Errorf("the index has %d bytes, which %d objects do not have", len(data), n)
		}
		x.offsets, x.ostride, x.stride = body, 24, 24
		if n > 0 {
			x.names = body[4:]
		}
		x.count = int(n)
		return x, nil
	}
	// The size tells, since there are at most n 64-bit offsets: none makes one look like the other.
	if wide := size + int64(trailerSize) - 64; wide >= n*40 && wide <= n*48 && (wide-n*40)%8 == 0 {
		return nil, fmt.Errorf("a SHA-256 index: %w", ErrUnsupported)
	}
	if size < n*28 || size > n*36 || (size-n*28)%8 != 0 {
		return nil, fmt.Errorf("the index has %d bytes, which %d objects do not have", len(data), n)
	}
	x.count = int(n)
	x.names, x.stride = body[:n*20], 20
	x.offsets, x.ostride = body[n*24:n*28], 4 // the CRCs come before
	x.large = body[n*28:]
	return x, nil
}

// name returns the id at a position.
func (x *index) name(i int) (id ID) {
	copy(id[:], x.names[i*x.stride:])
	return id
}

// find returns the position of an id.
func (x *index) find(id ID) (int, bool) {
	lo, hi := 0, int(binary.BigEndian.Uint32(x.fanout[4*int(id[0]):]))
	if id[0] > 0 {
		lo = int(binary.BigEndian.Uint32(x.fanout[4*int(id[0])-4:]))
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch at := mid * x.stride; bytes.Compare(id[:], x.names[at:at+len(id)]) {
		case 0:
			return mid, true
		case -1:
			hi = mid
		default:
			lo = mid + 1
		}
	}
	return 0, false
}

// offset returns where in the pack the object at a position begins.
func (x *index) offset(i int) (int64, error) {
	off := binary.BigEndian.Uint32(x.offsets[i*x.ostride:])
	if off < 1<<31 || x.ostride != 4 {
		return int64(off), nil
	}
	k := int64(off&(1<<31-1)) * 8
	if k >= int64(len(x.large)) {
		return 0, fmt.Errorf("object %s: the index points outside its table of 64-bit offsets", x.name(i))
	}
	large := binary.BigEndian.Uint64(x.large[k:])
	if large > math.MaxInt64 {
		return 0, fmt.Errorf("object %s: the index gives offset %d", x.name(i), large)
	}
	return int64(large), nil
}
