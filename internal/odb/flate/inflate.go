package flate

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

var (
	// ErrLonger says that the stream decompresses to more bytes than were asked for.
	ErrLonger = errors.New("it has more bytes than it declares")

	errHeader     = errors.New("invalid zlib header")
	errDictionary = errors.New("the zlib stream wants a preset dictionary")
	errChecksum   = errors.New("invalid zlib checksum")
	errBlock      = errors.New("corrupt deflate data: a block of no known type")
	errStored     = errors.New("corrupt deflate data: the length of a stored block is wrong")
	errCode       = errors.New("corrupt deflate data: a set of codes is incomplete or has too many")
	errLengths    = errors.New("corrupt deflate data: the code lengths of a block are wrong")
	errSymbol     = errors.New("corrupt deflate data: a code without meaning")
	errDistance   = errors.New("corrupt deflate data: a copy from before the beginning")
)

// Inflate decompresses the zlib stream at the head of src into dst, which is exactly as long as the result, and returns how many
// bytes the stream has. The error is io.ErrUnexpectedEOF when src or the result ends too early, and [ErrLonger] when the result is longer than
// dst; what dst holds then is not defined.
func Inflate(dst, src []byte) (n int, err error) {
	in := input{src: src}
	if err := in.header(); err != nil {
		return 0, err
	}
	o, err := in.inflate(dst, false)
	if err != nil {
		return 0, err
	}
	if o < len(dst) || len(src)-in.pos < 4 {
		return 0, io.ErrUnexpectedEOF
	}
	if checksum(dst) != binary.BigEndian.Uint32(src[in.pos:]) {
		return 0, errChecksum
	}
	return in.pos + 4, nil
}

// Head decompresses the first bytes of a zlib stream and returns how many there were: all that dst has room for, unless the stream ends
// before. What follows them is not looked at, the checksum neither.
func Head(dst, src []byte) (n int, err error) {
	in := input{src: src}
	if err := in.header(); err != nil {
		return 0, err
	}
	return in.inflate(dst, true)
}

// An input is the compressed bytes and how far they are read. The low count bits of bits are the next of the stream; those above
// them are zero, or what follows in the stream, so that putting it there once more changes nothing.
type input struct {
	src   []byte
	pos   int    // of the first byte that is not among the counted bits
	bits  uint64 // bytes of src, the earliest lowest
	count uint   // bits
}

// header reads the two bytes of RFC 1950 section 2.2.
func (in *input) header() error {
	if len(in.src) < 2 {
		return io.ErrUnexpectedEOF
	}
	head := binary.BigEndian.Uint16(in.src)
	const deflate, maxWindow = 8, 7
	if head>>8&15 != deflate || head>>12 > maxWindow || head%31 != 0 {
		return errHeader
	}
	if head&0x20 != 0 {
		return errDictionary
	}
	in.pos = 2
	return nil
}

// fill takes in more bytes, so that there are at least 56 bits or all that are left.
func (in *input) fill() {
	if len(in.src)-in.pos >= 8 {
		in.bits |= binary.LittleEndian.Uint64(in.src[in.pos:]) << (in.count & 63)
		in.pos += int(63-in.count) >> 3 // #nosec G115 -- count is at most 63
		in.count |= 56
		return
	}
	for in.count < 56 && in.pos < len(in.src) {
		in.bits |= uint64(in.src[in.pos]) << (in.count & 63)
		in.pos++
		in.count += 8
	}
}

// take returns the next n bits, at most 32.
func (in *input) take(n uint) (uint32, error) {
	if in.count < n {
		if in.fill(); in.count < n {
			return 0, io.ErrUnexpectedEOF
		}
	}
	v := uint32(in.bits & (1<<(n&63) - 1)) // #nosec G115 -- n bits
	in.bits >>= n & 63
	in.count -= n
	return v, nil
}

// align passes over the rest of a byte that was begun and gives the bytes back that were not.
func (in *input) align() {
	in.pos -= int(in.count >> 3) // #nosec G115 -- count is at most 63
	in.bits, in.count = 0, 0
}

// scratch holds the tables of one dynamic block after another.
type scratch struct {
	litlen litlenTable
	dist   distTable
	order  orderTable
	sizes  [maxLitlen + maxDist]uint8
	sorted [maxLitlen]uint16
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// inflate decompresses the blocks into dst and leaves the input behind the last. A head is complete when dst is full.
func (in *input) inflate(dst []byte, head bool) (o int, err error) {
	// A fault in a mapped src unwinds past this: the tables are then lost to the pool, and nothing is held.
	var s *scratch
	for final := uint32(0); final == 0 && err == nil; {
		if head && o == len(dst) {
			break
		}
		if final, err = in.take(1); err != nil {
			break
		}
		var kind uint32
		if kind, err = in.take(2); err != nil {
			break
		}
		switch kind {
		case 0:
			o, err = in.stored(dst, o, head)
		case 1:
			fixed := fixedTables()
			o, err = in.block(dst, o, head, &fixed.litlen, &fixed.dist)
		case 2:
			if s == nil {
				s = scratches.Get().(*scratch)
			}
			if err = in.tables(s); err == nil {
				o, err = in.block(dst, o, head, &s.litlen, &s.dist)
			}
		default:
			err = errBlock
		}
	}
	if s != nil {
		scratches.Put(s)
	}
	in.align()
	return o, err
}

// stored copies a block that is not compressed (RFC 1951 section 3.2.4).
func (in *input) stored(dst []byte, o int, head bool) (int, error) {
	in.align()
	if len(in.src)-in.pos < 4 {
		return o, io.ErrUnexpectedEOF
	}
	both := binary.LittleEndian.Uint32(in.src[in.pos:])
	n := int(both & 0xffff)
	if both>>16 != both&0xffff^0xffff {
		return o, errStored
	}
	in.pos += 4
	room := len(dst) - o
	if n > room && !head {
		return o, ErrLonger
	}
	n = min(n, room)
	if n > len(in.src)-in.pos {
		return o, io.ErrUnexpectedEOF
	}
	copy(dst[o:], in.src[in.pos:in.pos+n])
	in.pos += n
	return o + n, nil
}
