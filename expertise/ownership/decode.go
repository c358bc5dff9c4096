package ownership

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"sort"
	"time"
)

// ErrFormat says that a file is no index of owners, or is damaged, or of another version. It is to be built anew.
var ErrFormat = errors.New("not an index of owners")

// maxFile is the size in bytes of the largest file that is read.
const maxFile = 1 << 30

// A stored index is the bytes of a file, of which only what is asked for is decoded.
type stored struct {
	data    []byte
	idLen   int
	count   [tables]int
	table   [tables][]byte
	pathRaw []byte
	runRaw  []byte
	textRaw []byte
}

// Open reads an index. The error is ErrFormat where there is a file and it is not one that Write wrote, whole; fs.ErrNotExist where there is none.
func Open(path string) (*Index, error) {
	f, err := os.Open(path) // #nosec G304 -- the caller's own
	if err != nil {
		return nil, fmt.Errorf("index of owners: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("index of owners: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %w: %s of %d bytes", path, ErrFormat, info.Mode(), info.Size())
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(ErrFormat, err))
	}
	x, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return x, nil
}

// parse checks that data are whole and takes them apart into tables.
func parse(data []byte) (*Index, error) {
	wrong := func(what string) (*Index, error) { return nil, fmt.Errorf("%w: %s", ErrFormat, what) }
	if len(data) < headerSize+checkSize || string(data[:8]) != magic {
		return wrong("it begins otherwise")
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	if v := u32(8); v != version {
		return wrong(fmt.Sprintf("version %d", v))
	}
	if binary.LittleEndian.Uint64(data[16:]) != uint64(len(data)) {
		return wrong("its length is another")
	}
	end := len(data) - checkSize
	if crc32.Checksum(data[:end], castagnoli) != u32(end) {
		return wrong("it is damaged")
	}
	flags := u32(12)
	s := &stored{data: data, idLen: int(flags & 0xff)}
	maxBlob := int64(binary.LittleEndian.Uint64(data[24:])) // #nosec G115 -- checked
	if s.idLen != 20 && s.idLen != 32 || flags>>9 != 0 || maxBlob <= 0 {
		return wrong("its header")
	}
	rest := data[headerSize:end]
	take := func(n int) (part []byte, ok bool) {
		if n < 0 || n > len(rest) {
			return nil, false
		}
		part, rest = rest[:n:n], rest[n:]
		return part, true
	}
	tip, ok := take(s.idLen)
	for i := range s.table {
		n := int(u32(32 + 4*i))
		s.count[i] = n
		if n > len(data) {
			return wrong("a table is too long")
		}
		if ok {
			s.table[i], ok = take(n * entrySize(i, s.idLen))
		}
	}
	last := func(table, at int) int {
		if s.count[table] == 0 {
			return 0
		}
		return int(binary.LittleEndian.Uint32(s.entry(table, s.count[table]-1)[at:]))
	}
	if ok {
		s.pathRaw, ok = take(last(fileTable, s.idLen))
	}
	if ok {
		s.runRaw, ok = take(last(fileTable, s.idLen+4))
	}
	if ok {
		s.textRaw, ok = take(last(stringTable, 0))
	}
	if !ok || len(rest) > 0 {
		return wrong("its tables")
	}
	x := &Index{tip: hex.EncodeToString(tip), o: Options{IgnoreSpace: flags>>8 == 1, MaxBlob: maxBlob}, stored: s}
	for i := range s.count[ignoredTable] {
		x.o.IgnoreRevs = append(x.o.IgnoreRevs, hex.EncodeToString(s.entry(ignoredTable, i)))
	}
	for i := range s.count[edgeTable] {
		x.edge = append(x.edge, hex.EncodeToString(s.entry(edgeTable, i)))
	}
	return x, nil
}

func (s *stored) entry(table, i int) []byte {
	n := entrySize(table, s.idLen)
	return s.table[table][i*n : (i+1)*n]
}

// part returns what belongs to one entry of a table whose entries say where theirs ends.
func (s *stored) part(all []byte, table, i, at int) []byte {
	from := uint32(0)
	if i > 0 {
		from = binary.LittleEndian.Uint32(s.entry(table, i-1)[at:])
	}
	to := binary.LittleEndian.Uint32(s.entry(table, i)[at:])
	if from > to || int64(to) > int64(len(all)) {
		return nil // load refuses it
	}
	return all[from:to]
}

func (s *stored) path(i int) []byte { return s.part(s.pathRaw, fileTable, i, s.idLen) }

func (s *stored) paths() []string {
	paths := make([]string, s.count[fileTable])
	for i := range paths {
		paths[i] = string(s.path(i))
	}
	return paths
}

func (s *stored) find(path string) (int, bool) {
	return sort.Find(s.count[fileTable], func(i int) int { return bytes.Compare([]byte(path), s.path(i)) })
}

func (s *stored) blob(path string) string {
	i, ok := s.find(path)
	if !ok {
		return ""
	}
	return hex.EncodeToString(s.entry(fileTable, i)[:s.idLen])
}

func (s *stored) lines(path string) (runs []Run, ok bool, err error) {
	i, ok := s.find(path)
	if !ok {
		return nil, false, nil
	}
	runs, err = s.runs(i)
	return runs, true, err
}

func (s *stored) runs(i int) ([]Run, error) {
	raw := s.part(s.runRaw, fileTable, i, s.idLen+4)
	runs := make([]Run, 0, len(raw)/2)
	for total := uint64(0); len(raw) > 0; {
		commit, n := binary.Uvarint(raw)
		short := n == 1 || n > 1 && raw[n-1] != 0
		raw = raw[max(n, 0):]
		lines, m := binary.Uvarint(raw)
		short = short && (m == 1 || m > 1 && raw[m-1] != 0)
		raw = raw[max(m, 0):]
		total += lines
		if !short || commit > uint64(s.count[commitTable]) || lines == 0 || lines > 1<<30 || total > 1<<30 { // #nosec G115 -- a count
			return nil, fmt.Errorf("%w: owners of %q", ErrFormat, s.path(i))
		}
		runs = append(runs, Run{int32(commit) - 1, int(lines)}) // #nosec G115 -- at most the count
	}
	return runs, nil
}

func (s *stored) commit(i int) (Commit, error) {
	raw := s.entry(commitTable, i)
	c := Commit{ID: hex.EncodeToString(raw[:s.idLen])}
	for k, to := range []*Signature{&c.Author, &c.Committer} {
		n := signedAt(raw[s.idLen+16*k:])
		if int64(max(n.name, n.mail)) >= int64(s.count[stringTable]) {
			return Commit{}, fmt.Errorf("%w: names of commit %s", ErrFormat, c.ID)
		}
		to.Name = string(s.part(s.textRaw, stringTable, int(n.name), 0))
		to.Email = string(s.part(s.textRaw, stringTable, int(n.mail), 0))
		to.When = time.Unix(n.when, 0).UTC()
	}
	return c, nil
}

func signedAt(raw []byte) signed {
	return signed{binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:]), int64(binary.LittleEndian.Uint64(raw[8:]))} // #nosec G115 -- as it was written
}

