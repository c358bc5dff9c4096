package unpack

import "bytes"

// minWide is the length, in characters, of the shortest run that Narrow takes for wide text.
const minWide = 8

// Narrow takes the NUL bytes out of text in UTF-16 or UTF-32, of either byte order, with or without a byte order mark: out of each run of at
// least 8 characters of printable ASCII with one NUL byte, or three, between them. All other bytes stay, the line feeds with them, so that lines
// keep their numbers, also where a hunk begins in the middle of a character since git ends lines at the byte 0x0A. ok is false, and narrow
// nil, when there is no such run.
func Narrow(text []byte) (narrow []byte, ok bool) {
	kept := 0 // bytes of text that are in narrow, or left out of it
	for at := 0; ; {
		n := bytes.IndexByte(text[at:], 0)
		if n < 0 {
			break
		}
		first := at + n - 1 // the character before the NUL byte
		if first < kept || !printable(text[first]) {
			first = at + n // or the one behind it, since big-endian text begins with NUL bytes
			for first < len(text) && text[first] == 0 {
				first++
			}
			if first == len(text) {
				break
			}
			if !printable(text[first]) {
				at = first + 1
				continue
			}
		}
		chars, gap, end := wideRun(text, first)
		if chars < minWide {
			at = max(at+n+1, end)
			continue
		}
		for i := 0; i < gap && first > kept && text[first-1] == 0; i++ {
			first--
		}
		narrow = append(narrow, text[kept:first]...)
		for stop := min(len(text), end+gap); end < stop && text[end] == 0; {
			end++
		}
		for _, b := range text[first:end] {
			if b != 0 {
				narrow = append(narrow, b)
			}
		}
		kept, at = end, end
	}
	if kept == 0 {
		return nil, false
	}
	return append(narrow, text[kept:]...), true
}

// wideRun returns how many printable characters follow each other from an offset with the same number of NUL bytes between them, one
// or three, and where the last one ends.
func wideRun(text []byte, first int) (chars, gap, end int) {
	for gap = 0; first+1+gap < len(text) && text[first+1+gap] == 0 && gap <= 3; {
		gap++
	}
	end = first + 1
	if gap != 1 && gap != 3 {
		return 1, gap, end
	}
	zeros := []byte{0, 0, 0}[:gap]
	for chars = 1; end+gap < len(text) && bytes.Equal(text[end:end+gap], zeros) && printable(text[end+gap]); chars++ {
		end += gap + 1
	}
	return chars, gap, end
}

// printable reports whether a byte is a character that text has.
func printable(b byte) bool { return b >= ' ' && b <= '~' || b == '\n' || b == '\r' || b == '\t' }
