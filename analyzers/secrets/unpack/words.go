package unpack

import (
	"bytes"
	"iter"
	"unicode/utf8"
)

// How base64 on one line is read, in characters: what is shorter holds no secret.
const (
	minWord  = 24
	firstLen = 8  // that are decoded first, since most words are names
	partLen  = 32 // that are decoded at once
)

// Words yields base64 on one line, decoded, that a search for encoded text passes over: because there is a byte that is not printable
// ASCII, as in any text with an umlaut, because its padding is not that of its alphabet, or because something else that could be base64 is
// in front or behind, as in "path/BASE64". What is decoded is text for the most part, or wide text in the middle of a line; [Unwrapped] yields that
// at its end. All blocks together are smaller than the text.
func Words(text []byte) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		var l place
		for at := minWord - 1; at < len(text); {
			if !inBase64(text[at]) {
				at += minWord
				continue
			}
			// Somewhere in each long word is such a place.
			start, end := at, at+1
			for start > 0 && at-start < minWord && inBase64(text[start-1]) {
				start--
			}
			for end < len(text) && inBase64(text[end]) {
				end++
			}
			if end-start >= minWord && !l.glued(text, start, end, yield) {
				return
			}
			at = end + minWord
		}
	}
}

// A place is the line of the last word that was yielded. A line can have a million of them, and is searched for its ends once.
type place struct {
	start, end int
	last       []byte // the base64 at its end that Unwrapped yields
}

// move goes on to the line of a later word.
func (l *place) move(text []byte, start, end int) {
	if start < l.end {
		return
	}
	l.start = l.end + bytes.LastIndexByte(text[l.end:start], '\n') + 1
	l.end = len(text)
	if i := bytes.IndexByte(text[end:], '\n'); i >= 0 {
		l.end = end + i + 1
	}
	l.last = base64Line(text[l.start:l.end]).chars
}

// glued yields what is in a word, and in the parts of it that signs divide. It returns false when the receiver wants no more.
func (l *place) glued(text []byte, start, end int, yield func(Block) bool) bool {
	word := text[start:end]
	for at := 0; len(word)-at >= minWord; {
		data, n := leading(word[at:])
		if data == nil {
			next := bytes.IndexAny(word[at:], "/-_+")
			if next < 0 {
				return true
			}
			at += next + 1
			continue
		}
		at += n
		l.move(text, start, end)
		if bytes.IndexByte(data, 0) >= 0 && l.atEnd(word) {
			continue
		}
		if !yield(Block{l.start, l.end, data}) {
			return false
		}
	}
	return true
}

// atEnd reports whether Unwrapped yields the word.
func (l *place) atEnd(word []byte) bool {
	return len(l.last) > 0 && &l.last[len(l.last)-1] == &word[len(word)-1]
}

// leading decodes the text at the beginning of a word, of which n characters are used. data is nil if it begins with something else.
func leading(word []byte) (data []byte, n int) {
	var part [partLen / 4 * 3]byte
	if !textual(part[:quartets(part[:], word[:firstLen])], 1) || !textual(part[:quartets(part[:], word[:minWord])], minWord/4*3/8) {
		return nil, 0
	}
	checked := 0
	for n < len(word) {
		chars := word[n:min(len(word), n+partLen)]
		data = append(data, part[:quartets(part[:], chars)]...)
		n += len(chars)
		good, bad, size := count(data[checked:])
		checked += size
		if bad*8 > good+bad {
			// Something may be glued behind.
			if i := bytes.IndexAny(chars, "/-_+"); i >= 0 && n < len(word) {
				data, n = data[:max(0, len(data)-(len(chars)-i)*3/4)], n-len(chars)+i+1
			}
			break
		}
	}
	return data, n
}

// textual reports whether all but some bytes are of a text.
func textual(data []byte, but int) bool {
	_, bad, _ := count(data)
	return bad <= but
}

// count counts the bytes that text has, wide or not, and the others, up to a character that is not complete.
func count(data []byte) (good, bad, size int) {
	for size < len(data) {
		c := data[size]
		switch {
		case printable(c), c == 0 && (size > 0 && printable(data[size-1]) || size+1 < len(data) && printable(data[size+1])):
			good++
			size++
		case c < utf8.RuneSelf:
			bad++
			size++
		case !utf8.FullRune(data[size:]):
			return good, bad, size
		default:
			r, n := utf8.DecodeRune(data[size:])
			if r == utf8.RuneError {
				bad += n
			} else {
				good += n
			}
			size += n
		}
	}
	return good, bad, size
}

var base64Values = func() (of [256]uint8) {
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		of[c] = uint8(i) //nolint:gosec // fits
	}
	of['-'], of['_'] = of['+'], of['/']
	return of
}()

// quartets decodes characters of either alphabet, and returns the number of bytes.
func quartets(to, chars []byte) (n int) {
	for ; len(chars) >= 4; chars = chars[4:] {
		v := uint32(base64Values[chars[0]])<<18 | uint32(base64Values[chars[1]])<<12 | uint32(base64Values[chars[2]])<<6 | uint32(base64Values[chars[3]])
		to[n], to[n+1], to[n+2] = byte(v>>16), byte(v>>8), byte(v) // #nosec G115 -- the lower bits
		n += 3
	}
	if len(chars) < 2 {
		return n
	}
	v := uint32(base64Values[chars[0]])<<18 | uint32(base64Values[chars[1]])<<12
	to[n] = byte(v >> 16) // #nosec G115 -- the lower bits
	n++
	if len(chars) == 3 {
		v |= uint32(base64Values[chars[2]]) << 6
		to[n] = byte(v >> 8) // #nosec G115 -- the lower bits
		n++
	}
	return n
}
