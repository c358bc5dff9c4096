package flate

import (
	"io"
	"math/bits"
	"sync"
)

// An entry is what a table says about the next bits: a symbol, or where the table goes on for codes that are longer than its index.
//
//	bits 0-5    how many bits the symbol takes, code and extra bits; of a link the bits of the index into the table that follows
//	bits 8-11   how many of them are the code
//	bits 12-15  flags
//	bits 16-30  the literal, the base of a length or of a distance, or where the linked table begins
//	bit 31      a literal
type entry uint32

const (
	literal entry = 1 << 31
	link    entry = 1 << 15
	ends    entry = 1 << 14 // the block ends
	invalid entry = 1 << 13 // no such code, or one without meaning

	special = link | ends | invalid

	takesMask  = 63 // one more than there are bits: a shift by it needs no test
	lengthMask = 15
	lengthAt   = 8
	valueAt    = 16
)

// takes is how many bits the symbol takes.
func (e entry) takes() uint { return uint(e & takesMask) }

// literal is the byte that it stands for.
func (e entry) literal() byte { return byte(e >> valueAt) } // #nosec G115 -- the flag above it is cut off

// value is a length or a distance: the base, and the extra bits out of the bits that the symbol takes.
func (e entry) value(bits uint64) int {
	return int(e>>valueAt) + int(bits&(1<<(e&takesMask)-1)>>(e>>lengthAt&lengthMask)) // #nosec G115 -- 13 bits at most
}

// linked is the index that a link leads to, with the bits behind those that led to the link.
func (e entry) linked(bits uint64) uint64 {
	return uint64(e>>valueAt) + bits&(1<<(e&takesMask)-1)
}

// The bits that index a table: more make links rare and the table slow to build; 11 are not faster than 10, 9 are slower (BenchmarkInflate).
// The tables have more room than any complete set of codes takes with these (zlib's examples/enough.c: 1334 and 402), and powers
// of two, so that a mask proves an index.
const (
	litlenBits = 10
	distBits   = 8
	orderBits  = 7 // no code is longer

	maxLitlen = 288 // 286 of them mean something
	maxDist   = 32  // 30
	maxBits   = 15
)

type (
	litlenTable [2048]entry
	distTable   [512]entry
	orderTable  [1 << orderBits]entry
)

// bases of the lengths and distances, with their extra bits (RFC 1951 section 3.2.5).
var (
	lengthBases = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBases   = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
		8193, 12289, 16385, 24577}
	distExtra = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// meanings are the entries of all symbols but for the length of their codes.
type meanings struct {
	litlen [maxLitlen]entry
	dist   [maxDist]entry
	order  [orderSymbols]entry
}

var symbols = sync.OnceValue(func() *meanings {
	m := new(meanings)
	for i := range m.litlen {
		switch {
		case i < 256:
			m.litlen[i] = literal | entry(i)<<valueAt
		case i == endOfBlock:
			m.litlen[i] = ends
		case i-endOfBlock-1 < len(lengthBases):
			m.litlen[i] = entry(lengthBases[i-endOfBlock-1])<<valueAt | entry(lengthExtra[i-endOfBlock-1])
		default:
			m.litlen[i] = invalid
		}
	}
	for i := range m.dist {
		if i < len(distBases) {
			m.dist[i] = entry(distBases[i])<<valueAt | entry(distExtra[i])
		} else {
			m.dist[i] = invalid
		}
	}
	for i := range m.order {
		m.order[i] = entry(i) << valueAt
	}
	return m
})

// A fixedSet is the tables of the codes that need not be sent (RFC 1951 section 3.2.6).
type fixedSet struct {
	litlen litlenTable
	dist   distTable
}

var fixedTables = sync.OnceValue(func() *fixedSet {
	f := new(fixedSet)
	var sizes, dists [maxLitlen]uint8
	for i := range sizes {
		switch {
		case i < 144:
			sizes[i] = 8
		case i < 256:
			sizes[i] = 9
		case i < 280:
			sizes[i] = 7
		default:
			sizes[i] = 8
		}
		dists[i] = 5
	}
	var sorted [maxLitlen]uint16
	m := symbols()
	build(f.litlen[:], litlenBits, sizes[:], m.litlen[:], &sorted, false) // these two are complete
	build(f.dist[:], distBits, dists[:maxDist], m.dist[:], &sorted, false)
	return f
})

