package linediff

import (
	"bytes"
	"slices"
)

// A Hunk says which lines of a new version stand in the place of which lines of the old one. Lines count from 0; where there are none, the number is that of the line
// behind the place.
type Hunk struct{ Old, OldLines, New, NewLines int }

// Hunks returns what differs between two versions, as the hunks of a patch without context say it. Lines in no hunk are the same in both, in the same order.
func (d *Differ) Hunks(old, new []byte) []Hunk {
	if len(old) == len(new) && bytes.Equal(old, new) {
		return nil
	}
	d.spans, d.gone = d.spans[:0], d.gone[:0]
	head := commonHead(old, new)
	tail := commonTail(old[head:], new[head:])
	a, b := old[head:len(old)-tail], new[head:len(new)-tail]
	first := bytes.Count(new[:head], eol)
	var removed, added []span
	n, ok := lineCounts(a, b)
	if len(a) > 0 && len(b) > 0 && ok {
		d.compare(a, b, n)
		d.collect(head, first)
		added = slices.Clone(d.spans)
		removed = d.removed(a, head, first)
	} else {
		if len(b) > 0 {
			added = []span{{line: first, start: head, end: head + len(b), before: first}}
		}
		if len(a) > 0 {
			removed = []span{{line: first, start: head, end: head + len(a), before: first}}
		}
	}
	// Git moves what is removed first, then what is added (xdiff, through "git diff"); each to the other where it can.
	removed = d.slid(old, removed, added)
	added = d.slid(new, added, removed)
	if cap(d.old)+cap(d.new) > maxKept {
		*d = Differ{}
	}
	var out []Hunk
	gone, come := 0, 0 // lines
	for len(removed)+len(added) > 0 {
		var h Hunk
		at := 0
		if len(added) == 0 || len(removed) > 0 && removed[0].before < added[0].before {
			at = removed[0].before
		} else {
			at = added[0].before
		}
		h.Old, h.New = at+gone, at+come
		if len(removed) > 0 && removed[0].before == at {
			h.OldLines = linesOf(old[removed[0].start:removed[0].end])
			removed = removed[1:]
		}
		if len(added) > 0 && added[0].before == at {
			h.NewLines = linesOf(new[added[0].start:added[0].end])
			added = added[1:]
		}
		gone, come = gone+h.OldLines, come+h.NewLines
		out = append(out, h)
	}
	return out
}

// removed returns the runs of lines of the old version that no line of the new one is. The text that was compared begins at an offset, after so many lines.
func (d *Differ) removed(a []byte, head, first int) []span {
	var out []span
	kept := 0
	start, open := 0, false
	matched := d.match
	for i := range d.old {
		end := lineEnd(a, start)
		for len(matched) > 0 && matched[0] == unmatched {
			matched = matched[1:]
		}
		switch {
		case len(matched) > 0 && int(matched[0]) == i:
			matched, kept, open = matched[1:], kept+1, false
		case open:
			out[len(out)-1].end = head + end
		default:
			out = append(out, span{line: first + i, start: head + start, end: head + end, before: first + kept})
			open = true
		}
		start = end
	}
	return out
}

// slid returns runs where git would show them, given those of the other version.
func (d *Differ) slid(text []byte, runs, others []span) []span {
	d.spans, d.gone = append(d.spans[:0], runs...), d.gone[:0]
	for _, s := range others {
		d.gone = append(d.gone, s.before)
	}
	d.slide(text)
	return slices.Clone(d.spans)
}

// linesOf counts lines, of which the last may have no end.
func linesOf(text []byte) int {
	n := bytes.Count(text, eol)
	if len(text) > 0 && text[len(text)-1] != '\n' {
		n++
	}
	return n
}
