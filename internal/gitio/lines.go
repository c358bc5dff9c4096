package gitio

import (
	"bytes"
	"iter"

	"github.com/refward/refward/analyzers"
)

// linesInNoParent returns the runs of lines of a merge's blob whose text is in no parent's version of the file. This is by
// text and needs no alignment: a line that a diff could place differently can't be missed.
func linesInNoParent(h analyzers.Hunk, result []byte, parents [][]byte) []analyzers.Hunk {
	known := map[string]bool{}
	for _, p := range parents {
		for line := range splitLines(p) {
			known[string(bytes.TrimSuffix(line, eol))] = true
		}
	}
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
