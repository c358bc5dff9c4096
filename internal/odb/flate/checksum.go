package flate

import "encoding/binary"

// adler is the modulus of Adler-32.
const adler = 65521

// checksum is Adler-32 (RFC 1950 section 8.2), eight bytes at a time: two words hold four sums of 16 bits each, so that the additions of
// eight bytes are four. Package hash/adler32, byte by byte, would take a sixth of the time of Inflate.
func checksum(b []byte) uint32 {
	// A sum is that of the bytes, and a total that of all sums so far: what a byte adds to it is the byte times the number of those that follow.
	const (
		lanes = 0x00ff00ff00ff00ff
		words = 22 // of eight bytes: 255*22*23/2 is the most that a total in 16 bits can have behind them
	)
	s, t := uint64(1), uint64(0)
	for len(b) >= 8 {
		n := min(len(b)/8, words)
		var even, odd, evens, odds uint64
		for i := range n {
			w := binary.LittleEndian.Uint64(b[8*i:])
			even += w & lanes
			odd += w >> 8 & lanes
			evens += even
			odds += odd
		}
		b = b[8*n:]
		// evens counts a byte of the last word once, of the one before twice …; eight bytes lie between these, and less behind the others
		// of the last word: the byte i of its word adds 8*(the words behind) + 8-i.
		t += 8 * uint64(n) * s
		t += 8*(fold(evens)+fold(odds)) - weigh(even, 0) - weigh(odd, 1)
		s += fold(even) + fold(odd)
		s %= adler
		t %= adler
	}
	for _, c := range b {
		s += uint64(c)
		t += s
	}
	return uint32(t%adler<<16 | s%adler) // #nosec G115 -- below 1<<32
}

// fold adds four numbers of 16 bits.
func fold(w uint64) uint64 { return w&0xffff + w>>16&0xffff + w>>32&0xffff + w>>48 }

// weigh adds four numbers of 16 bits, each times the place of its bytes in their words: at, at+2, at+4, at+6.
func weigh(w, at uint64) uint64 {
	return at*(w&0xffff) + (at+2)*(w>>16&0xffff) + (at+4)*(w>>32&0xffff) + (at+6)*(w>>48)
}
