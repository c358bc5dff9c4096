package dod

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
)

// conflicts are the markers among the added lines of one file. Git writes them seven characters long (gitattributes(5),
// "conflict-marker-size"); what a repository sets there is not read.
type conflicts struct {
	begin  marker // the open one; line 0 = none
	whole  [][2]marker
	lone   []marker // without the other end
	number int      // of both, also of those that are not kept
}

type marker struct {
	line int
	text string
}

const maxConflicts = 10 // that are told of one file

// scan looks for markers in a hunk.
func (c *conflicts) scan(h *analyzers.Hunk) {
	text, line, counted := h.Text, h.Start, 0
	// Each end is searched for again only where it was passed: else a file full of one of them would be read again and again for the other.
	open, closed := indexFrom(text, opening, 0), indexFrom(text, closing, 0)
	for open < len(text) || closed < len(text) {
		at := min(open, closed)
		end := at + markerSize
		if isMarker(text, at, end) {
			line += bytes.Count(text[counted:at], []byte("\n"))
			counted = at
			label, _, _ := bytes.Cut(text[at:min(len(text), end+200)], []byte("\n"))
			c.take(marker{line, strings.TrimSpace(string(label))})
		}
		if open == at {
			open = indexFrom(text, opening, end)
		} else {
			closed = indexFrom(text, closing, end)
		}
	}
}

// indexFrom returns where part is next from a place on, or the length of the text.
func indexFrom(text, part []byte, from int) int {
	if i := bytes.Index(text[from:], part); i >= 0 {
		return from + i
	}
	return len(text)
}

const markerSize = 7

var opening, closing = []byte("<<<<<<<"), []byte(">>>>>>>")

// isMarker reports whether text[at:end] begins a line and is followed by a space or the line's end.
func isMarker(text []byte, at, end int) bool {
	return (at == 0 || text[at-1] == '\n') && (end == len(text) || text[end] == ' ' || text[end] == '\n' || text[end] == '\r')
}

func (c *conflicts) take(m marker) {
	switch {
	case m.text[0] == opening[0]:
		if c.begin.line > 0 {
			c.alone(c.begin)
		}
		c.begin = m
	case c.begin.line == 0:
		c.alone(m)
	default:
		if c.number++; len(c.whole) < maxConflicts {
			c.whole = append(c.whole, [2]marker{c.begin, m})
		}
		c.begin = marker{}
	}
}

func (c *conflicts) alone(m marker) {
	if len(c.lone) < maxConflicts {
		c.lone = append(c.lone, m)
	}
}

// endFile states the conflicts of the file whose hunks were read.
func (r *runner) endFile() {
	f := &r.file
	if f.open && !r.conflict.Has(f.path) {
		if f.begin.line > 0 {
			f.alone(f.begin)
		}
		for i, m := range f.whole {
			more := ""
			if i == maxConflicts-1 && f.number > maxConflicts {
				more = fmt.Sprintf("; %d more in this file", f.number-maxConflicts)
			}
			r.conflictAt(m[0], m[1].line, fmt.Sprintf("a conflict from line %d to %d is not resolved%s", m[0].line, m[1].line, more))
		}
		// One end alone is what remains of a conflict that was resolved by halves, or a picture, or a quotation of a letter: in code no language
		// begins a line so.
		if len(f.whole) == 0 && f.is&isCode != 0 {
			for _, m := range f.lone {
				if strings.Contains(m.text, " ") {
					r.conflictAt(m, m.line, "the marker of a conflict is left")
				}
			}
		}
	}
	r.file = current{}
}

func (r *runner) conflictAt(m marker, end int, text string) {
	r.found(analyzers.Finding{
		Rule: conflictMarker, Group: groupContent, Severity: analyzers.High, Path: r.file.path, Line: m.line, EndLine: end,
		Commit: r.file.commit, Ref: r.file.ref, Message: text, Hint: "choose what is to stay, remove the markers and commit again",
		Excerpt: analyzers.Shorten(m.text, 100), Key: conflictMarker + " " + m.text,
	})
}
