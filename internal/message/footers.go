package message

import (
	"strings"
)

// A Footer is one of those with which Conventional Commits 1.0 lets a message end (specification, items 8 to 12 and 16).
type Footer struct {
	Token     string // as written: a word, with dashes for spaces, or BREAKING CHANGE
	Separator string // ":" or "#"
	Value     string // may have several lines and paragraphs; without space around it
	Line      int    // 1-based number of its first line in the message
}

// Breaking reports whether the footer declares a breaking change, which takes upper case, a colon and a description.
func (f *Footer) Breaking() bool {
	return (f.Token == "BREAKING CHANGE" || f.Token == "BREAKING-CHANGE") && f.Separator == ":" && f.Value != ""
}

// footers reads those of text, whose subject ends at after. The first one stands behind an empty line; from there on every line that
// looks like one begins the next, and all others belong to the one above.
func footers(text string, after int) []Footer {
	var list []Footer
	begin := 0 // of the value of the last footer
	finish := func(end int) {
		if n := len(list); n > 0 {
			list[n-1].Value = strings.TrimSpace(text[begin:end])
		}
	}
	n, empty := 1+strings.Count(text[:after], "\n"), false
	for at := after; at < len(text); n++ {
		next := lineEnd(text, at)
		line := strings.TrimRight(text[at:next], space)
		if empty || len(list) > 0 {
			if token, separator, size := footer(line); size > 0 {
				finish(at)
				list = append(list, Footer{Token: token, Separator: separator, Line: n})
				begin = at + size
			}
		}
		empty = line == ""
		at = next
	}
	finish(len(text))
	return list
}

// footer splits the token and separator from a line; size is where the value begins, 0 = the line begins no footer. The space behind a
// colon that ends its line is not asked for, since git takes it away when the commit is made.
func footer(line string) (token, separator string, size int) {
	i := 0
	for i < len(line) && wordByte(line[i]) {
		i++
	}
	if strings.HasPrefix(line, "BREAKING CHANGE") {
		i = len("BREAKING CHANGE")
	}
	switch rest := line[i:]; {
	case i == 0:
	case rest == ":":
		return line[:i], ":", i + 1
	case strings.HasPrefix(rest, ": "):
		return line[:i], ":", i + 2
	case strings.HasPrefix(rest, " #") && len(rest) > 2:
		return line[:i], "#", i + 2
	}
	return "", "", 0
}
