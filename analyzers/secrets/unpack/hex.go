package unpack

import (
	"bytes"
	"iter"
)

// noHex is the value of what is not a digit.
const noHex = 0xff

var hexValues = func() (of [256]uint8) {
	for i := range of {
		of[i] = noHex
	}
	for i, c := range []byte("0123456789abcdef") {
		of[c] = uint8(i) //nolint:gosec // fits
	}
	for i, c := range []byte("ABCDEF") {
		of[c] = uint8(10 + i) //nolint:gosec // fits
	}
	return of
}()

// What a line has to have, so that it is looked at: minHexRun digits and signs between them. minHex is the number of bytes of a block.
const (
	hexWindow = 8
	hexStep   = 12
	minHexRun = hexWindow + hexStep
	minHex    = 16
)

// Dumped yields what stands in hexadecimal, decoded: on several lines, as xxd (also with -p or -i), hexdump (also with -C) and od -t x1
// print it, or on one line, with signs between the bytes or with bytes that are not printable. A search for encoded text decodes
// the other ones. What is decoded is text for the most part, or wide text, or begins like something that [Texts] reads. All blocks together
// are smaller than the text.
func Dumped(text []byte) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		done := 0
		for at := hexStep - 1; at+hexWindow <= len(text); {
			if !mayBeHex(text[at : at+hexWindow]) {
				at += hexStep
				continue
			}
			start := done + bytes.LastIndexByte(text[done:at], '\n') + 1
			d := dump{text: text, start: start, end: start}
			ok := d.read(yield)
			if !ok {
				return
			}
			done = d.end
			at = done + hexStep - 1
		}
	}
}

// mayBeHex reports whether a window has nothing but digits and signs between them, and more of the former.
func mayBeHex(window []byte) bool {
	digits := 0
	for _, c := range window {
		switch {
		case hexValues[c] != noHex:
			digits++
		case signs[c]&betweenHex == 0:
			return false
		}
	}
	return digits*2 >= len(window)
}

// A dump is read from lines in a row.
type dump struct {
	text       []byte
	start, end int // of the lines that were read
	lines      int
	first      hexRun // of the first line
	data       []byte
}

// read goes through the lines from the first one on as long as they go on with it, and yields what they hold. It returns false when the
// receiver wants no more.
func (d *dump) read(yield func(Block) bool) bool {
	for {
		end := len(d.text)
		if n := bytes.IndexByte(d.text[d.end:], '\n'); n >= 0 {
			end = d.end + n + 1
		}
		line := d.text[d.end:end]
		if d.lines > 0 && string(bytes.TrimSpace(line)) == "*" { // of hexdump: lines like the one before
			d.end = end
			continue
		}
		run := nextHex(line, 0, d.first.width)
		if d.lines > 0 && !d.goesOn(run) {
			return d.flush(yield)
		}
		if d.lines == 0 && !run.alone(line) {
			d.end = end
			return d.within(line, run, yield)
		}
		if d.lines == 0 {
			d.first = run
		}
		d.data = run.appendTo(d.data, line)
		d.lines++
		d.end = end
		if end == len(d.text) || line[len(line)-1] != '\n' {
			return d.flush(yield)
		}
	}
}

// goesOn reports whether a run is the next line of the dump.
func (d *dump) goesOn(run hexRun) bool {
	if run.groups == 0 || !run.framed || run.width%2 != 0 && !run.prefixed || run.prefixed != d.first.prefixed {
		return false
	}
	if d.first.groups == 1 {
		return run.groups == 1 && run.offset == d.first.offset
	}
	return run.width == d.first.width || run.groups == 1 && run.width < d.first.width
}

// flush yields what was read.
func (d *dump) flush(yield func(Block) bool) bool {
	if d.lines == 0 || len(d.data) < minHex || d.lines == 1 && d.first.known(d.data) {
		return true
	}
	if !d.first.sure() || !worthwhile(d.data) {
		return true
	}
	return yield(Block{d.start, d.end, d.data})
}

// within yields what stands in the middle of a line.
func (d *dump) within(line []byte, run hexRun, yield func(Block) bool) bool {
	for ; run.groups > 0; run = nextHex(line, run.end, 0) {
		if run.digits < 2*minHex || run.width%2 != 0 && !run.prefixed || !run.sure() {
			continue
		}
		data := run.appendTo(nil, line)
		if len(data) >= minHex && !run.known(data) && worthwhile(data) && !yield(Block{d.start, d.end, data}) {
			return false
		}
	}
	return true
}

// worthwhile reports whether decoded bytes are worth a search.
func worthwhile(data []byte) bool {
	if mostlyText(data) || markOf(data) != nil {
		return true
	}
	_, wide := Narrow(data)
	return wide
}

// A hexRun is groups of digits on a line, all of the same length but the last, which may be shorter.
type hexRun struct {
	start, end int  // in the line
	groups     int  // 0: there is nothing
	width      int  // digits of the first group
	digits     int  // of all
	letters    bool // there are digits other than 0 to 9
	prefixed   bool // each has "0x" in front
	framed     bool // nothing but signs and an offset is in front
	offset     bool // of the line in the dump is in front
	swapped    bool // groups are numbers of two bytes, the lower one first
}

