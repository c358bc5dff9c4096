package ownership

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/refward/refward/internal/gitio"
)

const (
	maxShortest = 1 << 15 // lines of both versions that are looked at
	maxEdits    = 24      // and differences between them, besides lines that only one has: far fewer than where git begins to look for a short diff instead of the shortest
	maxCells    = 2048    // steps of the search, and one more for so many bytes of the versions: what more would save costs more (make bench-expertise)
	cellBytes   = 8
)

// A differ finds what all shortest diffs of two versions say of a line. git's diff is one of them, as long as the versions do not differ in very
// many places ("--minimal" is for these) and it does not give up lines that occur often, which it does among many that the other version lacks (see kept).
type differ struct {
	seed     maphash.Seed
	slots    []slot
	texts    []text
	old, new textSide
	often    int // how many times a line must occur; 0 = not known yet
	cells    [2][]uint8
}

// A slot is free if text is 0.
type slot struct {
	hash uint64
	text int32 // number, plus 1
}

// A text is that of some lines.
type text struct {
	line         []byte
	inOld, inNew bool
	plain        [2]int8 // whether it does not occur often in the old, or the new version: 0 = not known yet, 1 or -1
}

// A textSide is the lines of one version that are compared.
type textSide struct {
	blob *blob
	text []byte  // all of it
	ends []int32 // where each line begins, and the last one ends
	ids  []int32 // the text of each
	both []int32 // lines whose text the other version has
}

func (t *textSide) at(i int) int { return int(t.ends[i]) }
func (t *textSide) lines() int32 { return int32(len(t.ids)) } // #nosec G115 -- at most MaxBlob

// find returns the slot of a text.
func (d *differ) find(line []byte) (*slot, uint64) {
	h := maphash.Bytes(d.seed, line)
	mask := uint64(len(d.slots) - 1) // #nosec G115 -- a power of two
	for at := h & mask; ; at = (at + 1) & mask {
		s := &d.slots[at]
		if s.text == 0 || s.hash == h && bytes.Equal(d.texts[s.text-1].line, line) {
			return s, h
		}
	}
}

// read numbers the texts of the lines between what both versions begin and end with.
func (d *differ) read(head, tail int) {
	if d.seed == (maphash.Seed{}) {
		d.seed = maphash.MakeSeed()
	}
	d.texts, d.often = d.texts[:0], 0
	lines := 1
	for _, s := range []*textSide{&d.old, &d.new} {
		s.ends, s.ids, s.both = append(s.ends[:0], int32(head)), s.ids[:0], s.both[:0] // #nosec G115 -- at most MaxBlob
		for at := head; at < len(s.text)-tail; {
			at = lineEnd(s.text, at)
			s.ends = append(s.ends, int32(at)) // #nosec G115 -- likewise
		}
		lines += len(s.ends)
	}
	size := 1 << bits.Len(uint(lines+lines/2)) // #nosec G115 -- at most maxShortest lines
	if cap(d.slots) < size {
		d.slots = make([]slot, size)
	}
	d.slots = d.slots[:size]
	clear(d.slots)
	for i, s := range []*textSide{&d.old, &d.new} {
		for n := range len(s.ends) - 1 {
			line := s.text[s.ends[n]:s.ends[n+1]]
			at, h := d.find(line)
			if at.text == 0 {
				d.texts = append(d.texts, text{line: line})
				*at = slot{h, int32(len(d.texts))} // #nosec G115 -- at most maxShortest
			}
			t := &d.texts[at.text-1]
			t.inOld, t.inNew = t.inOld || i == 0, t.inNew || i == 1
			s.ids = append(s.ids, at.text-1)
		}
	}
}

// widen adds the lines beside the middle that a difference could be moved over: those, in a row, whose text it has.
func (d *differ) widen(head, tail int) {
	var above, below []int32
	from, past := head, len(d.new.text)-tail
	shift := len(d.old.text) - len(d.new.text)
	for from > 0 {
		start := lineStart(d.new.text, from)
		s, _ := d.find(d.new.text[start:from])
		if s.text == 0 {
			break
		}
		from, above = start, append(above, s.text-1)
	}
	ends := []int32{}
	for past < len(d.new.text) {
		end := lineEnd(d.new.text, past)
		s, _ := d.find(d.new.text[past:end])
		if s.text == 0 {
			break
		}
		past, below = end, append(below, s.text-1)
		ends = append(ends, int32(end)) // #nosec G115 -- at most MaxBlob
	}
	if len(above)+len(below) == 0 {
		return
	}
	slices.Reverse(above)
	starts := make([]int32, 0, len(above))
	for at := from; at < head; at = lineEnd(d.new.text, at) {
		starts = append(starts, int32(at)) // #nosec G115 -- likewise
	}
	for i, s := range []*textSide{&d.old, &d.new} {
		s.ids = append(slices.Insert(s.ids, 0, above...), below...)
		s.ends = slices.Insert(s.ends, 0, starts...)
		for _, e := range ends {
			s.ends = append(s.ends, e+int32(shift*(1-i))) // #nosec G115 -- likewise
		}
	}
	for _, id := range slices.Concat(above, below) {
		d.texts[id].inOld, d.texts[id].inNew = true, true
	}
}

