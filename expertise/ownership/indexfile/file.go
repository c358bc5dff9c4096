package indexfile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sort"
	"sync/atomic"
)

// A File is an index of owners that is read as far as it is asked for. It is immutable and safe for concurrent use.
type File struct {
	head  Head
	top   []byte                 // the head's bytes
	raw   atomic.Pointer[[]byte] // all bytes, once somebody wanted them
	idLen int
	count [tables]int
	first [numAreas]int // in the body
	past  [numAreas]int
	files []byte // table and paths, which are always read
	paths []byte
	body  buffer
}

// Open opens a file. Only its head and what tells which files there are is read at once. The error is ErrFormat where there is a file and it is
// none that this package wrote; fs.ErrNotExist where there is none. Where it is damaged further on, the methods that meet that return ErrFormat. It
// is closed when nobody has the File any more.
func Open(path string) (*File, error) {
	// A pipe without a writer would be waited for.
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("index of owners: %w", err)
	} else if err := regular(info); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r, err := os.Open(path) // #nosec G304 -- the caller's own
	if err != nil {
		return nil, fmt.Errorf("index of owners: %w", err)
	}
	info, err := r.Stat()
	if err == nil {
		err = regular(info)
	}
	var f *File
	if err == nil {
		f, err = open(r, info.Size())
	}
	if err == nil && runtime.GOOS == "windows" { // where what is open cannot be replaced
		if _, err = f.Bytes(); err == nil {
			err = r.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, r.Close()))
	}
	return f, nil
}

func regular(info fs.FileInfo) error {
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return fmt.Errorf("%w: %s of %d bytes", ErrFormat, info.Mode(), info.Size())
	}
	return nil
}

// Parse takes the bytes of a file apart, all of which it checks, and keeps them.
func Parse(data []byte) (*File, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	for i, body := 0, data[f.body.at:]; len(body) > 0; i++ {
		n := min(blockSize, len(body))
		if err := f.body.check(i, body[:n]); err != nil {
			return nil, err
		}
		body = body[n:]
	}
	return f, nil
}

