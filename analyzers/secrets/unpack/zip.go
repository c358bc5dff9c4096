package unpack

import (
	"bytes"
	"cmp"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"unicode"
)

// Signatures of a zip archive (PKWARE APPNOTE, 4.3).
const (
	zipLocal   = "PK\x03\x04"
	zipCentral = "PK\x01\x02"
	zipEnd     = "PK\x05\x06"
)

// Sizes of its records, in bytes, without what varies.
const (
	localSize   = 30
	centralSize = 46
	endSize     = 22
)

// A zipReader finds the members of an archive wherever they are said to be, and where they are although nothing says so: unzip, Java and
// Python go by the directory at the end, others read from the beginning, and a file may have several directories.
type zipReader struct {
	w     *walker
	path  string
	data  []byte
	depth int
	names [][]byte
	read  map[zipMember]bool // what was read, whatever it is called
	seen  map[int]bool       // offsets of records of directories: several directories may be one
	used  []extent           // bytes that are known to belong to something
	real  bool               // a directory was found that makes sense
}

// A zipMember is what has to be known to read a member.
type zipMember struct {
	at     int // of the local header
	flags  uint16
	method uint16
	size   uint64 // compressed, in bytes
	plain  uint64 // bytes of output, which is only a guess
}

// An extent is a part of the file.
type extent struct{ start, end int }

// zip yields the members of an archive, which may have anything in front of it, and looks into all that belongs to none.
func (w *walker) zip(path string, data []byte, depth int) {
	z := &zipReader{w: w, path: path, data: data, depth: depth, read: map[zipMember]bool{}, seen: map[int]bool{}}
	z.directories()
	z.strays()
	w.names(path, z.names...)
	for _, gap := range z.gaps() {
		w.streams(path, data[gap.start:gap.end], depth)
	}
}

// directories reads every directory, the last one first: the directory of an archive within a member is passed over then, which is
// looked at when the member is.
func (z *zipReader) directories() {
	for end := len(z.data); ; {
		at := bytes.LastIndex(z.data[:end], []byte(zipEnd))
		if at < 0 || !z.w.probed(z.path) {
			return
		}
		end = at
		if !z.inside(at) {
			z.directory(at)
		}
	}
}

// directory reads the directory whose end record is at an offset. Offsets in it count from where the archive began, before something
// was put in front of it.
func (z *zipReader) directory(end int) {
	if end+endSize > len(z.data) {
		return
	}
	record := z.data[end:]
	size, offset := uint64(binary.LittleEndian.Uint32(record[12:])), uint64(binary.LittleEndian.Uint32(record[16:]))
	comment := z.slice(uint64(end+endSize), uint64(binary.LittleEndian.Uint16(record[20:]))) // #nosec G115 -- an offset
	at := end
	if locator := end - 20; locator >= 56 && string(z.data[locator:locator+4]) == "PK\x06\x07" {
		for _, big := range []uint64{binary.LittleEndian.Uint64(z.data[locator+8:]), uint64(locator - 56)} { // #nosec G115 -- not negative
			if b := z.slice(big, 56); len(b) == 56 && string(b[:4]) == "PK\x06\x06" {
				size, offset, at = binary.LittleEndian.Uint64(b[40:]), binary.LittleEndian.Uint64(b[48:]), int(big) // #nosec G115 -- within the data
				break
			}
		}
	}
	for _, start := range []uint64{uint64(at) - size, offset} { // #nosec G115 -- wraps around where it makes no sense, and is out of range then
		if string(z.slice(start, 4)) == zipCentral {
			z.real = true
			z.names = append(z.names, comment)
			z.central(int(start), int(start)-int(offset)) // #nosec G115 -- start is within the data, and a shift that makes no sense finds nothing
			z.use(end, end+endSize+len(comment))
			return
		}
	}
	if at == end && size == 0 {
		z.real = true // without members
		z.names = append(z.names, comment)
	}
}

