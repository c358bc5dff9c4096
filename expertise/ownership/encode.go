package ownership

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"

	"github.com/refward/refward/internal/durable"
)

// The layout of the file is in docs/ownership-format.md.
const (
	magic      = "RFWOWN\r\n" // a transfer that changes line ends is noticed
	version    = 2
	headerSize = 52
	checkSize  = 4
)

// Tables of the file, each of entries of one size.
const (
	ignoredTable = iota
	edgeTable
	fileTable
	commitTable
	stringTable
	tables
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entrySize returns the size in bytes of the entries of a table, for ids of n bytes.
func entrySize(table, n int) int {
	return [tables]int{n, n, n + 8, n + 32, 4}[table]
}

// Bytes returns the index as its file has it. Indexes with the same owners have the same bytes, however they were made.
func (x *Index) Bytes() ([]byte, error) {
	if x.stored != nil {
		return x.stored.data, nil
	}
	idLen := len(x.tip) / 2
	var ids idWriter
	tip := ids.append(nil, x.tip, idLen)
	var tableBytes [tables][]byte
	tableBytes[fileTable] = make([]byte, 0, len(x.files)*entrySize(fileTable, idLen))
	tableBytes[commitTable] = make([]byte, 0, len(x.owners)*entrySize(commitTable, idLen))
	for _, id := range x.o.IgnoreRevs {
		tableBytes[ignoredTable] = ids.append(tableBytes[ignoredTable], id, idLen)
	}
	for _, id := range x.edge {
		tableBytes[edgeTable] = ids.append(tableBytes[edgeTable], id, idLen)
	}
	var paths, runs, text []byte
	for _, f := range x.files {
		paths = append(paths, f.path...)
		for _, r := range f.runs {
			runs = binary.AppendUvarint(runs, uint64(r.Commit+1)) // #nosec G115 -- -1 and more
			runs = binary.AppendUvarint(runs, uint64(r.Lines))    // #nosec G115 -- 1 and more
		}
		t := ids.append(tableBytes[fileTable], f.blob, idLen)
		t = binary.LittleEndian.AppendUint32(t, uint32(len(paths)))                    // #nosec G115 -- checked below
		tableBytes[fileTable] = binary.LittleEndian.AppendUint32(t, uint32(len(runs))) // #nosec G115 -- likewise
	}
	numbers := make([]uint32, len(x.texts)) // in the file, from 1
	used := uint32(0)
	number := func(t uint32) uint32 {
		if numbers[t] == 0 {
			used++
			numbers[t] = used
			text = append(text, x.texts[t]...)
			tableBytes[stringTable] = binary.LittleEndian.AppendUint32(tableBytes[stringTable], uint32(len(text))) // #nosec G115 -- checked below
		}
		return numbers[t] - 1
	}
	for i := range x.owners {
		o := &x.owners[i]
		if len(o.id) != idLen {
			return nil, fmt.Errorf("index of owners: id %x is not as long as the others", o.id)
		}
		t := append(tableBytes[commitTable], o.id...)
		for _, s := range [2]signed{o.author, o.committer} {
			t = binary.LittleEndian.AppendUint32(t, number(s.name))
			t = binary.LittleEndian.AppendUint32(t, number(s.mail))
			t = binary.LittleEndian.AppendUint64(t, uint64(s.when)) // #nosec G115 -- read back the same way
		}
		tableBytes[commitTable] = t
	}
	if ids.err != nil {
		return nil, fmt.Errorf("index of owners: %w", ids.err)
	}
	size := headerSize + idLen + len(paths) + len(runs) + len(text) + checkSize
	for _, t := range tableBytes {
		size += len(t)
	}
	if size > math.MaxUint32 {
		return nil, fmt.Errorf("index of owners: %d bytes are more than its file can have", size)
	}
	data := make([]byte, 0, size)
	data = append(data, magic...)
	data = binary.LittleEndian.AppendUint32(data, version)
	flags := uint32(idLen) // #nosec G115 -- 20 or 32
	if x.o.IgnoreSpace {
		flags |= 1 << 8
	}
	data = binary.LittleEndian.AppendUint32(data, flags)
	data = binary.LittleEndian.AppendUint64(data, uint64(size))
	data = binary.LittleEndian.AppendUint64(data, uint64(x.o.MaxBlob)) // #nosec G115 -- more than 0
	for i, t := range tableBytes {
		data = binary.LittleEndian.AppendUint32(data, uint32(len(t)/entrySize(i, idLen))) // #nosec G115 -- less than size
	}
	data = append(data, tip...)
	for _, t := range tableBytes {
		data = append(data, t...)
	}
	data = append(append(append(data, paths...), runs...), text...)
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli)), nil
}

type idWriter struct{ err error }

func (w *idWriter) append(to []byte, id string, n int) []byte {
	var text [64]byte
	var err error
	if len(id) != 2*n || n != 20 && n != 32 {
		err = errors.New("not of the length of the others")
	} else {
		to, err = hex.AppendDecode(to, text[:copy(text[:], id)])
	}
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("id %q: %w", id, err)
	}
	return to
}

// Write puts the index into a file, whose directory it makes. Who reads meanwhile sees the old file or the new one, whole.
func (x *Index) Write(path string) error {
	data, err := x.Bytes()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("directory of the index: %w", err)
	}
	return durable.Replace(path, data, 0o640)
}
