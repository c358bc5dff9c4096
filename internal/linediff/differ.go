package linediff

import (
	"bytes"
	"hash/maphash"
	"math"
)

// A Run is consecutive added lines.
type Run struct {
	Start int    // number of the first in the new version, 1-based
	Text  []byte // the lines with their ends: a part of the new version, not a copy
}

// maxLines bounds the lines of both versions together that are compared, without those at the beginning and the end that are the same
// anyway. Beyond it all that is left of the new version counts as added. Each line costs up to 60 bytes of memory, so that this is 120 MB.
// The library needs fewer than 1<<25.
const maxLines = 1 << 21

// maxKept is how many lines' worth of memory a Differ keeps for the next comparison.
const maxKept = 1 << 18

// A Differ compares versions, one pair after the other, and keeps its memory in between. The zero value is ready. It is not safe
// for concurrent use.
type Differ struct {
	table table
	old   []int32 // id of the text of each line of the old version that is compared
	new   []int32 // likewise, unknown for a text that the old version has not
	ends  []int32 // where each line of the new version ends, from the first that is compared
	match []int32 // for each line of the new version the line of the old one that it is, or unmatched
	m     matcher
	gone  []int // for each place where old lines were removed, how many lines of new that are not added lie before it
	spans []span
	runs  []Run
}

// Added returns the lines that the new version has and the old one has not, in order. The runs are valid until the next call, their
// texts as long as the new version is.
func Added(old, new []byte) []Run {
	var d Differ
	return d.Added(old, new)
}

// Added does what the function does. The slice that it returns is used again by the next call.
func (d *Differ) Added(old, new []byte) []Run {
	if cap(d.runs) > maxKept {
		d.runs = nil
	}
	d.spans, d.gone, d.runs = d.spans[:0], d.gone[:0], d.runs[:0]
	if len(old) == len(new) && bytes.Equal(old, new) {
		return nil
	}
	head := commonHead(old, new)
	tail := commonTail(old[head:], new[head:])
	a, b := old[head:len(old)-tail], new[head:len(new)-tail]
	if len(b) == 0 {
		return nil
	}
	first := bytes.Count(new[:head], eol)
	whole := span{line: first, start: head, end: head + len(b), before: first}
	if len(a) == 0 {
		d.spans = append(d.spans, whole)
	} else if n, ok := lineCounts(a, b); !ok {
		d.gone = append(d.gone, first)
		d.spans = append(d.spans, whole)
	} else {
		d.compare(a, b, n)
		d.collect(head, first)
	}
	d.slide(new)
	for _, s := range d.spans {
		d.runs = append(d.runs, Run{Start: s.line + 1, Text: new[s.start:s.end:s.end]})
	}
	if cap(d.old)+cap(d.new) > maxKept {
		*d = Differ{runs: d.runs}
	}
	return d.runs
}

// lineCounts returns the number of lines in two texts, and whether they are few enough to be compared.
func lineCounts(a, b []byte) (n [2]int, ok bool) {
	if len(a) > math.MaxInt32 || len(b) > math.MaxInt32 {
		return n, false
	}
	n = [2]int{bytes.Count(a, eol) + 1, bytes.Count(b, eol) + 1}
	return n, n[0]+n[1] <= maxLines
}

// compare finds the line of a that each line of b is.
func (d *Differ) compare(a, b []byte, lines [2]int) {
	if d.table.seed == (maphash.Seed{}) {
		d.table.seed = maphash.MakeSeed()
	}
	d.table.reset(a, lines[0])
	d.old = sized(d.old, lines[0])
	for at := 0; at < len(a); {
		end := lineEnd(a, at)
		d.old = append(d.old, d.table.add(at, end))
		at = end
	}
	d.new, d.ends, d.match = sized(d.new, lines[1]), sized(d.ends, lines[1]), sized(d.match, lines[1])
	for at := 0; at < len(b); {
		end := lineEnd(b, at)
		d.new = append(d.new, d.table.find(b[at:end]))
		d.ends = append(d.ends, int32(end)) // #nosec G115 -- below the size of a blob, which is in memory
		d.match = append(d.match, unmatched)
		at = end
	}
	d.m.run(d.old, d.new, d.match, len(d.table.starts))
	d.table.text = nil // it is the caller's
}

// collect turns what was matched into spans of lines that were not, and notes where old lines are gone. The lines that were compared begin
// at the offset head of the new version, after so many lines.
func (d *Differ) collect(head, first int) {
	start, before, next := 0, first, int32(0) // next: the line of old that would follow without a removal
	open := false
	for i, m := range d.match {
		end := int(d.ends[i])
		switch {
		case m == unmatched && open:
			d.spans[len(d.spans)-1].end = head + end
		case m == unmatched:
			d.spans = append(d.spans, span{line: first + i, start: head + start, end: head + end, before: before})
			open = true
		default:
			if m != next {
				d.gone = append(d.gone, before)
			}
			before, next, open = before+1, m+1, false
		}
		start = end
	}
	if int(next) != len(d.old) {
		d.gone = append(d.gone, before)
	}
}

// sized returns an empty slice with room for n.
func sized(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, 0, n)
	}
	return s[:0]
}