// central reads the records of a directory, as long as there are any.
func (z *zipReader) central(at, shift int) {
	first := at
	for !z.w.done() && len(z.slice(uint64(at), centralSize)) == centralSize && string(z.data[at:at+4]) == zipCentral { // #nosec G115 -- not negative
		if z.seen[at] || !z.w.counted(z.path) {
			break
		}
		z.seen[at] = true
		r := z.data[at:]
		n, e, c := int(binary.LittleEndian.Uint16(r[28:])), int(binary.LittleEndian.Uint16(r[30:])), int(binary.LittleEndian.Uint16(r[32:]))
		r = z.slice(uint64(at), uint64(centralSize+n+e+c)) // #nosec G115 -- not negative
		if r == nil {
			z.w.damaged(z.path, "a zip directory: cut off")
			break
		}
		name, extra := r[centralSize:centralSize+n], r[centralSize+n:centralSize+n+e]
		z.names = append(z.names, name, r[centralSize+n+e:])
		z.extra(extra)
		m := zipMember{flags: binary.LittleEndian.Uint16(r[8:]), method: binary.LittleEndian.Uint16(r[10:])}
		compressed, plain, local := uint64(binary.LittleEndian.Uint32(r[20:])), uint64(binary.LittleEndian.Uint32(r[24:])), uint64(binary.LittleEndian.Uint32(r[42:]))
		zip64(extra, &plain, &compressed, &local)
		m.size, m.plain = compressed, plain
		if m.method == 0 {
			m.size = max(compressed, plain)
		}
		at += len(r)
		found := false
		for _, place := range []uint64{local + uint64(shift), local} { // #nosec G115 -- out of range where it wraps around
			if string(z.slice(place, 4)) == zipLocal {
				m.at, found = int(place), true // #nosec G115 -- within the data
				break
			}
		}
		if !found {
			z.w.damaged(join(z.path, name), "a zip directory has it at a place where it is not")
			continue
		}
		z.member(m, name, true)
	}
	z.use(first, at)
}

// zip64 puts the sizes and the offset in place that did not fit (APPNOTE, 4.5.3).
func zip64(extra []byte, fields ...*uint64) {
	for len(extra) >= 4 {
		n := int(binary.LittleEndian.Uint16(extra[2:]))
		if 4+n > len(extra) {
			return
		}
		if binary.LittleEndian.Uint16(extra) == 1 {
			values := extra[4 : 4+n]
			for _, f := range fields {
				if *f == 0xffffffff && len(values) >= 8 {
					*f = binary.LittleEndian.Uint64(values)
					values = values[8:]
				}
			}
		}
		extra = extra[4+n:]
	}
}

// strays reads members that no directory lists.
func (z *zipReader) strays() {
	for _, gap := range z.gaps() {
		for at := gap.start; !z.w.done(); {
			next := bytes.Index(z.data[at:gap.end], []byte(zipLocal))
			if next < 0 {
				break
			}
			at += next
			n := len(z.used)
			z.stray(at)
			at++
			for _, e := range z.used[n:] {
				at = max(at, e.end)
			}
			if at > gap.end {
				break
			}
		}
	}
}

// stray reads a member by its own header, if it is one.
func (z *zipReader) stray(at int) {
	r := z.slice(uint64(at), localSize) // #nosec G115 -- not negative
	if r == nil {
		return
	}
	m := zipMember{at: at, flags: binary.LittleEndian.Uint16(r[6:]), method: binary.LittleEndian.Uint16(r[8:])}
	n, e := int(binary.LittleEndian.Uint16(r[26:])), int(binary.LittleEndian.Uint16(r[28:]))
	name := z.slice(uint64(at+localSize), uint64(n))    // #nosec G115 -- not negative
	extra := z.slice(uint64(at+localSize+n), uint64(e)) // #nosec G115 -- not negative
	if n == 0 || name == nil || extra == nil || m.flags&0xc000 != 0 || m.method > maxMethod || r[4] > maxVersion || bytes.ContainsFunc(name, unicode.IsControl) {
		return // four bytes of something else
	}
	if !z.w.counted(z.path) {
		return
	}
	compressed, plain := uint64(binary.LittleEndian.Uint32(r[18:])), uint64(binary.LittleEndian.Uint32(r[22:]))
	zip64(extra, &plain, &compressed)
	m.size, m.plain = compressed, plain
	if m.method == 0 {
		m.size = max(compressed, plain)
		if m.size == 0 && m.flags&8 != 0 { // its size is behind it, where the next record begins
			rest := z.data[at+localSize+n+e:]
			if m.size = uint64(len(rest)); bytes.Contains(rest, []byte("PK")) {
				m.size = uint64(bytes.Index(rest, []byte("PK"))) // #nosec G115 -- not negative
			}
		}
	}
	z.member(m, name, z.real || at == 0)
}

// What headers say at most: the version of APPNOTE that a member needs is 6.3, its method 99.
const (
	maxVersion = 63
	maxMethod  = 99
)

