package detector

import "strings"

const (
	minRun = 16 // characters of a word that gitleaks takes for base64
	minHex = 32 // … for hexadecimal
)

// sextets are the values of the bytes that base64 is made of, in both its alphabets. A byte that is none has notWord.
var sextets = func() (t [256]uint8) {
	for i := range t {
		t[i] = notWord
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = uint8(i)
	}
	t['-'], t['_'] = t['+'], t['/']
	return t
}()

const notWord = 0xff

// mayDecode reports whether a text can hold something that gitleaks decodes. It may say yes where there is nothing, and says no only where its
// decoder finds nothing: percent and Unicode escapes, and words of base64 or hexadecimal whose bytes are printable ASCII.
// To look for them with the decoder's own expression takes as long as all else.
func mayDecode(text string) bool {
	return hasEscape(text, "%", 0, 2) || hasEscape(text, "U+", 0, 4) || hasEscape(text, `\`, 1, 4) || hasCodedWord(text)
}

// hasEscape looks for a mark that some hexadecimal digits follow, behind as many other characters as skip says.
func hasEscape(text, mark string, skip, digits int) bool {
	for {
		n := strings.Index(text, mark)
		if n < 0 {
			return false
		}
		text = text[n+len(mark):]
		if len(text) < skip+digits {
			return false
		}
		if skip > 0 && text[0]|0x20 != 'u' {
			continue
		}
		if isHex(text[skip : skip+digits]) {
			return true
		}
	}
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// hasCodedWord looks for a word of base64 or hexadecimal that can be decoded. It looks at every minRun'th byte until one is part of a word.
func hasCodedWord(text string) bool {
	for at := minRun - 1; at < len(text); at += minRun {
		if sextets[text[at]] == notWord {
			continue
		}
		start, end := at, at+1
		for start > 0 && sextets[text[start-1]] != notWord {
			start--
		}
		for end < len(text) && sextets[text[end]] != notWord {
			end++
		}
		if end-start >= minRun && isCoded(text[start:end]) {
			return true
		}
		at = end // not part of a word
	}
	return false
}

// isCoded tells whether a word can be decoded to printable ASCII. A word that begins with enough hexadecimal digits is not looked at closely.
func isCoded(word string) bool {
	if len(word) >= minHex && isHex(word[:minHex]) {
		return true
	}
	for ; len(word) >= 4; word = word[4:] {
		a, b, c, d := sextets[word[0]], sextets[word[1]], sextets[word[2]], sextets[word[3]]
		if !printable(a<<2|b>>4) || !printable(b<<4|c>>2) || !printable(c<<6|d) {
			return false
		}
	}
	return true
}

// printable tells whether gitleaks lets a decoded byte pass.
func printable(b byte) bool { return 8 < b && b < 0x7f }
