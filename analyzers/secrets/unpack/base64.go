package unpack

import (
	"bytes"
	"encoding/base64"
	"iter"
	"unicode/utf8"
)

// A Block is something that stands in a text in another form, decoded.
type Block struct {
	Start, End int    // offsets of its lines in the text
	Data       []byte // the receiver may keep it
}

const (
	minBase64 = 16 // characters on a line, but the last
	maxFrame  = 40 // bytes before the characters of a line that goes on
)

// Unwrapped yields base64 that stands on several lines in a row, such as the body of a PEM or a mail, a folded scalar of YAML, or a literal that a
// program puts together, with what such lines have in front and behind: white space, quotes, a sign of comment or of continuation. It also
// yields what stands on one line, if that is packed or wide, since a search for encoded text passes over both. What
// is decoded is text for the most part, or wide text, or begins like something that [Texts] reads; anything else is left out. All blocks together
// are smaller than the text.
//
// Lines need not have the same length, since their author could break them anywhere.
func Unwrapped(text []byte) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		var g group
		packed := hasPacked(text)
		for at := 0; at < len(text); {
			end := at + bytes.IndexByte(text[at:], '\n') + 1
			if end == at {
				end = len(text)
			}
			if len(g.lines) == 0 && !packed && !mayEndInBase64(text[at:end]) {
				at = end
				continue
			}
			l := base64Line(text[at:end])
			l.start, l.end = at, end
			if packed && !within(text[at:end], l.chars, yield, at, end) {
				return
			}
			at = end
			goesOn := len(l.chars) > 0 && l.framed && len(g.lines) > 0
			if !goesOn || g.closed {
				if !g.flush(yield) {
					return
				}
				if len(l.chars) < minBase64 {
					continue
				}
			}
			g.lines = append(g.lines, l)
			g.closed = l.padded || len(l.chars) < minBase64
		}
		g.flush(yield)
	}
}

// packedMarks are how base64 of a gzip, zip, xz, zstd, bzip2, 7z or rar file begins.
var packedMarks = [...]string{"H4sI", "UEsDB", "/Td6WFoA", "KLUv/", "QlpoO", "N3q8ryc", "UmFyIRoH"}

// hasPacked reports whether one of these is in a text.
func hasPacked(text []byte) bool {
	for _, mark := range packedMarks {
		if bytes.Contains(text, []byte(mark)) {
			return true
		}
	}
	return false
}

// within yields packed base64 in the middle of a line, before other text. It returns what yield does.
func within(line, atEnd []byte, yield func(Block) bool, start, end int) bool {
	var next [len(packedMarks)]int // each mark is looked for once: a line can be as long as the text
	for k := range next {
		next[k] = -1
	}
	for at := 0; ; {
		first := len(line)
		for k, mark := range packedMarks {
			if next[k] < at {
				next[k] = len(line)
				if i := bytes.Index(line[at:], []byte(mark)); i >= 0 {
					next[k] = at + i
				}
			}
			first = min(first, next[k])
		}
		if first == len(line) {
			return true
		}
		n := 0
		for first+n < len(line) && inBase64(line[first+n]) {
			n++
		}
		at = first + n
		// What goes on to the end of the line may go on in the next one.
		if len(atEnd) == 0 || &line[at-1] != &atEnd[len(atEnd)-1] {
			if data := decoded([]base64Text{{chars: line[first:at]}}); data != nil && !yield(Block{start, end, data}) {
				return false
			}
		}
	}
}

// A base64Text is the part of a line that may be base64.
type base64Text struct {
	start, end int    // of the line
	chars      []byte // without padding
	padded     bool   // nothing of the same base64 follows
	framed     bool   // nothing but signs is in front
}

// mayEndInBase64 is a faster way to find that base64Line would find nothing that begins a block, as on most lines.
func mayEndInBase64(line []byte) bool {
	end := len(line)
	for end > 0 && signs[line[end-1]]&behindBase64 != 0 {
		end--
	}
	if end > 1 && (line[end-2] == '\\' || line[end-1] == '+') {
		return true // which base64Line knows how to take away
	}
	start := end
	for start > 0 && signs[line[start-1]]&ofBase64 != 0 {
		start--
	}
	return end-start >= minBase64
}

// What a byte can be.
const (
	ofBase64     = 1 << iota // in either alphabet, or padding
	behindBase64             // what trimFrame takes away
	betweenHex               // digits in hexadecimal
	ofToken                  // of words that can be secrets
)

var signs = func() (of [256]uint8) {
	for i := range of {
		if b := byte(i); inBase64(b) || b == '=' {
			of[i] |= ofBase64
		}
		if b := byte(i); inBase64(b) {
			of[i] |= ofToken
		}
	}
	for _, b := range []byte(" ,:;-xX") {
		of[b] |= betweenHex
	}
	for _, b := range []byte(frame) {
		of[b] |= behindBase64
	}
	return of
}()

