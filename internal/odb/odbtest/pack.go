package odbtest

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1" // #nosec G505 -- what names objects
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Types of the entries of a pack (gitformat-pack(5), "Object types").
const (
	Commit      = 1
	Tree        = 2
	Blob        = 3
	Tag         = 4
	OffsetDelta = 6
)

var types = map[string]byte{"commit": Commit, "tree": Tree, "blob": Blob, "tag": Tag}

// ID returns the name of an object.
func ID(kind, data string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", kind, len(data), data)) // #nosec G401
	return hex.EncodeToString(sum[:])
}

// Entry returns an entry of a tree.
func Entry(mode, name, id string) string {
	raw, _ := hex.DecodeString(id) // a wrong id makes a wrong tree
	return mode + " " + name + "\x00" + string(raw)
}

// CommitText returns the text of a commit.
func CommitText(message, tree string, parents ...string) string {
	text := "tree " + tree + "\n"
	for _, p := range parents {
		text += "parent " + p + "\n"
	}
	who := " A U Thor <author@example.com> 1700000000 +0000\n"
	return text + "author" + who + "committer" + who + "\n" + message + "\n"
}

// A Pack is a pack in the making.
type Pack struct {
	buf     bytes.Buffer
	offsets map[string]int    // by id
	sums    map[string]uint32 // CRC-32 of the entries, by id
	z       *zlib.Writer
}

// NewPack returns a pack without objects.
func NewPack() *Pack {
	p := &Pack{offsets: map[string]int{}, sums: map[string]uint32{}}
	p.buf.WriteString("PACK\x00\x00\x00\x02\x00\x00\x00\x00")
	return p
}

// Add appends an object, if it is not there yet, and returns its name.
func (p *Pack) Add(kind, data string) string {
	id := ID(kind, data)
	if _, ok := p.offsets[id]; !ok {
		p.Put(id, types[kind], uint64(len(data)), p.deflate(data))
	}
	return id
}

// AddCommit appends a commit.
func (p *Pack) AddCommit(message, tree string, parents ...string) string {
	return p.Add("commit", CommitText(message, tree, parents...))
}

// Lie appends an object under a name that is not its own.
func (p *Pack) Lie(id, kind, data string) {
	p.Put(id, types[kind], uint64(len(data)), p.deflate(data))
}

// Append appends a delta that puts a suffix of up to 127 bytes behind a base of up to 64 KiB, which is in the pack already and has size
// bytes.
func (p *Pack) Append(id, base string, size int, suffix string) {
	d := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(size)), uint64(size+len(suffix)))
	d = append(d, 0x80|0x10|0x20, byte(size), byte(size>>8), byte(len(suffix)))
	p.Delta(id, base, append(d, suffix...))
}

// Delta appends any delta against a base that is in the pack already.
func (p *Pack) Delta(id, base string, delta []byte) {
	n := p.buf.Len() - p.offsets[base]
	back := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		back = append([]byte{byte(n&0x7f) | 0x80}, back...)
	}
	p.Put(id, OffsetDelta, uint64(len(delta)), append(back, p.deflate(string(delta))...))
}

// Put appends an entry that claims a name, a type and a size.
func (p *Pack) Put(id string, kind byte, size uint64, rest []byte) {
	p.offsets[id] = p.buf.Len()
	c := kind<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		p.buf.WriteByte(c | 0x80)
		c = byte(size & 0x7f)
	}
	p.buf.WriteByte(c)
	p.buf.Write(rest)
	p.sums[id] = crc32.ChecksumIEEE(p.buf.Bytes()[p.offsets[id]:])
}

func (p *Pack) deflate(data string) []byte {
	var b bytes.Buffer
	if p.z == nil {
		p.z, _ = zlib.NewWriterLevel(nil, zlib.BestSpeed) // there is such a level
	}
	p.z.Reset(&b)
	_, _ = p.z.Write([]byte(data)) // to memory
	_ = p.z.Close()
	return b.Bytes()
}

// Write writes the pack and its index into an object directory, and returns the path of the pack.
func (p *Pack) Write(objects string) (string, error) {
	pack := p.buf.Bytes()
	binary.BigEndian.PutUint32(pack[8:], uint32(len(p.offsets)))
	sum := sha1.Sum(pack) // #nosec G401
	pack = append(pack, sum[:]...)
	dir := filepath.Join(objects, "pack")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(dir, fmt.Sprintf("pack-%x.pack", sum))
	if err := os.WriteFile(path, pack, 0o444); err != nil {
		return "", err
	}
	return path, os.WriteFile(strings.TrimSuffix(path, "pack")+"idx", p.index(sum), 0o444)
}

// index returns an index of version 2 (gitformat-pack(5)).
func (p *Pack) index(pack [sha1.Size]byte) []byte {
	ids := make([]string, 0, len(p.offsets))
	for id := range p.offsets {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	idx := []byte("\377tOc\x00\x00\x00\x02")
	n := 0
	for fan := range 256 {
		for n < len(ids) && ids[n][:2] <= fmt.Sprintf("%02x", fan) {
			n++
		}
		idx = binary.BigEndian.AppendUint32(idx, uint32(n))
	}
	for _, id := range ids {
		raw, _ := hex.DecodeString(id)
		idx = append(idx, raw...)
	}
	for _, id := range ids {
		idx = binary.BigEndian.AppendUint32(idx, p.sums[id])
	}
	for _, id := range ids {
		idx = binary.BigEndian.AppendUint32(idx, uint32(p.offsets[id]))
	}
	idx = append(idx, pack[:]...)
	own := sha1.Sum(idx) // #nosec G401
	return append(idx, own[:]...)
}
