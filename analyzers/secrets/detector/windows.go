package detector

import (
	"slices"
	"strings"
)

// slack is how far a window reaches beyond what a match can, so that an assertion at the edge of a match sees the characters that are
// there, and no match can end at the edge of a window only because the window ends.
const slack = 4

// windows returns the parts of a text in which the expression can match, in order, without overlap. Every match of the expression in the
// text lies in one of them, and searching them finds just the matches that searching all of the text would.
func (m *matcher) windows(text string, s *scratch) []span {
	if len(m.anchors) == 0 {
		return []span{{0, len(text)}}
	}
	s.spans = s.spans[:0]
	for i := range m.anchors {
		a := &m.anchors[i]
		a.occurrences(text, s, func(start, end int) {
			if w, ok := a.window(text, start, end, s.folded); ok {
				s.spans = append(s.spans, w)
			}
		})
	}
	m.besideFolds(text, s)
	if len(s.spans) < 2 {
		return slices.Clone(s.spans)
	}
	slices.SortFunc(s.spans, func(a, b span) int { return a.start - b.start })
	merged := s.spans[:1]
	for _, w := range s.spans[1:] {
		if last := &merged[len(merged)-1]; w.start <= last.end {
			last.end = max(last.end, w.end)
		} else {
			merged = append(merged, w)
		}
	}
	return slices.Clone(merged)
}

// besideFolds adds the parts around characters that fold to ASCII, which may stand in the word of any anchor. Those that are near each other
// become one part.
func (m *matcher) besideFolds(text string, s *scratch) {
	if len(s.folded) == 0 {
		return
	}
	widest := anchor{}
	word := 0
	for _, a := range m.anchors {
		widest.before, widest.after, word = widest.before.or(a.before), widest.after.or(a.after), max(word, foldBytes*len(a.word))
	}
	for i := 0; i < len(s.folded); {
		from := int(s.folded[i])
		to := from
		for i++; i < len(s.folded) && int(s.folded[i])-to < foldGap; i++ {
			to = int(s.folded[i])
		}
		s.spans = append(s.spans, widest.most(text, max(0, from-word), min(len(text), to+word)))
	}
}

// foldGap is how far apart such characters may be, in bytes, to be looked at together.
const foldGap = 1024

// occurrences calls found for every place where the word of the anchor is.
func (p *placed) occurrences(text string, s *scratch, found func(start, end int)) {
	if p.keyword < 0 {
		eachFold(text, p.word, found)
		return
	}
	for _, end := range s.hits[p.keyword] {
		start := int(end) - p.offset
		if start >= 0 && hasFold(text[start:], p.word) {
			found(start, start+len(p.word))
		}
	}
}

// hasFold tells whether a text begins with a word, whatever the case of its letters.
func hasFold(text, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// eachFold calls found for every place where a word is, whatever the case of its letters.
func eachFold(text, word string, found func(start, end int)) {
	lower, upper := word[0], word[0]
	if 'a' <= lower && lower <= 'z' {
		upper -= 'a' - 'A'
	}
	next := func(from int, c byte) int {
		if n := strings.IndexByte(text[from:], c); n >= 0 {
			return from + n
		}
		return len(text)
	}
	low, up := next(0, lower), next(0, upper)
	for {
		at := min(low, up)
		if at == len(text) {
			return
		}
		if hasFold(text[at:], word) {
			found(at, at+len(word))
		}
		if low == at {
			low = next(at+1, lower)
		}
		if up == at {
			up = next(at+1, upper)
		}
	}
}

// foldBytes is how many bytes a character takes that folds to ASCII.
const foldBytes = 3

// window returns how far a match can reach that has the word of the anchor at a place, if there can be one. Tails do not know the characters
// that fold to ASCII, whose ends are given.
func (p *placed) window(text string, start, end int, folded []int32) (span, bool) {
	if len(folded) > 0 {
		w := p.most(text, start, end)
		if i, _ := slices.BinarySearch(folded, int32(w.start)); i < len(folded) && int(folded[i])-foldBytes < w.end { // #nosec G115 -- below maxText
			return w, true
		}
	}
	before, after := 0, 0
	if p.tail != nil {
		after = p.tail.reach(text[end:])
	}
	if p.lead != nil && after >= 0 {
		before = p.lead.reach(text[:start])
	}
	switch {
	case before < 0 || after < 0:
		return span{}, false
	case before < maxReach && after < maxReach:
		return span{max(0, start-before-slack), min(len(text), end+after+slack)}, true
	}
	w := p.most(text, start, end)
	if before < maxReach {
		w.start = max(0, start-before-slack)
	}
	if after < maxReach {
		w.end = min(len(text), end+after+slack)
	}
	return w, true
}

// maxLine is how far the ends of lines are looked for. Many words in one long line would make it be searched again for each.
const maxLine = 1 << 16

// most returns how far a match can reach at most, by what the parts of the pattern can match.
func (a *anchor) most(text string, start, end int) span {
	w := span{max(0, start-a.before.bytes-slack), min(len(text), add(end, add(a.after.bytes, slack)))}
	if a.before.newlines < unbounded {
		from, at := max(w.start, start-maxLine), start
		for range a.before.newlines + 1 { // it begins behind the newline that it cannot hold any more
			n := strings.LastIndexByte(text[from:at], '\n')
			if at = from + n; n < 0 {
				break
			}
		}
		if at >= from {
			w.start = at
		}
	}
	if a.after.newlines < unbounded {
		to, at := min(w.end, end+maxLine), end
		for range a.after.newlines + 1 {
			n := strings.IndexByte(text[at:to], '\n')
			if n < 0 {
				return w
			}
			at += n + 1
		}
		w.end = at
	}
	return w
}
