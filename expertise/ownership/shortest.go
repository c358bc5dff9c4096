package ownership

import (
	"bytes"
	"hash/maphash"
	"math/bits"

	"github.com/refward/refward/internal/gitio"
)

const (
	maxShortest = 4096    // lines of both versions that are looked at
	maxEdits    = 40      // and differences between them, besides lines that only one has: far fewer than where git begins to look for a short diff instead of the shortest
	maxCells    = 1 << 16 // steps of the search
)

// A differ finds what all shortest diffs of two versions say of a line. git's diff is one of them, as long as the versions do not differ in very
// many places ("--minimal" is for these) and it does not give up lines that occur often: it may do that where such lines alone stand between two that the other
// version lacks.
type differ struct {
	seed  maphash.Seed
	slots []slot
	sides [2]textSide
	cells [2][]uint8
}

type slot struct {
	hash uint64
	line int32 // of the old version, plus 1
}

// A textSide is the lines of one version that are compared.
type textSide struct {
	text  []byte
	ends  []int32
	ids   []int32 // the first line of the old version with the text, or -1
	both  []int32 // lines whose text the other version has
	known []bool  // by id: the other version has it
}

func (t *textSide) line(i int32) []byte {
	from := int32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.text[from:t.ends[i]]
}

// read numbers the lines of both versions.
func (d *differ) read(a, b []byte) {
	if d.seed == (maphash.Seed{}) {
		d.seed = maphash.MakeSeed()
	}
	for i, text := range [][]byte{a, b} {
		s := &d.sides[i]
		s.text, s.ends, s.ids, s.both = text, s.ends[:0], s.ids[:0], s.both[:0]
		for at := 0; at < len(text); {
			at = lineEnd(text, at)
			s.ends = append(s.ends, int32(at)) // #nosec G115 -- at most MaxBlob
		}
	}
	old, new := &d.sides[0], &d.sides[1]
	size := 1 << bits.Len(uint(2*len(old.ends)+1))
	if cap(d.slots) < size {
		d.slots = make([]slot, size)
	}
	d.slots = d.slots[:size]
	clear(d.slots)
	mask := uint64(size - 1) // #nosec G115 -- a power of two
	find := func(line []byte) (*slot, uint64) {
		h := maphash.Bytes(d.seed, line)
		for at := h & mask; ; at = (at + 1) & mask {
			s := &d.slots[at]
			if s.line == 0 || s.hash == h && bytes.Equal(old.line(s.line-1), line) {
				return s, h
			}
		}
	}
	for i := range old.ends {
		s, h := find(old.line(int32(i))) // #nosec G115 -- at most maxShortest
		if s.line == 0 {
			*s = slot{h, int32(i) + 1} // #nosec G115 -- likewise
		}
		old.ids = append(old.ids, s.line-1)
	}
	old.known = append(old.known[:0], make([]bool, len(old.ends))...)
	for i := range new.ends {
		s, _ := find(new.line(int32(i))) // #nosec G115 -- likewise
		new.ids = append(new.ids, s.line-1)
		if s.line > 0 {
			old.known[s.line-1] = true
			new.both = append(new.both, int32(i)) // #nosec G115 -- likewise
		}
	}
	for i, id := range old.ids {
		if old.known[id] {
			old.both = append(old.both, int32(i)) // #nosec G115 -- likewise
		}
	}
}

// kept reports whether git gives up no line that both versions have: each run of these between two others has one that the other version has only once.
func (s *textSide) kept(other []byte) bool {
	last := int32(-1)       // the last line that the other lacks
	n := int32(len(s.ends)) // #nosec G115 -- at most maxShortest
	for i := 0; i <= len(s.both); i++ {
		next := n
		if i < len(s.both) {
			next = s.both[i]
		}
		_ = next
	}
	_ = last
	// Runs of lines that follow each other.
	for i := 0; i < len(s.both); {
		j := i + 1
		for j < len(s.both) && s.both[j] == s.both[j-1]+1 {
			j++
		}
		if s.both[i] > 0 && s.both[j-1] < n-1 {
			once := false
			for k := i; k < j && !once; k++ {
				once = isOnce(other, s.line(s.both[k]))
			}
			if !once {
				return false
			}
		}
		i = j
	}
	return true
}

// shortest fills in what all shortest diffs of a middle agree on, where that can be told.
func (d *differ) shortest(m *middle, old, new, a, b []byte) {
	d.read(a, b)
	if !d.sides[0].kept(new) || !d.sides[1].kept(old) {
		return
	}
	x, y := d.sides[0].both, d.sides[1].both
	ids := func(side int, at int32) int32 { return d.sides[side].ids[at] }
	same := func(i, j int) bool { return ids(0, x[i]) == ids(1, y[j]) }
	match := make([]int32, len(d.sides[1].ends)) // of each new line the old one, or -1
	for i := range match {
		match[i] = -1
	}
	if edits := d.edits(len(x), len(y), same); edits == 0 {
		for i := range x {
			match[y[i]] = x[i]
		}
	} else if edits < 0 || !d.agree(m, edits, x, y, same, match) {
		return
	}
	m.exact = true
	d.hunks(m, match)
}

