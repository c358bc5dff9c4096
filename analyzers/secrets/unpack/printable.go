package unpack

import "bytes"

// minPrintable is the length, in bytes, of the shortest run that Printable keeps.
const minPrintable = 6

// Binary reports whether a file that begins with some bytes is none of text, as git has it: it has a NUL byte.
func Binary(head []byte) bool { return bytes.IndexByte(head, 0) >= 0 }

// Printable returns the runs of printable ASCII in a text, with a space for what was between them, as strings(1) does. All line feeds stay, so that
// lines keep their numbers.
func Printable(text []byte) []byte {
	kept := make([]byte, 0, len(text)/4)
	for at := 0; at < len(text); {
		start := at
		for at < len(text) && printable(text[at]) && text[at] != '\n' {
			at++
		}
		if at-start >= minPrintable {
			kept = append(kept, text[start:at]...)
			if at < len(text) && text[at] != '\n' {
				kept = append(kept, ' ')
			}
		}
		for at < len(text) && (text[at] == '\n' || !printable(text[at])) {
			if text[at] == '\n' {
				kept = append(kept, '\n')
			}
			at++
		}
	}
	return kept
}
