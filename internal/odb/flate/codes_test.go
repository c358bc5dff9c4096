package flate

import (
	"encoding/binary"
	"hash/adler32"
	"io"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// A bitWriter writes what no compressor would.
type bitWriter struct {
	out   []byte
	acc   uint64
	count uint
}

func (w *bitWriter) bits(v uint64, n uint) {
	w.acc |= v << w.count
	for w.count += n; w.count >= 8; w.count -= 8 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
	}
}

// symbol writes the code of a symbol of a canonical code, found without a table.
func (w *bitWriter) symbol(sizes []uint8, symbol int) {
	code, n := uint16(0), sizes[symbol]
	for s, size := range sizes {
		if size > 0 && (size < n || size == n && s < symbol) {
			code += 1 << (n - size)
		}
	}
	w.bits(uint64(bits.Reverse16(code)>>(16-n)), uint(n))
}

// randomCode gives count of the symbols a complete code, whose longest are often of 15 bits. The symbols of first are among them.
func randomCode(r *rand.Rand, symbols, count int, first ...int) []uint8 {
	leaves := []uint8{0}
	deep := r.IntN(4)
	for len(leaves) < count {
		i := r.IntN(len(leaves))
		if r.IntN(4) < deep {
			i = len(leaves) - 1
		}
		if leaves[i] == maxBits {
			continue
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
		if leaves[len(leaves)-1] == maxBits {
			j := r.IntN(len(leaves))
			leaves[j], leaves[len(leaves)-1] = leaves[len(leaves)-1], leaves[j]
		}
	}
	order := r.Perm(symbols)
	for i, want := range first {
		for j := range order {
			if order[j] == want {
				order[i], order[j] = order[j], order[i]
			}
		}
	}
	sizes := make([]uint8, symbols)
	for i, n := range leaves {
		sizes[order[i]] = n
	}
	return sizes
}

// dynamic begins a stream with the head of a dynamic block, the last.
func dynamic(litlen, dist []uint8) *bitWriter {
	w := &bitWriter{out: []byte{0x78, 0x9c}}
	w.bits(0b101, 3)
	w.bits(286-257, 5)
	w.bits(uint64(len(dist)-1), 5)
	w.bits(19-4, 4)
	for _, symbol := range orderOf {
		if symbol < 16 {
			w.bits(4, 3)
		} else {
			w.bits(0, 3)
		}
	}
	for _, n := range slices.Concat(litlen, dist) {
		w.bits(uint64(bits.Reverse8(n)>>4), 4)
	}
	return w
}

// randomBlock makes a stream of one dynamic block with codes at random. Damage makes one length wrong.
func randomBlock(r *rand.Rand, symbols int, damage bool) (stream, result []byte) {
	litlen := randomCode(r, 286, 2+r.IntN(285), endOfBlock, int(byte(r.Uint32())))
	var dist []uint8
	switch r.IntN(8) {
	case 0:
		dist = make([]uint8, 1) // none
	case 1:
		dist = []uint8{1} // one of one bit, and the other means nothing
	default:
		dist = randomCode(r, 30, 2+r.IntN(29))
	}
	if damage {
		if r.IntN(2) == 0 {
			dist[r.IntN(len(dist))] ^= 1 << r.IntN(4)
		} else {
			litlen[r.IntN(len(litlen))] ^= 1 << r.IntN(4)
		}
	}
	return block(r, litlen, dist, symbols)
}

// block makes a stream of one dynamic block with these codes and count symbols at random, less those that do not fit.
func block(r *rand.Rand, litlen, dist []uint8, count int) (stream, result []byte) {
	w := dynamic(litlen, dist)
	for range count {
		symbol := r.IntN(286)
		if litlen[symbol] == 0 || symbol == endOfBlock {
			continue
		}
		if symbol < 256 {
			w.symbol(litlen, symbol)
			result = append(result, byte(symbol))
			continue
		}
		d := r.IntN(len(dist))
		if dist[d] == 0 {
			continue
		}
		back := int(distBases[d]) + r.IntN(1<<distExtra[d])
		if back > len(result) && r.IntN(3000) > 0 { // seldom too far
			continue
		}
		n := int(lengthBases[symbol-257]) + r.IntN(1<<lengthExtra[symbol-257])
		w.symbol(litlen, symbol)
		w.bits(uint64(n-int(lengthBases[symbol-257])), uint(lengthExtra[symbol-257]))
		w.symbol(dist, d)
		w.bits(uint64(back-int(distBases[d])), uint(distExtra[d]))
		for range n {
			if back > len(result) {
				break
			}
			result = append(result, result[len(result)-back])
		}
	}
	if litlen[endOfBlock] > 0 {
		w.symbol(litlen, endOfBlock)
	}
	w.bits(0, 7)
	return binary.BigEndian.AppendUint32(w.out, adler32.Checksum(result)), result
}

// TestCodes reads codes that no compressor makes: of all lengths, with tables behind tables.
func TestCodes(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	good := 0
	for i := range 4000 {
		damage := i%4 == 0
		symbols := r.IntN(600)
		if i%100 == 1 {
			symbols = 20_000 // for the longest distances
		}
		stream, result := randomBlock(r, symbols, damage)
		if i%2 == 0 {
			stream = append(stream, "what follows in the pack"...)
		}
		sameAsStandard(t, stream)
		if _, err := Inflate(make([]byte, len(result)), stream); err == nil {
			good++
		} else if !damage && err != errDistance {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
	if good < 2500 {
		t.Errorf("only %d of the streams were good", good)
	}
}

// TestCodesTruncated has the input end behind symbols of all lengths.
func TestCodesTruncated(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 40 {
		stream, result := randomBlock(r, 1000, false)
		for n := range stream {
			if _, err := Inflate(make([]byte, len(result)), stream[:n:n]); err != io.ErrUnexpectedEOF && err != errDistance {
				t.Fatalf("%d of %d bytes: %v", n, len(stream), err)
			}
		}
	}
}

// TestLongest has the input end where the symbols are so long that it is looked at twice as fast as ever.
func TestLongest(t *testing.T) {
	litlen, dist := make([]uint8, 286), make([]uint8, 30)
	const short, long = 284, 285 // one of 5 extra bits, one of none
	for i, symbol := range []int{'a', long, 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', short, endOfBlock} {
		litlen[symbol] = uint8(min(i+1, maxBits))
	}
	for i, symbol := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 28, 29} {
		dist[symbol] = uint8(min(i+1, maxBits))
	}
	w := dynamic(litlen, dist)
	w.symbol(litlen, 'a')
	for range 140 { // a whole window
		w.symbol(litlen, long)
		w.symbol(dist, 0)
	}
	far := func(literals string) {
		for _, c := range literals {
			w.symbol(litlen, int(c))
		}
		w.symbol(litlen, short)
		w.bits(30, 5)
		w.symbol(dist, 29)
		w.bits(1, 13)
	}
	for range 20 {
		far("h")  // 28 bits, then 28 for the distance: none is left
		far("jj") // 40 bits, then a second look
	}
	w.symbol(litlen, endOfBlock)
	w.bits(0, 7)
	for n := len(w.out) - 300; n < len(w.out); n++ {
		if _, err := Inflate(make([]byte, 60_000), w.out[:n:n]); err != io.ErrUnexpectedEOF {
			t.Fatalf("%d of %d bytes: %v", n, len(w.out), err)
		}
	}
	sameAsStandard(t, w.out)
}

// TestIncomplete holds sets of codes against what zlib's inflate allows.
func TestIncomplete(t *testing.T) {
	all := func(n uint8) []uint8 { // 256 literals and the end of the block, which is complete with 9 bits for the last two
		sizes := make([]uint8, 286)
		for i := range 257 {
			sizes[i] = 8
		}
		sizes[255], sizes[256] = 9, n
		return sizes
	}
	end := make([]uint8, 286)
	end[endOfBlock] = 1
	long := make([]uint8, 286)
	long[endOfBlock] = 2
	for _, c := range []struct {
		name         string
		litlen, dist []uint8
		want         error
	}{
		{"complete", all(9), []uint8{1, 1}, nil},
		{"no distance", all(9), []uint8{0}, nil},
		{"one distance", all(9), []uint8{0, 1}, nil},
		{"one distance of two bits", all(9), []uint8{0, 2}, errCode},
		{"two distances of two bits", all(9), []uint8{2, 2}, errCode},
		{"three distances of one bit", all(9), []uint8{1, 1, 1}, errCode},
		{"only the end", end, []uint8{1, 1}, nil},
		{"only the end, of two bits", long, []uint8{1, 1}, errCode},
		{"incomplete", all(10), []uint8{1, 1}, errCode},
		{"too many", all(8), []uint8{1, 1}, errCode},
		{"no end", all(0), []uint8{1, 1}, errLengths},
	} {
		stream, _ := block(nil, c.litlen, c.dist, 0)
		if _, err := Inflate(nil, stream); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		sameAsStandard(t, stream)
	}
}

// TestRefuses names what is wrong.
func TestRefuses(t *testing.T) {
	hello := deflate(t, []byte("hello hello"), 6)
	raw := func(write func(w *bitWriter)) []byte {
		w := &bitWriter{out: []byte{0x78, 0x9c}}
		write(w)
		w.bits(0, 7)
		return append(w.out, make([]byte, 40)...)
	}
	for _, c := range []struct {
		name string
		src  []byte
		want error
	}{
		{"another method", []byte{0x77, 0x85, 0, 0}, errHeader},
		{"a window of 64 KB", []byte{0x88, 0x1c, 0, 0}, errHeader},
		{"the sum of the header", []byte{0x78, 0x9d, 0, 0}, errHeader},
		{"a dictionary", []byte{0x78, 0xbb, 0, 0, 0, 1, 3, 0}, errDictionary},
		{"the checksum", append(append([]byte{}, hello[:len(hello)-1]...), hello[len(hello)-1]^1), errChecksum},
		{"the fourth type", raw(func(w *bitWriter) { w.bits(0b111, 3) }), errBlock},
		{"a stored length", raw(func(w *bitWriter) { w.bits(0b001, 3); w.bits(0, 5); w.bits(0x00010001, 32) }), errStored},
		{"287 codes", raw(func(w *bitWriter) { w.bits(0b101, 3); w.bits(30, 5) }), errLengths},
		{"31 distances", raw(func(w *bitWriter) { w.bits(0b101, 3); w.bits(0, 5); w.bits(30, 5) }), errLengths},
		{"no code for the lengths", raw(func(w *bitWriter) { w.bits(0b101, 3) }), errCode},
		{"a length without symbol", raw(func(w *bitWriter) { w.bits(0b011, 3); w.bits(0b01100011, 8) }), errSymbol},
		{"a distance without symbol", raw(func(w *bitWriter) { w.bits(0b011, 3); w.bits(0b1000000, 7); w.bits(0b01111, 5) }), errSymbol},
		{"before the beginning", raw(func(w *bitWriter) { w.bits(0b011, 3); w.bits(0b1000000, 7); w.bits(0, 5) }), errDistance},
		{"nothing", nil, io.ErrUnexpectedEOF},
	} {
		want := c.want
		for _, tail := range []int{0, 100} { // both loops
			if c.name == "nothing" && tail > 0 {
				continue
			}
			_, err := Inflate(make([]byte, 11), append(append([]byte{}, c.src...), make([]byte, tail)...))
			if err != want {
				t.Errorf("%s: %v, want %v", c.name, err, want)
			}
		}
		sameAsStandard(t, c.src)
	}
}
