package dod

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
)

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// named writes a path into a message: as it is where that is safe, else quoted.
func named(path string) string {
	if utf8.ValidString(path) && !strings.ContainsFunc(path, unprintable) {
		return analyzers.Shorten(path, maxName)
	}
	return analyzers.Shorten(strconv.QuoteToASCII(path), maxName)
}

const maxName = 80 // characters of a path in a message

// counted writes a number of things.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func word(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// blank reports whether text is white space only.
func blank(text []byte) bool {
	for _, c := range text {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