// alone reports whether a run is all that a line has, but for signs and the column of characters behind an offset.
func (r hexRun) alone(line []byte) bool {
	return r.groups > 0 && r.framed && (r.width%2 == 0 || r.prefixed) && (r.offset || len(bytes.TrimRight(line[r.end:], hexFrame)) == 0)
}

const hexFrame = " \t\r\n\"'`,;:)]}|\\+/*"

// sure reports whether numbers in columns are bytes in hexadecimal: a text without any of the letters jklmnoz is rare.
func (r hexRun) sure() bool { return r.letters || r.prefixed || r.offset }

// known reports whether a search for encoded text decodes the run.
func (r hexRun) known(data []byte) bool {
	if r.groups > 1 || r.digits < 32 {
		return false
	}
	for _, c := range data {
		if !printable(c) {
			return false
		}
	}
	return true
}

// appendTo decodes a run.
func (r hexRun) appendTo(data, line []byte) []byte {
	before := len(data)
	for at := r.start; at < r.end; {
		n, skip := digitsAt(line, at)
		if n == 0 {
			at++
			continue
		}
		at += skip
		if n == 1 {
			data = append(data, hexValues[line[at]])
		}
		for i := at; i+1 < at+n; i += 2 {
			data = append(data, hexValues[line[i]]<<4|hexValues[line[i+1]])
		}
		at += n
	}
	if r.swapped {
		for i := before; i+1 < len(data); i += 2 {
			data[i], data[i+1] = data[i+1], data[i]
		}
	}
	return data
}

// digitsAt returns the number of digits in the word at an offset, less its prefix, whose length is skip. n is 0 if it has anything else.
func digitsAt(line []byte, at int) (n, skip int) {
	if at+2 < len(line) && line[at] == '0' && line[at+1]|0x20 == 'x' && isHex(line[at+2]) {
		skip = 2
	}
	for at+skip+n < len(line) && isHex(line[at+skip+n]) {
		n++
	}
	if end := at + skip + n; end < len(line) && isWord(line[end]) {
		return 0, 0
	}
	return n, skip
}

// nextHex returns the next run from an offset on, which is behind a word. The lines before had groups of some width, or 0.
func nextHex(line []byte, at, before int) hexRun {
	framed := at == 0
	for at < len(line) {
		n, skip := digitsAt(line, at)
		if n == 0 {
			if isWord(line[at]) {
				framed = false
				for at < len(line) && isWord(line[at]) {
					at++
				}
				continue
			}
			at++
			continue
		}
		r := hexRun{start: at, framed: framed, width: n, prefixed: skip > 0}
		if end, colon := offsetEnd(line, at, n, before); skip == 0 && end > 0 {
			if first, prefix := digitsAt(line, end); first > 0 && first%2 == 0 && prefix == 0 {
				at, n = end, first
				r = hexRun{start: at, framed: framed, offset: framed, width: n, swapped: n == 4 && !colon}
			}
		}
		r.take(line, at, n, skip)
		return r
	}
	return hexRun{}
}

// offsetEnd returns where the groups of a dump begin, if the word at an offset is the place of the line in the dump, or 0.
func offsetEnd(line []byte, at, n, before int) (end int, colon bool) {
	if n < 4 || n > 16 {
		return 0, false
	}
	end = at + n
	if end < len(line) && line[end] == ':' {
		end++
		colon = true
	}
	blanks := end
	for end < len(line) && (line[end] == ' ' || line[end] == '\t') {
		end++
	}
	if end == blanks || end == len(line) {
		return 0, false
	}
	next, _ := digitsAt(line, end)
	if !colon && (n < 6 || n == before || next != 2 && next != 4) {
		return 0, false
	}
	return end, colon
}

// take reads groups from the first one on, which has n digits.
func (r *hexRun) take(line []byte, at, n, skip int) {
	for {
		for _, c := range line[at+skip : at+skip+n] {
			r.letters = r.letters || c > '9'
		}
		r.groups++
		r.digits += n + n%2
		at += skip + n
		r.end = at
		if n < r.width && !r.prefixed {
			return
		}
		blanks, sign := 0, false
		for ; at < len(line) && signs[line[at]]&betweenHex != 0; at++ {
			if line[at] == ' ' {
				blanks++
				continue
			}
			if sign {
				return
			}
			sign = true
		}
		// Two blanks are in front of the column of characters, or in the middle of a line of hexdump -C.
		if at == r.end || blanks > 2 || blanks == 2 && (r.width != 2 || r.groups%16 != 8) {
			return
		}
		n, skip = digitsAt(line, at)
		if n == 0 || skip > 0 != r.prefixed || n > r.width && (!r.prefixed || n > 2) || n%2 != 0 && !r.prefixed {
			return
		}
	}
}