// load decodes all. What Bytes would write otherwise is refused: it was not written by it.
func (s *stored) load() (*Index, error) {
	head, err := parse(s.data)
	if err != nil {
		return nil, err
	}
	wrong := func(what string) (*Index, error) { return nil, fmt.Errorf("%w: %s", ErrFormat, what) }
	if !slices.IsSorted(head.o.IgnoreRevs) || !slices.IsSorted(head.edge) {
		return wrong("ids out of order")
	}
	if !s.ascending(fileTable, s.idLen) || !s.ascending(fileTable, s.idLen+4) || !s.ascending(stringTable, 0) {
		return wrong("an end before the one before")
	}
	x := &Index{tip: head.tip, o: head.o, edge: head.edge, files: make([]file, s.count[fileTable]), owners: make([]owner, s.count[commitTable]), texts: make([]string, s.count[stringTable])}
	next := int32(0) // commits are numbered as they come
	for i := range x.files {
		runs, err := s.runs(i)
		if err != nil {
			return nil, err
		}
		for j, r := range runs {
			if r.Commit > next || j > 0 && runs[j-1].Commit == r.Commit {
				return nil, fmt.Errorf("%w: owners of %q", ErrFormat, s.path(i))
			}
			if r.Commit == next {
				next++
			}
		}
		x.files[i] = file{string(s.path(i)), hex.EncodeToString(s.entry(fileTable, i)[:s.idLen]), runs}
		if i > 0 && x.files[i-1].path >= x.files[i].path {
			return wrong("paths out of order")
		}
	}
	if int(next) != len(x.owners) {
		return wrong("commits that own nothing")
	}
	return x, s.loadOwners(x)
}

func (s *stored) loadOwners(x *Index) error {
	there := make(map[string]bool, len(x.texts))
	for i := range x.texts {
		x.texts[i] = string(s.part(s.textRaw, stringTable, i, 0))
		there[x.texts[i]] = true
	}
	if len(there) < len(x.texts) {
		return fmt.Errorf("%w: a string is there twice", ErrFormat)
	}
	all := string(s.table[commitTable]) // one for all ids
	size := entrySize(commitTable, s.idLen)
	next := uint32(0) // strings are numbered as they come, too
	for i := range x.owners {
		raw := s.entry(commitTable, i)[s.idLen:]
		o := owner{all[i*size : i*size+s.idLen], signedAt(raw), signedAt(raw[16:])}
		for _, n := range [4]uint32{o.author.name, o.author.mail, o.committer.name, o.committer.mail} {
			if n > next || int64(n) >= int64(len(x.texts)) {
				return fmt.Errorf("%w: names of commit %x", ErrFormat, o.id)
			}
			if n == next {
				next++
			}
		}
		x.owners[i] = o
	}
	if int64(next) != int64(len(x.texts)) {
		return fmt.Errorf("%w: strings that nobody names", ErrFormat)
	}
	return nil
}

// ascending reports whether each end in a table is at or after the one before.
func (s *stored) ascending(table, at int) bool {
	before := uint32(0)
	for i := range s.count[table] {
		end := binary.LittleEndian.Uint32(s.entry(table, i)[at:])
		if end < before {
			return false
		}
		before = end
	}
	return true
}
