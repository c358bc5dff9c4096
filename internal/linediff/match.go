package linediff

import "github.com/aymanbagabas/go-udiff/lcs"

// unmatched says that a line of the new version is none of the old one.
const unmatched = -1

const (
	// maxDepth is how often blocks are split at unique lines before they are compared by windows: each level costs a pass over them.
	maxDepth = 16
	// maxWork bounds the lines that are given to the library in one comparison, over all calls. Its cost for each is at most the
	// number of differences that it looks for, which is 100. What is left when the bound is reached counts as added.
	maxWork = 8 * maxLines
	// window is how many lines of each version are compared at once where blocks can't be split.
	window = 256
)

// A matcher finds lines that two sequences have in common, in the same order in both.
type matcher struct {
	a, b  []int32 // ids of the texts of the lines
	match []int32 // for each of b the index in a, or unmatched
	texts []record
	epoch int32
	left  int     // lines that may still be given to the library
	pairs []pair  // anchors of all blocks that are being split
	ka    []int32 // what of the block in question both sides have, and where it is
	kb    []int32
	pa    []int32
	pb    []int32
	tails []int32
	back  []int32
}

// A record is what is known of the lines with one id in the block in question.
type record struct {
	inA, inB int32 // how many
	at       int32 // where the last of them is in kb
	seen     int32 // epoch in which it last was in a
}

// A pair is a line of a and the line of b that it is.
type pair struct{ a, b int32 }

// run fills match for two sequences of ids below the given number, of which b may also have unknown ones.
func (m *matcher) run(a, b, match []int32, ids int) {
	m.a, m.b, m.match, m.left, m.epoch = a, b, match, maxWork, 0
	if cap(m.texts) < ids {
		m.texts = make([]record, ids)
	}
	m.texts = m.texts[:ids]
	clear(m.texts)
	m.block(0, len(a), 0, len(b), 0)
}

