package unpack

import (
	"bytes"
	"io"
	"strconv"
)

// blockSize is the unit of a tar archive, in bytes (POSIX.1-2024, "ustar Interchange Format").
const blockSize = 512

// isTar reports whether data begins with a header whose checksum is right. Archives of before POSIX have no other mark.
func isTar(data []byte) bool {
	if len(data) < blockSize {
		return false
	}
	want, ok := number(data[148:156])
	if !ok {
		return false
	}
	var unsigned, signed int64
	for i, b := range data[:blockSize] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		unsigned += int64(b)
		signed += int64(int8(b)) // #nosec G115 -- as some old programs did
	}
	return want == unsigned || want == signed
}

// number reads a field: octal digits, or since GNU tar a binary number with the highest bit set. ok is false for anything else.
func number(field []byte) (n int64, ok bool) {
	if field[0]&0x80 != 0 {
		for i, b := range field {
			if i == 0 {
				b &= 0x7f
			}
			if n > 1<<54 {
				return 0, false
			}
			n = n<<8 | int64(b)
		}
		return n, field[0] == 0x80
	}
	text := bytes.Trim(field, " \x00")
	if len(text) == 0 {
		return 0, true
	}
	n, err := strconv.ParseInt(string(text), 8, 64)
	return n, err == nil && n >= 0
}

// A tarReader goes through an archive. Programs differ in what they believe of a header that contradicts itself; since every block is
// yielded as one thing or another, a member that only some of them see is at least in a text.
type tarReader struct {
	w     *walker
	path  string
	r     io.Reader
	depth int
	notes [][]byte // headers, which hold names
	noted int      // bytes of them
	name  []byte   // of the next member, from a header of its own
	size  int64    // likewise, or negative
}

// tar yields the members of an archive, and what stands between and behind them.
func (w *walker) tar(path string, r io.Reader, depth int) {
	t := &tarReader{w: w, path: path, r: r, depth: depth, size: -1}
	for !w.done() && t.next() {
	}
	w.names(path, t.notes...)
}

// next reads one header with what belongs to it.
func (t *tarReader) next() bool {
	var block [blockSize]byte
	n, err := io.ReadFull(t.r, block[:])
	switch {
	case n == 0:
		return false
	case err != nil || !isTar(block[:]):
		if len(bytes.Trim(block[:n], "\x00")) == 0 {
			return err == nil // the end marks; what comes behind them is looked at too
		}
		t.behind(block[:n])
		return false
	}
	t.note(block[:148], block[156:])
	size, ok := number(block[124:136])
	kind := block[156]
	if !ok {
		t.w.damaged(t.path, "a tar header with a size that is no number")
		t.behind(nil)
		return false
	}
	switch kind {
	case 'x', 'g', 'L', 'K', 'X':
		return t.header(kind, size)
	case '1', '2', '3', '4', '5', '6':
		size, t.size = 0, -1 // of a link, device or directory
	case 'S':
		for more := block[482]; more != 0; more = block[504] { // a map of the holes
			if _, err := io.ReadFull(t.r, block[:]); err != nil {
				t.cut()
				return false
			}
			t.note(block[:])
		}
	}
	name := t.name
	if name == nil {
		name = text(block[:100])
		if string(block[257:262]) == "ustar" && block[263] != ' ' && kind != 'S' && block[345] != 0 {
			name = append(append(bytes.Clone(text(block[345:500])), '/'), name...)
		}
	}
	if t.size >= 0 {
		size = t.size
	}
	t.name, t.size = nil, -1
	if size == 0 {
		return true
	}
	return t.member(join(t.path, name), size)
}

// member reads the content of a member and what fills the last block.
func (t *tarReader) member(path string, size int64) bool {
	if !t.w.counted(path) {
		return false
	}
	in := &io.LimitedReader{R: t.r, N: size}
	t.w.member(path, in, size, t.depth+1)
	if t.w.done() {
		return false
	}
	if in.N > 0 { // more than one member may have, or the end
		if _, err := io.Copy(io.Discard, in); err != nil || in.N > 0 {
			t.cut()
			return false
		}
	}
	return t.fill(size)
}

// header reads a header that describes the next one: its name, or a list of records (POSIX.1-2024, "pax Header Block").
func (t *tarReader) header(kind byte, size int64) bool {
	data, err := t.w.read(&io.LimitedReader{R: t.r, N: size}, size)
	t.note(data)
	if err != nil || int64(len(data)) < size {
		t.cut()
		return false
	}
	switch kind {
	case 'L':
		t.name = text(data)
	case 'x', 'X':
		for rest := data; len(rest) > 0; {
			digits, _, ok := bytes.Cut(rest, []byte(" "))
			n, err := strconv.Atoi(string(digits))
			if !ok || err != nil || n <= len(digits)+1 || n > len(rest) {
				break
			}
			key, value, _ := bytes.Cut(bytes.TrimSuffix(rest[len(digits)+1:n], []byte("\n")), []byte("="))
			switch string(key) {
			case "path", "GNU.sparse.name":
				t.name = value
			case "size":
				if v, err := strconv.ParseInt(string(value), 10, 64); err == nil && v >= 0 {
					t.size = v
				}
			}
			rest = rest[n:]
		}
	}
	return t.fill(size)
}

// fill reads what is behind a content up to the next block.
func (t *tarReader) fill(size int64) bool {
	var block [blockSize]byte
	n := (blockSize - size%blockSize) % blockSize
	got, err := io.ReadFull(t.r, block[:n])
	t.note(bytes.Trim(block[:got], "\x00"))
	return err == nil
}

// behind yields what is no header and all that follows.
func (t *tarReader) behind(first []byte) {
	data, err := t.w.read(io.MultiReader(bytes.NewReader(bytes.Clone(first)), t.r), -1)
	if len(data) > 0 {
		t.w.put(Text{Path: t.path, Data: data})
		t.w.rest(t.path, data, t.depth)
	}
	t.w.ends(t.path, "what is behind the members of a tar archive", err)
}

func (t *tarReader) cut() {
	if !t.w.done() {
		t.w.damaged(t.path, "a tar archive: cut off")
	}
}

// note keeps what has names in it.
func (t *tarReader) note(parts ...[]byte) {
	for _, p := range parts {
		for _, field := range bytes.FieldsFunc(p, func(r rune) bool { return r == 0 }) {
			t.notes = append(t.notes, bytes.Clone(field))
			t.noted += len(field)
		}
	}
	if t.noted > maxNames {
		t.w.names(t.path, t.notes...)
		t.notes, t.noted = nil, 0
	}
}

// text returns a field up to its end.
func text(field []byte) []byte {
	field, _, _ = bytes.Cut(field, []byte{0})
	return field
}
