package unpack

import (
	"bytes"
	"html"
	"iter"
	"unicode/utf8"
)

// The length in characters of words that matter: of what may be a secret, which is less than any rule wants of one, and of one that has a
// letter or digit as an escape. No program prints that way, and the word may be "pass".
const (
	minToken  = 12
	minHidden = 4
)

// Unescaped yields lines in which escapes hide what stands there, decoded: those of C, JSON, shells and Markdown ("\x41", "\101", "\n",
// "\_"), of HTML and XML ("&#65;", "&quot;") and of quoted-printable mail ("=41"), and lines that a backslash or, in a mail, "=" at the end
// joins with the next one. There is one block for each logical line, and its data have a line feed for each "\n". All blocks together
// are smaller than the text.
//
// Almost every source file has escapes. A line is left out unless one of them is part of a word of some length, or ends one or begins
// one: only there does it keep a rule from a match. A sole \uXXXX is left to the search for encoded text, which knows it.
func Unescaped(text []byte) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		m := marks{text: text, next: [...]int{-1, -1, -1}}
		done := 0          // where lines begin that were not decoded yet
		var scratch []byte // of the last line that was decoded in vain
		for at := m.from(0); at < len(text); {
			if !hides(text, at) {
				at++
				for at < len(text) && text[at-1] == '\\' && text[at] == '\\' {
					at++
				}
				at = m.from(at)
				continue
			}
			start := done + bytes.LastIndexByte(text[done:at], '\n') + 1
			u := unescaper{text: text, at: start, out: scratch}
			u.line()
			done = u.at
			if !u.matters {
				scratch = u.out[:0]
			} else {
				scratch = nil
				if !yield(Block{start, done, u.out}) {
					return
				}
			}
			at = m.from(done)
		}
	}
}

// marks finds the bytes with which an escape begins. To look for each by itself is faster than to look at every byte.
type marks struct {
	text []byte
	next [len(escapeMarks)]int
}

const escapeMarks = `\&=`

// from returns the offset of the first mark from an offset on, or the length of the text.
func (m *marks) from(at int) int {
	first := len(m.text)
	for k := range m.next {
		if m.next[k] < at {
			m.next[k] = len(m.text)
			if i := bytes.IndexByte(m.text[at:], escapeMarks[k]); i >= 0 {
				m.next[k] = at + i
			}
		}
		first = min(first, m.next[k])
	}
	return first
}

// hides reports, at little cost, whether the escape at an offset can be one for which a line is decoded.
func hides(text []byte, at int) bool {
	before, rest := at > 0 && inToken(text[at-1]), text[at+1:]
	if len(rest) == 0 {
		return false
	}
	switch text[at] {
	case '=':
		return quotedPrintable(rest) != 0 && !isNumber(text, at) || before && softEnd(text, at) > 0
	case '&':
		return rest[0] == '#' || isLetter(rest[0]) && entityEnd(rest) > 0
	}
	for len(rest) > 1 && rest[0] == '\\' {
		rest = rest[1:]
	}
	switch c := rest[0]; {
	case c == '\n' || c == '\r':
		return before
	case c == 'x' || c == 'U':
		return len(rest) > 2 && (isHex(rest[1]) || rest[1] == '{')
	case c == 'u':
		return len(rest) > 2 && rest[1] == '{'
	case c >= '0' && c <= '7':
		return len(rest) > 2 && isOctal(rest[1])
	case c == '"' || c == '\'':
		return before
	case controls[c] != 0:
		return len(rest) > 1 && (inToken(rest[1]) || rest[1] == '\\')
	}
	return !isLetter(rest[0]) && (before || len(rest) > 1 && inToken(rest[1]))
}

// An unescaper decodes one logical line.
type unescaper struct {
	text    []byte
	at      int // in text
	out     []byte
	word    int  // length of the word at the end of out
	hidden  bool // an escape is in it, in front of it or behind it
	letters bool // and is a part of it
	matters bool // there was such a word, and it was long
}

