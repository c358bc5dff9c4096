package ownership

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
)

// FuzzFile: no bytes make reading panic, and what is loaded as a whole is written as it was read.
func FuzzFile(f *testing.F) {
	id := func(c string) string { return string(bytes.Repeat([]byte(c), 40)) }
	who := signed{0, 1, 1_700_000_000}
	for _, x := range []*Index{
		{tip: id("1"), o: Options{MaxBlob: 1}},
		{tip: id("1"), o: Options{MaxBlob: 5, IgnoreSpace: true, IgnoreRevs: []string{id("4")}}, owners: []owner{{strings.Repeat("2", 20), who, who}}, texts: []string{"A", "a@example.com"},
			files: []file{{"a", id("3"), []Run{{0, 2}, {-1, 300}}}, {"b\n", id("5"), nil}}},
	} {
		data, err := x.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= headerSize+checkSize { // the fuzzer does not guess these
			binary.LittleEndian.PutUint64(data[16:], uint64(len(data)))
			binary.LittleEndian.PutUint32(data[len(data)-checkSize:], crc32.Checksum(data[:len(data)-checkSize], castagnoli))
		}
		x, err := parse(data)
		if err != nil {
			return
		}
		for _, p := range x.Paths() {
			_, _, _ = x.Lines(p)
			_ = x.Blob(p)
		}
		for i := range x.Commits() {
			_, _ = x.Commit(int32(i))
		}
		whole, err := x.whole()
		if err != nil {
			return
		}
		again, err := whole.Bytes()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("written otherwise: %v", err)
		}
	})
}
