package analyzers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten makes s fit into max characters on one line of a terminal: no control characters, no invalid UTF-8. What a finding says of a message or
// a path is a stranger's to choose.
func Shorten(s string, max int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > max {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}