// line decodes up to the end of the logical line.
func (u *unescaper) line() {
	for u.at < len(u.text) {
		c := u.text[u.at]
		switch {
		case c == '\n':
			u.at++
			u.put(c)
			return
		case c == '\\' && u.backslash(), c == '&' && u.entity(), c == '=' && u.mail():
		default:
			u.at++
			u.put(c)
		}
	}
	u.endWord()
}

// put adds a byte that stands there as it is.
func (u *unescaper) put(c byte) {
	u.out = append(u.out, c)
	if inToken(c) {
		u.word++
		return
	}
	u.endWord()
}

func (u *unescaper) endWord() {
	u.matters = u.matters || u.hidden && u.word >= minToken || u.letters && u.word >= minHidden
	u.word, u.hidden, u.letters = 0, false, false
}

// escaped adds a byte that n bytes of the text stand for.
func (u *unescaper) escaped(c byte, n int) bool {
	u.at += n
	u.out = append(u.out, c)
	if inToken(c) {
		u.word++
		u.letters = u.letters || isWord(c)
	} else {
		if c > ' ' && c <= '~' {
			u.hidden = true // it ends the word in front, as far as a rule can see
		}
		u.endWord()
	}
	if c >= ' ' && c <= '~' || c == '\n' || c == '\r' || c == '\t' {
		u.hidden = true
	}
	return true
}

// rune adds a character that n bytes of the text stand for. It may not be longer than these.
func (u *unescaper) rune(r rune, n int) bool {
	switch {
	case r < utf8.RuneSelf:
		return u.escaped(byte(r), n) // #nosec G115 -- fits
	case utf8.RuneLen(r) < 0 || utf8.RuneLen(r) > n:
		return false
	}
	u.endWord()
	u.at += n
	u.out = utf8.AppendRune(u.out, r)
	return true
}

// joint leaves out n bytes between two lines.
func (u *unescaper) joint(n int) bool {
	u.at += n
	if u.word > 0 && u.at < len(u.text) && inToken(u.text[u.at]) {
		u.hidden = true
	}
	return true
}

// controls are the escapes of one letter.
var controls = [256]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f', 'v': '\v', 'a': '\a', 'e': 0x1b}

// backslash decodes what begins with one, if it is an escape.
func (u *unescaper) backslash() bool {
	rest := u.text[u.at+1:]
	if len(rest) == 0 {
		return false
	}
	switch c := rest[0]; {
	case c == '\n', c == '\r' && len(rest) > 1 && rest[1] == '\n':
		n := 2
		if c == '\r' {
			n++
		}
		if u.word > 0 { // YAML leaves out the indentation, C and shells do not: then there is no word that goes on
			for n-1 < len(rest) && (rest[n-1] == ' ' || rest[n-1] == '\t') {
				n++
			}
		}
		return u.joint(n)
	case c == 'x' || c == 'u' || c == 'U':
		r, n := hexEscape(rest)
		if n == 0 {
			return false
		}
		hidden, letters := u.hidden, u.letters
		ok := u.rune(r, n+1)
		if ok && c == 'u' && rest[1] != '{' {
			goesOn := u.word > 0 // others decode it
			u.hidden, u.letters = hidden && goesOn, letters && goesOn
		}
		return ok
	case c >= '0' && c <= '7':
		n, v := 0, 0
		for limit := 3; n < len(rest) && n < limit && isOctal(rest[n]) && v*8+int(rest[n]-'0') < 256; n++ {
			v = v*8 + int(rest[n]-'0')
			if n == 0 && v == 0 {
				limit = 4 // as echo wants it
			}
		}
		return n > 1 && u.escaped(byte(v), n+1)
	case controls[c] != 0:
		return u.escaped(controls[c], 2)
	case c > ' ' && c <= '~' && !isLetter(c) && (c < '0' || c > '9'):
		return u.escaped(c, 2)
	}
	return false
}

