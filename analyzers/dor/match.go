package dor

import (
	"iter"
	"regexp"
	"strings"
)

// keyPattern is the default pattern for keys like ABC-1.
const keyPattern = `[A-Z][A-Z0-9]+-\d+`

// A matcher finds what one of Options.Patterns matches.
type matcher struct {
	*regexp.Regexp
	keys bool // it is keyPattern
}

// all yields where the matches begin and end, as FindAllStringIndex has them. Patterns that begin with no fixed letter take most of the time
// that a message takes, since the library tries them at every byte: the usual one is looked for at dashes.
func (m matcher) all(text string) iter.Seq2[int, int] {
	if m.keys {
		return func(yield func(int, int) bool) { keys(text, yield) }
	}
	return func(yield func(int, int) bool) {
		// Mostly the first match is right, or there is none.
		first := m.FindStringIndex(text)
		if first == nil || !yield(first[0], first[1]) {
			return
		}
		for _, at := range m.FindAllStringIndex(text, -1)[1:] {
			if !yield(at[0], at[1]) {
				return
			}
		}
	}
}

// keys yields the matches of keyPattern.
func keys(text string, yield func(int, int) bool) {
	from := 0 // where the last match ends
	for at := 0; ; at++ {
		i := strings.IndexByte(text[at:], '-')
		if i < 0 {
			return
		}
		at += i
		end := at + 1
		for end < len(text) && digit(text[end]) {
			end++
		}
		start := at
		for start > from && (digit(text[start-1]) || upper(text[start-1])) {
			start--
		}
		for start < at && !upper(text[start]) {
			start++
		}
		if end == at+1 || at-start < 2 {
			continue
		}
		if !yield(start, end) {
			return
		}
		from, at = end, end-1
	}
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