// kept reports whether git gives up no line that both versions have. It can do so with one that occurs often, at least about as many times as the
// square root of the number of lines, where only such lines stand between it and lines that the other version lacks, on both sides, and where
// these are more than three times as many. (TestShortest holds that against git.)
func (d *differ) kept(side int) bool {
	s := []*textSide{&d.old, &d.new}[side]
	frequent, lacking, from := 0, 0, -1
	good := func(to int) bool {
		return frequent == 0 || (lacking <= 3 || lacking <= 2*frequent) && to-from <= 64
	}
	n := len(s.ids)
	for i := 0; i < n; {
		if t := &d.texts[s.ids[i]]; !t.inOld || !t.inNew {
			if lacking++; from < 0 {
				from = i
			}
			i++
			continue
		}
		j := i + 1
		for j < n && d.texts[s.ids[j]].inOld && d.texts[s.ids[j]].inNew {
			j++
		}
		if from >= 0 && j < n { // between lines that the other version lacks
			if d.anyPlain(s.ids[i:j], 1-side) {
				if !good(i) {
					return false
				}
				frequent, lacking, from = 0, 0, -1
			} else {
				frequent += j - i
			}
		}
		i = j
	}
	return good(n)
}

// anyPlain reports whether one of some texts does not occur often in a version.
func (d *differ) anyPlain(ids []int32, side int) bool {
	longest := ids[0]
	for _, id := range ids {
		if len(d.texts[id].line) > len(d.texts[longest].line) {
			longest = id
		}
	}
	if d.plain(longest, side) {
		return true
	}
	for _, id := range ids {
		if d.plain(id, side) {
			return true
		}
	}
	return false
}

// plain reports whether a text occurs in a version less often than the square root of the lines of either up to the end of the middle.
func (d *differ) plain(id int32, side int) bool {
	t := &d.texts[id]
	if t.plain[side] == 0 {
		if d.often == 0 {
			for lines := min(d.old.upTo(), d.new.upTo()); d.often < 2 || d.often*d.often < lines; d.often++ {
			}
		}
		t.plain[side] = 1
		if []*textSide{&d.old, &d.new}[side].blob.count(d.seed, t.line) >= d.often {
			t.plain[side] = -1
		}
	}
	return t.plain[side] > 0
}

// upTo returns at least how many lines there are up to the end of the middle.
func (t *textSide) upTo() int { return bytes.Count(t.text[:t.ends[len(t.ends)-1]], eol) }

// A blob is a version of a file.
type blob struct {
	data  []byte
	lines []counted // how often each text occurs; nil until somebody asks. A power of two
}

// A counted is free if n is 0.
type counted struct {
	hash uint64
	n    int32
}

// count returns how many lines are the given one.
func (b *blob) count(seed maphash.Seed, line []byte) int {
	if b.lines == nil {
		b.lines = make([]counted, 1<<bits.Len(uint(2*bytes.Count(b.data, eol)+2))) // #nosec G115 -- a count
		for at := 0; at < len(b.data); {
			end := lineEnd(b.data, at)
			b.slot(maphash.Bytes(seed, b.data[at:end])).n++
			at = end
		}
	}
	return int(b.slot(maphash.Bytes(seed, line)).n)
}

func (b *blob) slot(h uint64) *counted {
	mask := uint64(len(b.lines) - 1) // #nosec G115 -- a power of two
	for at := h & mask; ; at = (at + 1) & mask {
		if c := &b.lines[at]; c.n == 0 || c.hash == h {
			c.hash = h
			return c
		}
	}
}

// shortest fills in what all shortest diffs of a middle agree on, where that can be told.
func (d *differ) shortest(m *middle) {
	if !d.kept(0) || !d.kept(1) {
		return
	}
	for _, s := range []*textSide{&d.old, &d.new} {
		for i, id := range s.ids {
			if t := &d.texts[id]; t.inOld && t.inNew {
				s.both = append(s.both, int32(i)) // #nosec G115 -- at most MaxBlob
			}
		}
	}
	x, y := d.old.both, d.new.both
	same := func(i, j int) bool { return d.old.ids[x[i]] == d.new.ids[y[j]] }
	match := make([]int32, len(d.new.ids)) // of each new line the old one, or -1
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
	if (n+1)*width > maxCells+(len(d.old.text)+len(d.new.text))/cellBytes {
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
