package linediff

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

var eol = []byte("\n")

// lineEnd returns where the line that begins at the offset ends, after its line feed if it has one.
func lineEnd(b []byte, at int) int {
	if n := bytes.IndexByte(b[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(b)
}

// lineStart returns where the line begins that ends at the offset, which is not 0.
func lineStart(b []byte, end int) int { return bytes.LastIndexByte(b[:end-1], '\n') + 1 }

// commonHead returns the size of the lines that both texts begin with. The texts are not equal.
func commonHead(a, b []byte) int {
	return bytes.LastIndexByte(a[:commonPrefix(a, b)], '\n') + 1
}

// commonTail returns the size of the lines that both texts end with.
func commonTail(a, b []byte) int {
	n := commonSuffix(a, b)
	if startsLine(a, len(a)-n) && startsLine(b, len(b)-n) {
		return n
	}
	tail := a[len(a)-n:]
	i := bytes.IndexByte(tail, '\n')
	if i < 0 {
		return 0
	}
	return len(tail) - i - 1
}

func startsLine(b []byte, at int) bool { return at == 0 || b[at-1] == '\n' }

// chunk is how many bytes are compared at once before the first difference is looked for.
const chunk = 1024

func commonPrefix(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	for i+chunk <= n && bytes.Equal(a[i:i+chunk], b[i:i+chunk]) {
		i += chunk
	}
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func commonSuffix(a, b []byte) int {
	n, i := min(len(a), len(b)), 0
	a, b = a[len(a)-n:], b[len(b)-n:]
	for i+chunk <= n && bytes.Equal(a[n-i-chunk:n-i], b[n-i-chunk:n-i]) {
		i += chunk
	}
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[n-i-8:]) ^ binary.LittleEndian.Uint64(b[n-i-8:]); x != 0 {
			return i + bits.LeadingZeros64(x)/8
		}
	}
	for i < n && a[n-i-1] == b[n-i-1] {
		i++
	}
	return i
}

// unknown is the id of a text that the old version has not.
const unknown = -1

// A table gives each distinct line of a text a number: 0, 1, 2, … in the order in which they first occur. Lines are compared byte by byte, and
// the hash is seeded at random, so that nobody can choose lines that collide.
type table struct {
	seed   maphash.Seed
	text   []byte
	starts []int32 // where in text each distinct line begins
	slots  []slot  // open addressing; a power of two, at most three quarters full
}

// A slot is free if id is 0.
type slot struct {
	hash uint32
	id   int32 // of the line, plus 1
}

// reset empties the table for a text with at most so many lines.
func (t *table) reset(text []byte, lines int) {
	t.text, t.starts = text, sized(t.starts, lines)
	n := 1 << bits.Len(uint(lines+lines/3))
	if cap(t.slots) < n {
		t.slots = make([]slot, n)
		return
	}
	t.slots = t.slots[:n]
	clear(t.slots)
}

// add returns the id of the line of the table's text that lies between two offsets.
func (t *table) add(start, end int) int32 {
	id, at, hash := t.look(t.text[start:end])
	if id == unknown {
		id = int32(len(t.starts))                 // #nosec G115 -- maxLines
		t.starts = append(t.starts, int32(start)) // #nosec G115 -- below the size of a blob, which is in memory
		t.slots[at] = slot{hash, id + 1}
	}
	return id
}

// find returns the id of a line, or unknown.
func (t *table) find(line []byte) int32 {
	id, _, _ := t.look(line)
	return id
}

// look returns the id of a line, or unknown, and the slot where it is or would be.
func (t *table) look(line []byte) (id int32, at, hash uint32) {
	h := maphash.Bytes(t.seed, line)
	mask := uint32(len(t.slots) - 1)         // #nosec G115 -- maxLines bounds the slots
	hash, at = uint32(h>>32), uint32(h)&mask // #nosec G115 -- the halves of a hash
	for ; t.slots[at].id != 0; at = (at + 1) & mask {
		if t.slots[at].hash != hash {
			continue
		}
		id := t.slots[at].id - 1
		if t.is(int(t.starts[id]), line) {
			return id, at, hash
		}
	}
	return unknown, at, hash
}

// is reports whether a line of the text is the given one. Only the last line of a version has no line feed.
func (t *table) is(start int, line []byte) bool {
	known := t.text[start:]
	return bytes.HasPrefix(known, line) && (len(known) == len(line) || line[len(line)-1] == '\n')
}
