package gitio

import (
	"bytes"
	"iter"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/linediff"
)

// linesInNone returns the runs of lines of a file whose text is in none of its other versions: of a merge, the lines that are in no parent. This
// is by text and needs no alignment: a line that a diff could place differently can't be missed. Diffs come first all the
// same, since a line that one of them finds in its version need not be looked for.
func linesInNone(h analyzers.Hunk, versions [][]byte, result []byte) []analyzers.Hunk {
	if len(versions) == 0 && len(result) > 0 {
		h.Start, h.Text, h.Binary = 1, result, isBinary(result)
		return []analyzers.Hunk{h}
	}
	var differ linediff.Differ
	open := make([]runs, len(versions))
	for i, v := range versions {
		for _, r := range differ.Added(v, result) {
			open[i] = append(open[i], interval{r.Start, r.Start + lineCount(r.Text)})
		}
	}
	wanted := map[string]bool{}
	candidates := func(yield func(n int, line []byte) bool) {
		at := make([]int, len(open))
		n := 0
		for line := range splitLines(result) {
			if n++; inAll(open, at, n) && !yield(n, line) {
				return
			}
		}
	}
	for _, line := range candidates {
		wanted[string(bytes.TrimSuffix(line, eol))] = true
	}
	for _, v := range versions {
		for line := range splitLines(v) {
			if len(wanted) == 0 {
				return nil
			}
			if text := bytes.TrimSuffix(line, eol); wanted[string(text)] {
				delete(wanted, string(text))
			}
		}
	}
	var hunks []analyzers.Hunk
	next := 0 // the line that would continue the last hunk
	for n, line := range candidates {
		if !wanted[string(bytes.TrimSuffix(line, eol))] {
			continue
		}
		if n != next || len(hunks) == 0 {
			h.Start, h.Text = n, nil
			hunks = append(hunks, h)
		}
		next = n + 1
		last := &hunks[len(hunks)-1]
		last.Text = append(last.Text, line...)
	}
	for i := range hunks {
		hunks[i].Binary = isBinary(hunks[i].Text)
	}
	return hunks
}

// runs are intervals of lines in ascending order.
type runs []interval

type interval struct{ start, end int } // numbers of lines, the end not included

// inAll reports whether a line is in all runs, where at has the place that each was left at for an earlier line.
func inAll(all []runs, at []int, n int) bool {
	for i, r := range all {
		for at[i] < len(r) && r[at[i]].end <= n {
			at[i]++
		}
		if at[i] == len(r) || r[at[i]].start > n {
			return false
		}
	}
	return true
}

func lineCount(text []byte) int {
	n := bytes.Count(text, eol)
	if !bytes.HasSuffix(text, eol) {
		n++
	}
	return n
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
