package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/xrash/smetrics"
)

// An Error is one thing that is wrong in a file.
type Error struct {
	File         string
	Line, Column int    // 1-based, the column in characters; 0 when the error has no place in the file
	Msg          string // one line: what is wrong
	Hint         string // one line: what to write instead; may be ""
}

// Error returns "FILE:LINE:COLUMN: message (hint)".
func (e *Error) Error() string {
	s := e.File + ": " + e.Msg
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	}
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// A Place is where a value stands in a file.
type Place struct {
	File         string
	Line, Column int // 1-based; 0 = nowhere in particular
}

// Error returns an error at p.
func (p Place) Error(hint, format string, args ...any) *Error {
	return &Error{File: p.File, Line: p.Line, Column: p.Column, Msg: Printable(fmt.Sprintf(format, args...)), Hint: Printable(hint)}
}

// Errors are all that is wrong in a file, by line.
type Errors []*Error

// Error returns the errors, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each error, for errors.As and errors.Is.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

// maxErrors bounds what one file can make us print. Nobody mends more at a time.
const maxErrors = 20

// Err returns e, sorted and bounded, as an error that is nil when nothing is wrong.
func (e Errors) Err() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *Error) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(e) > maxErrors {
		more := &Error{File: e[0].File, Msg: fmt.Sprintf("%d more errors", len(e)-maxErrors)}
		e = append(e[:maxErrors:maxErrors], more)
	}
	return e
}

// Printable returns s fit for one line of a terminal: whoever writes a file does not get to move the cursor of
// the one who is told about it.
func Printable(s string) string {
	const most = 200
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return s
}

// DidYouMean is the hint for an unknown word: the nearest known one, or all of them when there are few.
func DidYouMean(word string, known []string) string {
	best, least := "", 0
	for _, k := range known {
		// A third of the word may differ: enough for a slip, too little for another word.
		d := smetrics.WagnerFischer(clip(word), clip(k), 1, 1, 1)
		if d <= max(1, len(k)/3) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) > 0 && len(known) <= 25:
		return "known: " + strings.Join(known, ", ")
	default:
		return ""
	}
}

// clip bounds the cost of comparing words, which grows with the product of their lengths.
func clip(s string) string { return s[:min(len(s), 64)] }