// frame is what stands behind base64 on a line.
const frame = " \t\r\n\"'`,;)]}&|\\<."

// base64Line finds the base64 at the end of a line.
func base64Line(line []byte) base64Text {
	line = trimFrame(line)
	chars := bytes.TrimRight(line, "=")
	padding := len(line) - len(chars)
	n := len(chars)
	for n > 0 && inBase64(chars[n-1]) {
		n--
	}
	front := chars[:n]
	chars = chars[n:]
	if padding > 2 || len(chars) == 0 || bytes.Contains(chars, []byte("-----")) {
		return base64Text{}
	}
	framed := len(front) <= maxFrame && len(bytes.TrimLeft(front, " \t\"'`#*>|,:;([{.=$@\\&%!")) == 0
	return base64Text{chars: chars, padded: padding > 0, framed: framed}
}

// trimFrame takes away what stands behind a part of a text in a program: quotes, the sign that it goes on, the escape of a line's end.
func trimFrame(line []byte) []byte {
	for {
		n := len(line)
		line = bytes.TrimRight(line, frame)
		if before, ok := bytes.CutSuffix(line, []byte(`\n`)); ok {
			line = before
		} else if before, ok := bytes.CutSuffix(line, []byte(`\r`)); ok {
			line = before
		} else if n := len(line); n > 1 && line[n-1] == '+' && bytes.IndexByte([]byte(" \t\"'`"), line[n-2]) >= 0 {
			line = line[:n-1]
		}
		if len(line) == n {
			return line
		}
	}
}

func inBase64(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '+' || b == '/' || b == '-' || b == '_'
}

// A group is lines that may be one base64 text.
type group struct {
	lines  []base64Text
	closed bool // the last line was the end
}

// flush yields what the lines hold, and forgets them. It returns what yield does.
func (g *group) flush(yield func(Block) bool) bool {
	lines := g.lines
	g.lines, g.closed = g.lines[:0], false
	if len(lines) == 0 {
		return true
	}
	if data := decoded(lines); data != nil {
		return yield(Block{lines[0].start, lines[len(lines)-1].end, data})
	}
	// A line of something else may be among them: those of one length, and the shorter one at the end, belong together.
	for len(lines) > 1 {
		n := 1
		for n < len(lines) && len(lines[n].chars) == len(lines[0].chars) {
			n++
		}
		if n < len(lines) && len(lines[n].chars) < len(lines[0].chars) {
			n++
		}
		if n == 1 {
			lines = lines[1:]
			continue
		}
		if data := decoded(lines[:n]); data != nil && !yield(Block{lines[0].start, lines[n-1].end, data}) {
			return false
		}
		lines = lines[n:]
	}
	return true
}

// decoded returns what the lines hold, or nil if that is nothing to look at.
func decoded(lines []base64Text) []byte {
	chars := lines[0].chars
	if len(lines) > 1 {
		n := 0
		for _, l := range lines {
			n += len(l.chars)
		}
		chars = make([]byte, 0, n)
		for _, l := range lines {
			chars = append(chars, l.chars...)
		}
	}
	encoding := base64.RawStdEncoding
	if bytes.IndexByte(chars, '-') >= 0 || bytes.IndexByte(chars, '_') >= 0 {
		encoding = base64.RawURLEncoding
	}
	if len(lines) == 1 && !mayBePacked(encoding, chars) {
		return nil
	}
	// A line in front that is none of it shifts the rest.
	for shift := range min(4, len(chars)) {
		part := chars[shift:]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		data := make([]byte, encoding.DecodedLen(len(part)))
		n, err := encoding.Decode(data, part)
		if err != nil {
			return nil
		}
		data = data[:n]
		if shift == 0 && (markOf(data) != nil || isTar(data)) {
			return data
		}
		if _, wide := Narrow(data); wide {
			return data
		}
		if len(lines) == 1 {
			return nil
		}
		if mostlyText(data) {
			return data
		}
	}
	return nil
}

// mayBePacked reports whether base64 on one line is of something that is not only text: it has a mark, or a NUL byte, as wide text does. Most lines
// that end like base64 are long names.
func mayBePacked(encoding *base64.Encoding, chars []byte) bool {
	var data [192]byte
	for first := true; len(chars) > 1; first = false {
		part := chars[:min(len(chars), 256)]
		chars = chars[len(part):]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		n, err := encoding.Decode(data[:], part)
		if err != nil {
			return false
		}
		if first && markOf(data[:n]) != nil || bytes.IndexByte(data[:n], 0) >= 0 {
			return true
		}
	}
	return false
}

// mostlyText reports whether at least seven bytes in eight are characters that text has. Of random bytes it is three.
func mostlyText(data []byte) bool {
	good := 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			if printable(data[i]) {
				good++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r != utf8.RuneError {
			good += n
		}
		i += n
	}
	return good*8 >= len(data)*7
}
