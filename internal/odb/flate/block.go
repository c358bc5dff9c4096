package flate

import (
	"encoding/binary"
	"io"
)

const (
	litlenMask = 1<<litlenBits - 1
	distMask   = 1<<distBits - 1
)

// block decompresses a block behind what dst has up to o, and returns how far dst is full then.
func (in *input) block(dst []byte, o int, head bool, litlen *litlenTable, dist *distTable) (int, error) {
	src, pos, buf, count := in.src, in.pos, in.bits, in.count

	// While there are bytes enough for two fills, which take 7 and look at 8, and room for three literals, nothing need be checked but what the stream says.
	for pos <= len(src)-15 && o <= len(dst)-3 {
		buf |= binary.LittleEndian.Uint64(src[pos:]) << (count & 63)
		pos += int(63-count) >> 3 // #nosec G115 -- count is at most 63
		count |= 56

		// Two literals take 20 bits at most, a third or the longest length 20 more.
		e := litlen[buf&litlenMask]
		if e >= literal {
			buf >>= e & takesMask
			count -= e.takes()
			dst[o] = e.literal()
			o++
			e = litlen[buf&litlenMask]
			if e >= literal {
				buf >>= e & takesMask
				count -= e.takes()
				dst[o] = e.literal()
				o++
				e = litlen[buf&litlenMask]
			}
		}
		if e&link != 0 {
			e = litlen[e.linked(buf>>litlenBits)%uint64(len(litlen))]
		}
		before := buf
		buf >>= e & takesMask
		count -= e.takes()
		if e >= literal {
			dst[o] = e.literal()
			o++
			continue
		}
		if e&special != 0 {
			in.pos, in.bits, in.count = pos, buf, count
			if e&ends != 0 {
				return o, nil
			}
			return o, errSymbol
		}
		n := e.value(before)

		if count < 28 {
			buf |= binary.LittleEndian.Uint64(src[pos:]) << (count & 63)
			pos += int(63-count) >> 3 // #nosec G115 -- as above
			count |= 56
		}
		e = dist[buf&distMask]
		if e&special != 0 {
			if e&link != 0 {
				e = dist[e.linked(buf>>distBits)%uint64(len(dist))]
			}
			if e&special != 0 {
				return o, errSymbol
			}
		}
		before = buf
		buf >>= e & takesMask
		count -= e.takes()
		d := e.value(before)
		if d > o {
			return o, errDistance
		}
		if len(dst)-o < n+16 {
			if n > len(dst)-o {
				if !head {
					return o, ErrLonger
				}
				n = len(dst) - o
			}
			repeat(dst[:o+n], o, d)
			o += n
			continue
		}
		if d < 8 {
			repeat(dst[:o+n], o, d)
			o += n
			continue
		}
		// By words, which may write behind the end of the copy: what comes next is written over it.
		from, end := o-d, o+n
		for {
			a, b := (*[16]byte)(dst[from:]), (*[16]byte)(dst[o:])
			binary.LittleEndian.PutUint64(b[:8], binary.LittleEndian.Uint64(a[:8]))
			binary.LittleEndian.PutUint64(b[8:], binary.LittleEndian.Uint64(a[8:]))
			o += 16
			from += 16
			if o >= end {
				break
			}
		}
		o = end
	}
	in.pos, in.bits, in.count = pos, buf, count
	return in.ending(dst, o, head, litlen, dist)
}

// ending decompresses the rest of a block one symbol at a time, where the input or dst may end at any.
func (in *input) ending(dst []byte, o int, head bool, litlen *litlenTable, dist *distTable) (int, error) {
	for {
		if head && o == len(dst) {
			return o, nil
		}
		in.fill()
		e := litlen[in.bits&litlenMask]
		if e&link != 0 {
			e = litlen[e.linked(in.bits>>litlenBits)%uint64(len(litlen))]
		}
		value, err := in.symbol(e)
		if err != nil {
			return o, err
		}
		if e&ends != 0 {
			return o, nil
		}
		if o == len(dst) {
			return o, ErrLonger
		}
		if e >= literal {
			dst[o] = e.literal()
			o++
			continue
		}
		n := value
		if in.count < 28 {
			in.fill()
		}
		e = dist[in.bits&distMask]
		if e&link != 0 {
			e = dist[e.linked(in.bits>>distBits)%uint64(len(dist))]
		}
		d, err := in.symbol(e)
		if err != nil {
			return o, err
		}
		if d > o {
			return o, errDistance
		}
		if n > len(dst)-o {
			if !head {
				return o, ErrLonger
			}
			n = len(dst) - o
		}
		repeat(dst[:o+n], o, d)
		o += n
	}
}

// symbol takes a symbol out of the input and returns its value with the extra bits.
func (in *input) symbol(e entry) (int, error) {
	n := e.takes()
	if n > in.count { // the zeros behind the end of the input were looked up
		return 0, io.ErrUnexpectedEOF
	}
	if e&invalid != 0 {
		return 0, errSymbol
	}
	value := e.value(in.bits) // of a literal it means nothing
	in.bits >>= n & 63
	in.count -= n
	return value, nil
}

// repeat fills dst from o on with what is d bytes before it, again and again when there are fewer than wanted.
func repeat(dst []byte, o, d int) {
	for from := o - d; o < len(dst); {
		o += copy(dst[o:], dst[from:o])
	}
}