// hexEscape reads xNN, x{N…}, uNNNN, u{N…} or UNNNNNNNN. n is 0 if it is none of them.
func hexEscape(s []byte) (r rune, n int) {
	digits := 2
	switch s[0] {
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	n = 1
	braces := len(s) > 1 && s[1] == '{'
	if braces {
		n, digits = 2, 8
	}
	first := n
	for n < len(s) && n-first < digits && isHex(s[n]) {
		r = r<<4 | rune(hexValues[s[n]])
		n++
	}
	switch {
	case r < 0 || r > utf8.MaxRune || n == first:
		return 0, 0
	case braces && (n == len(s) || s[n] != '}'), !braces && n-first < digits:
		return 0, 0
	case braces:
		n++
	}
	return r, n
}

// maxEntity is the length of the longest name of an entity, in bytes.
const maxEntity = 33

// entityEnd returns the length of "name;", or 0.
func entityEnd(s []byte) int {
	for i := 0; i < len(s) && i < maxEntity; i++ {
		switch c := s[i]; {
		case c == ';' && i > 0:
			return i + 1
		case !isLetter(c) && (c < '0' || c > '9') && (i > 0 || c != '#'):
			return 0
		}
	}
	return 0
}

// entity decodes an entity of HTML or XML.
func (u *unescaper) entity() bool {
	n := 1 + entityEnd(u.text[u.at+1:])
	name := string(u.text[u.at : u.at+n])
	decoded := html.UnescapeString(name)
	if n == 1 || decoded == name || len(decoded) > n {
		return false
	}
	if r, size := utf8.DecodeRuneInString(decoded); size == len(decoded) {
		return u.rune(r, n)
	}
	u.endWord()
	u.at += n
	u.out = append(u.out, decoded...)
	return true
}

// quotedPrintable returns the printable character that the digits behind "=" stand for, or 0.
func quotedPrintable(s []byte) byte {
	if len(s) < 2 || !isHex(s[0]) || !isHex(s[1]) {
		return 0
	}
	if c := hexValues[s[0]]<<4 | hexValues[s[1]]; c >= ' ' && c <= '~' {
		return c
	}
	return 0
}

// isNumber reports whether a decimal number is behind a sole "=", as in a program.
func isNumber(text []byte, at int) bool {
	if at >= 3 && text[at-3] == '=' && quotedPrintable(text[at-2:at]) != 0 {
		return false
	}
	s := text[at+1:]
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n > 1 && (n == len(s) || !inToken(s[n]) && s[n] != '=')
}

// mail decodes quoted-printable text.
func (u *unescaper) mail() bool {
	if n := softEnd(u.text, u.at); n > 0 {
		return u.joint(n)
	}
	rest := u.text[u.at+1:]
	c := quotedPrintable(rest)
	return c != 0 && !isNumber(u.text, u.at) && u.escaped(c, 3)
}

// softEnd returns the length of a soft line break that cuts a word in two, or 0. Base64 ends with "=" as well: that of a digest of SHA-1 or
// SHA-256 has 27 or 43 characters in front, and stands on every line of a go.sum.
func softEnd(text []byte, at int) int {
	n := 1
	if at+n < len(text) && text[at+n] == '\r' {
		n++
	}
	if at+n+1 >= len(text) || text[at+n] != '\n' || !isWord(text[at+n+1]) {
		return 0
	}
	word := 0
	for word < at && word < 44 && inBase64(text[at-1-word]) {
		word++
	}
	if word == 0 || word == 27 || word == 43 {
		return 0
	}
	return n + 1
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isOctal(c byte) bool  { return c >= '0' && c <= '7' }
func isHex(c byte) bool    { return hexValues[c] != noHex }
func isWord(c byte) bool   { return isLetter(c) || c >= '0' && c <= '9' || c == '_' }
func inToken(c byte) bool  { return signs[c]&ofToken != 0 }