// build makes the table of a canonical code (RFC 1951 section 3.2.2) from the length of each symbol's code, and reports whether the code is
// complete. One that has no symbol at all, or a single one of one bit, is allowed where sparse says so.
func build(table []entry, index uint, sizes []uint8, meaning []entry, sorted *[maxLitlen]uint16, sparse bool) bool {
	var counts, starts [maxBits + 1]uint16
	for _, n := range sizes {
		counts[n&maxBits]++
	}
	total := 0 // of the codes, in units of the longest possible
	start := uint16(0)
	longest := uint(0)
	for n := uint(1); n <= maxBits; n++ {
		if counts[n] > 0 {
			longest = n
		}
		starts[n] = start
		start += counts[n]
		total += int(counts[n]) << (maxBits - n)
	}
	used := sorted[:start]
	for symbol, n := range sizes {
		if n > 0 {
			at := &starts[n&maxBits]
			used[*at] = uint16(symbol) // #nosec G115 -- below 288
			*at++
		}
	}
	if total != 1<<maxBits {
		if !sparse || longest > 1 || start > 1 {
			return false
		}
		for i := range table[:1<<index] {
			table[i] = invalid
		}
		if start == 1 {
			for i := 0; i < 1<<index; i += 2 {
				table[i] = meaning[used[0]] + 1<<lengthAt + 1
			}
		}
		return true
	}
	// The codes in order, shortest first, each with its first bit lowest, as it comes out of the input. The table is filled for indexes of
	// as many bits as the codes at hand have, and doubled when they get longer; what later codes take over was not theirs to read.
	code := uint(0)
	i := 0
	for n := uint(1); n <= index; n++ {
		size := entry(n)<<lengthAt | entry(n)
		for range counts[n] {
			table[code] = meaning[used[i]] + size
			if i++; i == len(used) {
				for ; n < index; n++ {
					copy(table[1<<n:2<<n], table[:1<<n])
				}
				return true
			}
			code = following(code, n)
		}
		if n < index {
			copy(table[1<<n:2<<n], table[:1<<n])
		}
	}
	// Longer codes are in tables of their own, one for each beginning.
	mask := uint(1)<<index - 1
	prefix := ^uint(0)
	free := 1 << index
	var sub []entry
	for n := index + 1; n <= longest; n++ {
		for left := counts[n]; left > 0; left-- {
			if code&mask != prefix {
				prefix = code & mask
				width := n - index
				for room := 1<<width - int(left); room > 0 && index+width < longest; {
					width++
					room = room<<1 - int(counts[index+width])
				}
				if free+1<<width > len(table) { // never, see litlenTable
					return false
				}
				sub = table[free : free+1<<width]
				table[prefix] = link | entry(free)<<valueAt | entry(width) // #nosec G115 -- free is below 2048
				free += 1 << width
			}
			e := meaning[used[i]] + entry(n)<<lengthAt + entry(n) // #nosec G115 -- 15 at most
			for at := code >> index; at < uint(len(sub)); at += 1 << (n - index) {
				sub[at] = e
			}
			if i++; i == len(used) {
				return true
			}
			code = following(code, n)
		}
	}
	return true
}

// following adds one to a code of n bits whose lowest is the last of the number: it clears the ones at its end and sets the zero before
// them. The code of ones only is the last of all and has no next.
func following(code, n uint) uint {
	top := uint(1) << ((uint(bits.Len(^code&(1<<(n&63)-1))) - 1) & 63) // #nosec G115 -- not negative, see above
	return code&(top-1) | top
}

const (
	endOfBlock   = 256
	orderSymbols = 19
)

// orderOf is the order in which the lengths of the codes for code lengths come (RFC 1951 section 3.2.7).
var orderOf = [orderSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// tables reads the head of a dynamic block and makes its tables (RFC 1951 section 3.2.7).
func (in *input) tables(s *scratch) error {
	head, err := in.take(14)
	if err != nil {
		return err
	}
	litlens, dists, orders := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if litlens > 257+len(lengthBases) || dists > len(distBases) {
		return errLengths
	}
	var orderSizes [orderSymbols]uint8
	for _, symbol := range orderOf[:orders] {
		n, err := in.take(3)
		if err != nil {
			return err
		}
		orderSizes[symbol] = uint8(n) // #nosec G115 -- three bits
	}
	m := symbols()
	if !build(s.order[:], orderBits, orderSizes[:], m.order[:], &s.sorted, false) {
		return errCode
	}
	sizes := s.sizes[:litlens+dists]
	for i := 0; i < len(sizes); {
		if in.count < 14 { // the longest code and the most extra bits
			in.fill()
		}
		e := s.order[in.bits&(1<<orderBits-1)]
		n, symbol := e.takes(), e>>valueAt
		repeat, size := 1, uint8(0)
		switch {
		case symbol < 16:
			size = uint8(symbol) // #nosec G115 -- below 16
		case symbol == 16:
			if i == 0 {
				return errLengths
			}
			size = sizes[i-1]
			repeat = 3 + int(in.bits>>n&3)
			n += 2
		case symbol == 17:
			repeat = 3 + int(in.bits>>n&7)
			n += 3
		default:
			repeat = 11 + int(in.bits>>n&127)
			n += 7
		}
		if n > in.count {
			return io.ErrUnexpectedEOF
		}
		in.bits >>= n & 63
		in.count -= n
		if repeat > len(sizes)-i {
			return errLengths
		}
		for range repeat {
			sizes[i] = size
			i++
		}
	}
	if sizes[endOfBlock] == 0 { // such a block has no end
		return errLengths
	}
	if !build(s.litlen[:], litlenBits, sizes[:litlens], m.litlen[:], &s.sorted, true) ||
		!build(s.dist[:], distBits, sizes[litlens:], m.dist[:], &s.sorted, true) {
		return errCode
	}
	return nil
}