// parse takes the bytes of a file apart that need no check of their blocks.
func parse(data []byte) (*File, error) {
	f, err := parseHead(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	body := data[f.body.at:]
	f.body.whole.Store(&body)
	f.raw.Store(&data)
	return f, f.begin()
}

// open reads the beginning of a file of some size.
func open(r io.ReaderAt, size int64) (*File, error) {
	f, err := parseHead(r, size)
	if err != nil {
		return nil, err
	}
	f.body.blocks = make([]atomic.Pointer[[]byte], len(f.body.sums)/sumSize)
	return f, f.begin()
}

// parseHead reads and checks the head.
func parseHead(r io.ReaderAt, size int64) (*File, error) {
	wrong := func(what string) (*File, error) { return nil, fmt.Errorf("%w: %s", ErrFormat, what) }
	data := make([]byte, min(size, 4096))
	need := func(n int64) error {
		have := int64(0)
		if n > int64(len(data)) {
			have = int64(len(data))
			data = append(data, make([]byte, n-have)...)
		}
		if got, err := r.ReadAt(data[have:], have); got < len(data)-int(have) {
			return errors.Join(fmt.Errorf("%w: it is cut off", ErrFormat), err)
		}
		return nil
	}
	if err := need(0); err != nil {
		return nil, err
	}
	if size < 12 || string(data[:8]) != magic {
		return wrong("it begins otherwise")
	}
	if v := little.Uint32(data[8:]); v != version {
		return wrong(fmt.Sprintf("version %d", v))
	}
	if size < fixedSize || little.Uint64(data[16:]) != uint64(size) { // #nosec G115 -- a size
		return wrong("its length is another")
	}
	flags := little.Uint32(data[12:])
	maxBlob := int64(little.Uint64(data[24:])) // #nosec G115 -- checked
	f := &File{idLen: int(flags & 0xff)}
	if f.idLen != 20 && f.idLen != 32 || flags>>9 != 0 || maxBlob <= 0 {
		return wrong("its head")
	}
	var length [numAreas]int
	body := int64(0)
	for i := range numAreas {
		n := int64(little.Uint32(data[32+4*i:]))
		if i < tables {
			f.count[i] = int(n)
			n *= int64(entrySize(i, f.idLen))
		}
		if body += n; body > size {
			return wrong("its tables are longer than it is")
		}
		length[i] = int(n)
	}
	blocks := (body + blockSize - 1) / blockSize
	end := fixedSize + int64(f.idLen) + blocks*sumSize
	if end+sumSize+body != size {
		return wrong("its tables")
	}
	if end += sumSize; end > int64(len(data)) {
		if err := need(end); err != nil {
			return nil, err
		}
	}
	f.top = data[:end:end]
	end -= sumSize
	if crc32.Checksum(data[:end], castagnoli) != little.Uint32(data[end:]) {
		return wrong("its head is damaged")
	}
	at := 0
	for _, i := range bodyOrder {
		f.first[i], f.past[i] = at, at+length[i]
		at += length[i]
	}
	f.head = Head{Tip: hex.EncodeToString(data[fixedSize : fixedSize+f.idLen]), IgnoreSpace: flags>>8 == 1, MaxBlob: maxBlob}
	f.body.sums, f.body.from, f.body.at, f.body.size = data[fixedSize+f.idLen:end], r, end+sumSize, int(body)
	return f, nil
}

// begin reads what is always read.
func (f *File) begin() error {
	if err := f.body.begin(f.past[pathArea]); err != nil {
		return err
	}
	all, err := f.body.bytes(0, f.past[pathArea])
	if err != nil {
		return err
	}
	ids := func(table int) (list []string) {
		for i := f.first[table]; i < f.past[table]; i += f.idLen {
			list = append(list, hex.EncodeToString(all[i:i+f.idLen]))
		}
		return list
	}
	f.head.Ignored, f.head.Edge = ids(ignoredTable), ids(edgeTable)
	f.files, f.paths = all[f.first[fileTable]:f.past[fileTable]], all[f.first[pathArea]:]
	var before [3]uint32
	limits := [3]int{len(f.paths), f.past[nameArea] - f.first[nameArea], f.past[runArea] - f.first[runArea]}
	for i := range f.Len() {
		e := f.entry(i)[f.idLen:]
		for k := range before {
			end := little.Uint32(e[4*k:])
			if end < before[k] || int64(end) > int64(limits[k]) {
				return fmt.Errorf("%w: an end out of order", ErrFormat)
			}
			before[k] = end
		}
	}
	for k := range before {
		if int(before[k]) != limits[k] {
			return fmt.Errorf("%w: what belongs to no file", ErrFormat)
		}
	}
	if f.past[nameArea]%4 != f.first[nameArea]%4 {
		return fmt.Errorf("%w: its lists of commits", ErrFormat)
	}
	return nil
}

// Head returns what the owners were found with. Its lists are not to be changed.
func (f *File) Head() Head { return f.head }

// Bytes returns all of the file, checked. It is not to be changed.
func (f *File) Bytes() ([]byte, error) {
	if raw := f.raw.Load(); raw != nil {
		return *raw, nil
	}
	raw, err := f.body.all(f.top)
	if err != nil {
		return nil, err
	}
	f.raw.Store(&raw)
	return raw, nil
}

// Len returns how many files of the repository there are.
func (f *File) Len() int { return f.count[fileTable] }

// Commits returns how many commits own lines.
func (f *File) Commits() int { return f.count[commitTable] }

func (f *File) entry(i int) []byte {
	n := f.idLen + 12
	return f.files[i*n : (i+1)*n]
}

// span returns where something of a file is in its area.
func (f *File) span(i, end int) (from, to int) {
	if i > 0 {
		from = int(little.Uint32(f.entry(i - 1)[f.idLen+end:]))
	}
	return from, int(little.Uint32(f.entry(i)[f.idLen+end:]))
}

func (f *File) path(i int) []byte {
	from, to := f.span(i, pathEnd)
	return f.paths[from:to]
}

// Path returns the path of a file, by its number.
func (f *File) Path(i int) string { return string(f.path(i)) }

// Blob returns the id of its content.
func (f *File) Blob(i int) string { return hex.EncodeToString(f.entry(i)[:f.idLen]) }

// Find returns the number of a file. Files are in the order of their paths.
func (f *File) Find(path string) (int, bool) {
	key := []byte(path)
	return sort.Find(f.Len(), func(i int) int { return bytes.Compare(key, f.path(i)) })
}

// part returns something of a file out of an area.
func (f *File) part(area, i, end int) ([]byte, error) {
	from, to := f.span(i, end)
	return f.body.bytes(f.first[area]+from, f.first[area]+to)
}

// Runs returns the owners of the lines of a file.
func (f *File) Runs(i int) ([]Run, error) {
	names, err := f.part(nameArea, i, nameEnd)
	if err != nil {
		return nil, err
	}
	raw, err := f.part(runArea, i, runEnd)
	if err != nil {
		return nil, err
	}
	wrong := func() ([]Run, error) { return nil, fmt.Errorf("%w: owners of %q", ErrFormat, f.path(i)) }
	if len(names)%4 != 0 {
		return wrong()
	}
	runs := make([]Run, 0, len(raw)/2)
	next, total := uint64(1), uint64(0)
	for len(raw) > 0 {
		var pair [2]uint64
		for k := range pair {
			v, n := binary.Uvarint(raw)
			if n <= 0 || n > 1 && raw[n-1] == 0 { // not the shortest
				return wrong()
			}
			pair[k], raw = v, raw[n:]
		}
		name, lines := pair[0], pair[1]
		if name > next || lines == 0 || lines > 1<<30 {
			return wrong()
		}
		if total += lines; total > 1<<30 {
			return wrong()
		}
		if name == next { // commits are named as they come
			next++
		}
		owner := Unknown
		if name > 0 {
			if name > uint64(len(names)/4) { // #nosec G115 -- a length
				return wrong()
			}
			n := little.Uint32(names[4*(name-1):])
			if int64(n) >= int64(f.Commits()) {
				return wrong()
			}
			owner = int32(n) // #nosec G115 -- less than the count
		}
		if len(runs) > 0 && runs[len(runs)-1].Commit == owner { // neighbours differ
			return wrong()
		}
		runs = append(runs, Run{owner, int(lines)}) // #nosec G115 -- checked
	}
	if next-1 != uint64(len(names)/4) { // #nosec G115 -- a length
		return wrong()
	}
	return runs, nil
}

// Lines returns how many lines all files have together.
func (f *File) Lines() (n int64, err error) {
	raw, err := f.body.bytes(f.first[runArea], f.past[runArea])
	if err != nil {
		return 0, err
	}
	for len(raw) > 0 {
		_, name := binary.Uvarint(raw)
		lines, size := binary.Uvarint(raw[max(name, 0):])
		if name <= 0 || size <= 0 || lines > 1<<30 {
			return 0, fmt.Errorf("%w: numbers of lines", ErrFormat)
		}
		n, raw = n+int64(lines), raw[name+size:]
	}
	return n, nil
}