// hunks makes hunks of matches.
func (d *differ) hunks(m *middle, match []int32) {
	at, from := int32(0), int32(-1)
	n := int32(len(match)) // #nosec G115 -- at most maxShortest
	base := m.hunk
	add := func(old, oldEnd, new, newEnd int32) {
		if old < oldEnd || new < newEnd {
			m.hunks = append(m.hunks, gitio.LineHunk{Old: base.Old + old, OldLines: oldEnd - old, New: base.New + new, NewLines: newEnd - new})
		}
	}
	from = 0
	for i := int32(0); i < n; i++ {
		if match[i] < 0 {
			continue
		}
		add(at, match[i], from, i)
		at, from = match[i]+1, i+1
	}
	add(at, base.OldLines, from, n)
}

// edits returns the number of differences of a shortest diff, or -1 if it is more than maxEdits (E. W. Myers, An O(ND) Difference Algorithm and Its
// Variations, 1986).
func (d *differ) edits(n, m int, same func(i, j int) bool) int {
	var far [2*maxEdits + 3]int
	for e := 0; e <= maxEdits; e++ {
		for k := -e; k <= e; k += 2 {
			at := maxEdits + 1 + k
			x := 0
			switch {
			case e == 0:
			case k == -e || k != e && far[at-1] < far[at+1]:
				x = far[at+1]
			default:
				x = far[at-1] + 1
			}
			for x < n && x-k < m && x-k >= 0 && same(x, x-k) {
				x++
			}
			if far[at] = x; x >= n && x-k >= m {
				return e
			}
		}
	}
	return -1
}

// agree finds for each new line what all shortest diffs say of it.
func (d *differ) agree(w *middle, edits int, x, y []int32, same func(i, j int) bool, match []int32) bool {
	n, m := len(x), len(y)
	width := 2*edits + 1
	if (n+1)*width > maxCells {
		return false
	}
	const far = 200
	for i := range d.cells {
		if cap(d.cells[i]) < (n+1)*width {
			d.cells[i] = make([]uint8, (n+1)*width)
		}
		d.cells[i] = d.cells[i][:(n+1)*width]
		for j := range d.cells[i] {
			d.cells[i][j] = far
		}
	}
	to, rest := d.cells[0], d.cells[1] // differences up to a place, and from it: old line i, new line i + k - edits, in cell i * width + k
	inside := func(i, k int) bool { j := i + k - edits; return k >= 0 && k < width && j >= 0 && j <= m }
	for i := 0; i <= n; i++ {
		for k := range width {
			if !inside(i, k) {
				continue
			}
			j, best := i+k-edits, uint8(far)
			if i == 0 && j == 0 {
				best = 0
			}
			if i > 0 && j > 0 && same(i-1, j-1) {
				best = min(best, to[(i-1)*width+k])
			}
			if i > 0 && k+1 < width {
				best = min(best, to[(i-1)*width+k+1]+1)
			}
			if j > 0 && k > 0 {
				best = min(best, to[i*width+k-1]+1)
			}
			to[i*width+k] = min(best, far)
		}
	}
	for i := n; i >= 0; i-- {
		for k := width - 1; k >= 0; k-- {
			if !inside(i, k) {
				continue
			}
			j, best := i+k-edits, uint8(far)
			if i == n && j == m {
				best = 0
			}
			if i < n && j < m && same(i, j) {
				best = min(best, rest[(i+1)*width+k])
			}
			if i < n && k > 0 {
				best = min(best, rest[(i+1)*width+k-1]+1)
			}
			if j < m && k+1 < width {
				best = min(best, rest[i*width+k+1]+1)
			}
			rest[i*width+k] = min(best, far)
		}
	}
	// One shortest diff, and what others say instead.
	total := uint8(edits)      // #nosec G115 -- at most maxEdits
	matches := make([]int8, m) // how many old lines a new one may be, up to 2
	added := make([]bool, m)   // whether it may be none
	for i := 0; i <= n; i++ {
		for k := range width {
			if !inside(i, k) || to[i*width+k] > total {
				continue
			}
			j := i + k - edits
			if i < n && j < m && same(i, j) && to[i*width+k]+rest[(i+1)*width+k] == total {
				matches[j] = min(2, matches[j]+1)
				match[y[j]] = x[i]
			}
			if j < m && k+1 < width && to[i*width+k]+1+rest[i*width+k+1] == total {
				added[j] = true
			}
		}
	}
	for j := range m {
		if matches[j] > 1 || matches[j] == 1 && added[j] {
			match[y[j]] = -1
			at := w.hunk.New + y[j]
			w.unsure = append(w.unsure, span{at, at + 1})
		}
	}
	return true
}

// isOnce reports whether a text has a line exactly once.
func isOnce(text, line []byte) bool {
	found := false
	for at := 0; ; {
		i := bytes.Index(text[at:], line)
		if i < 0 {
			return found
		}
		i += at
		end := i + len(line)
		if (i == 0 || text[i-1] == '\n') && (line[len(line)-1] == '\n' || end == len(text)) {
			if found {
				return false
			}
			found = true
		}
		at = i + 1
	}
}
