package detector

import (
	"slices"
	"strings"
)

// A Text is what is searched on its own.
type Text struct {
	Raw    string
	Path   string // of the file; "" if it is in none
	Commit string // full id, or ""
	Line   int    // number of the first line

	Allowed Allowance // what Detector.Allows says of Path and Commit

	// NoDecode leaves out what is encoded in the text.
	NoDecode bool

	// NoPathRules leaves out the rules that go by the path alone, which have had their say.
	NoPathRules bool
}

// A Match is a secret that was found.
type Match struct {
	Rule       string   // its id
	Text       string   // all that the rule's expression matched, decoded
	Secret     string   // the part of it that is the secret
	Start, End int      // of the match in Text.Raw, as it is written there; -1 if the rule goes by the path alone
	Encodings  []string // how the match was encoded, by the names that gitleaks has for them; none = as it is

	line, column int // as gitleaks counts them
}

// lines are the offsets of the newlines of a text.
type lines struct {
	raw     string
	newline []int
}

func newLines(raw string) *lines {
	l := &lines{raw: raw}
	for i := 0; ; i++ {
		n := strings.IndexByte(raw[i:], '\n')
		if n < 0 {
			return l
		}
		i += n
		l.newline = append(l.newline, i)
	}
}

// place returns where gitleaks says that a match begins, and what it takes for the line of it. That is mostly the line with the newline
// before it; of a match on the last line, if that has no end, it is all up to there.
func (l *lines) place(start, end int) (line, column int, text string) {
	last := len(l.newline) - 1
	if last < 0 { // a newline behind the text is then assumed
		if start < len(l.raw) {
			return 0, start + 1, l.raw[:max(len(l.raw), end)]
		}
		return 1, start + 1 - len(l.raw), l.raw[:l.endOfLine(end)]
	}
	before := func(line int) int {
		if line == 0 {
			return 0
		}
		return l.newline[line-1]
	}
	n, _ := slices.BinarySearch(l.newline, start+1) // the first newline behind start
	if n > last {
		return last + 1, start - l.newline[last] + 1, l.raw[:l.endOfLine(end)]
	}
	to := l.newline[n]
	if e, _ := slices.BinarySearch(l.newline, end); e >= n && e <= last { // the line that the match ends in
		to = l.newline[e]
	}
	return n, start - before(n) + 1, l.raw[before(n):max(to, end)]
}

func (l *lines) endOfLine(at int) int {
	if n := strings.IndexAny(l.raw[at:], "\r\n"); n >= 0 {
		return at + n
	}
	return len(l.raw)
}