// block matches lines of a[a0:a1] with lines of b[b0:b1].
func (m *matcher) block(a0, a1, b0, b1, depth int) {
	for a0 < a1 && b0 < b1 && m.a[a0] == m.b[b0] {
		m.match[b0] = int32(a0) // #nosec G115 -- maxLines
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && m.a[a1-1] == m.b[b1-1] {
		a1, b1 = a1-1, b1-1
		m.match[b1] = int32(a1) // #nosec G115 -- maxLines
	}
	if a0 == a1 || b0 == b1 {
		return
	}
	m.keep(a0, a1, b0, b1)
	if len(m.ka) == 0 {
		return
	}
	if m.whole() {
		return
	}
	base := len(m.pairs)
	if depth < maxDepth {
		m.anchor()
	}
	if len(m.pairs) == base {
		m.windows()
		return
	}
	for i := base; i < len(m.pairs); i++ {
		p := m.pairs[i]
		m.match[p.b] = p.a
		m.block(a0, int(p.a), b0, int(p.b), depth+1)
		a0, b0 = int(p.a)+1, int(p.b)+1
	}
	m.pairs = m.pairs[:base]
	m.block(a0, a1, b0, b1, depth+1)
}

// keep sets ka and kb to the lines of a block whose texts both sides have. The others are removed or added whatever else is
// found; without them the search is shorter and no worse.
func (m *matcher) keep(a0, a1, b0, b1 int) {
	m.ka, m.pa = sized(m.ka, a1-a0), sized(m.pa, a1-a0)
	m.kb, m.pb = sized(m.kb, b1-b0), sized(m.pb, b1-b0)
	m.epoch++
	for _, id := range m.a[a0:a1] {
		t := &m.texts[id]
		if t.seen != m.epoch {
			*t = record{seen: m.epoch}
		}
		t.inA++
	}
	for i := b0; i < b1; i++ {
		id := m.b[i]
		if id == unknown || m.texts[id].seen != m.epoch {
			continue
		}
		m.texts[id].inB++
		m.kb, m.pb = append(m.kb, id), append(m.pb, int32(i)) // #nosec G115 -- maxLines
	}
	for i := a0; i < a1; i++ {
		if id := m.a[i]; m.texts[id].inB > 0 {
			m.ka, m.pa = append(m.ka, id), append(m.pa, int32(i)) // #nosec G115 -- maxLines
		}
	}
}

// whole matches what was kept of a block by the library, if that finds all there is to find: beyond some number of differences it
// gives up and returns what it has.
func (m *matcher) whole() bool {
	if !m.afford(len(m.ka) + len(m.kb)) {
		return true
	}
	diffs := lcs.DiffRunes(m.ka, m.kb)
	if !m.complete(diffs) {
		return false
	}
	m.take(diffs, 0, 0, len(m.ka), len(m.kb))
	return true
}

// afford reports whether so many lines may still be given to the library.
func (m *matcher) afford(lines int) bool {
	m.left -= lines
	return m.left >= 0
}

// complete reports whether no replaced part has a line in common with what replaces it.
func (m *matcher) complete(diffs []lcs.Diff) bool {
	for _, d := range diffs {
		if d.Start == d.End || d.ReplStart == d.ReplEnd {
			continue
		}
		m.epoch++
		for _, id := range m.ka[d.Start:d.End] {
			m.texts[id].seen = m.epoch
		}
		for _, id := range m.kb[d.ReplStart:d.ReplEnd] {
			if m.texts[id].seen == m.epoch {
				return false
			}
		}
	}
	return true
}

// take matches the lines between the differences of parts of ka and kb that begin at i and j and end at most at the limits. It returns what follows
// the last one. Each pair is compared: a mistake of the library may make lines count as added, but never hides one.
func (m *matcher) take(diffs []lcs.Diff, i, j, limitA, limitB int) (nextA, nextB int) {
	nextA, nextB = i, j
	same := func(x, y, end int) {
		for ; x < min(end, limitA) && y < limitB && m.ka[x] == m.kb[y]; x, y = x+1, y+1 {
			m.match[m.pb[y]] = m.pa[x]
			nextA, nextB = x+1, y+1
		}
	}
	x, y := i, j
	for _, d := range diffs {
		same(x, y, i+d.Start)
		x, y = max(i+d.End, nextA), max(j+d.ReplEnd, nextB)
	}
	same(x, y, limitA)
	return nextA, nextB
}

// windows matches what was kept of a block piece by piece. What would match across a distance of more than a window is not found.
func (m *matcher) windows() {
	for i, j := 0, 0; i < len(m.ka) && j < len(m.kb); {
		endA, endB := min(i+window, len(m.ka)), min(j+window, len(m.kb))
		a, b := m.ka[i:endA], m.kb[j:endB]
		if !m.afford(len(a) + len(b)) {
			return
		}
		if endA < len(m.ka) || endB < len(m.kb) {
			endA, endB = min(i+window*3/4, endA), min(j+window*3/4, endB) // what is beyond may match better with what follows
		}
		nextA, nextB := m.take(lcs.DiffRunes(a, b), i, j, endA, endB)
		i, j = max(nextA, i+len(a)/2+1), max(nextB, j+len(b)/2+1)
	}
}

// anchor appends the longest sequence of pairs of lines of which each is the only one of its text on its side, in what was kept.
// It is found by patience sorting in n log n steps.
func (m *matcher) anchor() {
	for i, id := range m.kb {
		m.texts[id].at = int32(i)
	}
	// tails[n] is the line of ka that ends the best sequence of n+1 pairs so far, back the one before each line in its sequence.
	m.tails = m.tails[:0]
	m.back = append(m.back[:0], m.ka...)
	at := func(i int32) int32 { return m.texts[m.ka[i]].at }
	for i, id := range m.ka {
		if t := m.texts[id]; t.inA != 1 || t.inB != 1 {
			continue
		}
		lo, hi := 0, len(m.tails)
		for lo < hi {
			if mid := int(uint(lo+hi) / 2); at(m.tails[mid]) < m.texts[id].at {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		if lo == len(m.tails) {
			m.tails = append(m.tails, 0)
		}
		m.tails[lo] = int32(i)
		m.back[i] = -1
		if lo > 0 {
			m.back[i] = m.tails[lo-1]
		}
	}
	n := len(m.tails)
	if n == 0 {
		return
	}
	base := len(m.pairs)
	m.pairs = append(m.pairs, make([]pair, n)...)
	for k, i := n-1, m.tails[n-1]; k >= 0; k-- {
		m.pairs[base+k] = pair{m.pa[i], m.pb[at(i)]}
		i = m.back[i]
	}
}