// member reads one member. What is said of one that may be none by chance is said only if it can be read.
func (z *zipReader) member(m zipMember, name []byte, certain bool) {
	same := m
	same.plain = 0
	if z.read[same] {
		return
	}
	z.read[same] = true
	path := join(z.path, name)
	head := z.slice(uint64(m.at), localSize) // #nosec G115 -- not negative
	if head == nil {
		z.w.damaged(path, "the member: cut off")
		return
	}
	n, e := int(binary.LittleEndian.Uint16(head[26:])), int(binary.LittleEndian.Uint16(head[28:]))
	from := m.at + localSize + n + e
	if from > len(z.data) {
		if certain {
			z.w.damaged(path, "the member: cut off")
		}
		return
	}
	local := z.data[m.at+localSize : m.at+localSize+n]
	if m.flags&1 != 0 {
		if certain {
			z.note(local, name, z.data[from-e:from])
			z.w.unread(path, "encrypted")
			z.use(m.at, from+int(min(m.size, uint64(len(z.data)-from)))) // #nosec G115 -- within the data
		}
		return
	}
	if m.size == 0 && m.method == 0 {
		z.note(local, name, z.data[from-e:from])
		z.use(m.at, from)
		return
	}
	src := newSource(z.data[from:])
	r, err := z.decompress(m, src)
	if err != nil {
		if certain {
			z.note(local, name, z.data[from-e:from])
			z.w.ends(path, "the member", err)
		}
		return
	}
	defer func() { _ = r.Close() }()
	in := &metered{w: z.w, path: path, r: r}
	if !certain {
		var probe [minProbe]byte
		got, err := io.ReadFull(in, probe[:])
		if got == 0 || err == io.ErrUnexpectedEOF && in.err != nil {
			return
		}
		in = &metered{w: z.w, path: path, r: io.MultiReader(bytes.NewReader(probe[:got]), r)}
	}
	z.note(local, name, z.data[from-e:from])
	size := int64(min(m.plain, mostFirst)) // #nosec G115 -- bounded
	if m.method == 0 {
		size = int64(min(m.size, uint64(src.Len()))) // #nosec G115 -- the length of a slice
	}
	z.w.member(path, in, size, z.depth+1)
	if m.method == 0 && m.size > uint64(len(z.data)-from) { // #nosec G115 -- not negative
		z.w.damaged(path, "the member: cut off")
	}
	if in.err == nil {
		z.use(m.at, from+src.at())
	} else {
		z.w.charge(src.at())
	}
}

// note keeps the names of a member.
func (z *zipReader) note(local, name, extra []byte) {
	if !bytes.Equal(local, name) {
		z.names = append(z.names, name)
	}
	z.names = append(z.names, local)
	z.extra(extra)
}

// extra keeps an extra field unless it is short, as those with times and owners are.
func (z *zipReader) extra(extra []byte) {
	if len(extra) > 48 {
		z.names = append(z.names, bytes.ReplaceAll(extra, []byte{0}, []byte(" ")))
	}
}

// errMethod says that a compression method is not known.
var errMethod = errors.New("a compression method that is not read")

// decompress begins to read the content of a member (APPNOTE, 4.4.5). Only a stored one needs to have its size.
func (z *zipReader) decompress(m zipMember, src *source) (io.ReadCloser, error) {
	switch m.method {
	case 0:
		return io.NopCloser(io.LimitReader(src, int64(min(m.size, uint64(src.Len()))))), nil // #nosec G115 -- the length of a slice
	case 8:
		return z.w.inflate(src)
	case 12:
		return io.NopCloser(bzip2.NewReader(src.Reader)), nil
	case 20, 93:
		return openZstd(z.w, src)
	case 95:
		return openXz(z.w, src)
	}
	return nil, errMethod
}

// slice returns n bytes from an offset, or nil if there are not so many.
func (z *zipReader) slice(from, n uint64) []byte {
	size := uint64(len(z.data))
	if from > size || n > size-from {
		return nil
	}
	return z.data[from : from+n : from+n]
}

func (z *zipReader) use(start, end int) { z.used = append(z.used, extent{start, end}) }

// inside reports whether an offset is within something that was read.
func (z *zipReader) inside(at int) bool {
	return slices.ContainsFunc(z.used, func(e extent) bool { return e.start <= at && at < e.end })
}

// minGap is less than the shortest stream with anything in it to find, and more than what stands behind a member, in bytes.
const minGap = 25

// gaps returns the parts that belong to nothing.
func (z *zipReader) gaps() []extent {
	slices.SortFunc(z.used, func(a, b extent) int { return cmp.Compare(a.start, b.start) })
	var gaps []extent
	at := 0
	for _, e := range append(z.used, extent{len(z.data), len(z.data)}) {
		if e.start-at >= minGap {
			gaps = append(gaps, extent{at, e.start})
		}
		at = max(at, e.end)
	}
	return gaps
}
