package gitio

import (
	"bytes"
	"iter"

	"github.com/refward/refward/analyzers"
)

// A lineSet is the texts of lines, without their ends.
type lineSet map[string]bool

func (known lineSet) add(data []byte) {
	for line := range splitLines(data) {
		known[string(bytes.TrimSuffix(line, eol))] = true
	}
}

// missing returns the runs of lines of a file whose text is not in the set: of a merge, the lines that are in no parent. This is
// by text and needs no alignment: a line that a diff could place differently can't be missed.
func (known lineSet) missing(h analyzers.Hunk, result []byte) []analyzers.Hunk {
	var hunks []analyzers.Hunk
	n, open := 0, false
	for line := range splitLines(result) {
		n++
		if known[string(bytes.TrimSuffix(line, eol))] {
			open = false
			continue
		}
		if !open {
			h.Start, h.Text = n, nil
			hunks, open = append(hunks, h), true
		}
		last := &hunks[len(hunks)-1]
		last.Text = append(last.Text, line...)
	}
	for i := range hunks {
		hunks[i].Binary = isBinary(hunks[i].Text)
	}
	return hunks
}

var eol = []byte("\n") // whether the last line has one does not make it another line

// splitLines yields the lines of b with their ends.
func splitLines(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := bytes.IndexByte(b, '\n') + 1
			if n == 0 {
				n = len(b)
			}
			if !yield(b[:n:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// isBinary reports whether a run of lines has what makes git call a file binary.
func isBinary(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }
