//go:build unix

package gitio

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// store writes objects into a directory: loose, as packs, or both.
func (l *layout) store(place string, ids []string) {
	if err := os.MkdirAll(filepath.Join(l.objectDir(place), "pack"), 0o755); err != nil {
		l.t.Fatal(err)
	}
	l.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	packed := len(ids) * []int{0, 9, 9, 10, 10, 10, 10}[l.IntN(7)] / 10 // files are dear
	if packed > 0 {
		l.has["pack"] = true
		l.with("GIT_OBJECT_DIRECTORY="+l.objectDir(place)).gitIn(l.pack(ids[:packed]), "-c", "core.fsync=none", "index-pack", "--stdin")
	}
	for _, id := range ids[packed:] {
		l.has["loose object"] = true
		o := l.objects[id]
		var data bytes.Buffer
		l.deflate(&data, append(fmt.Appendf(nil, "%s %d\x00", o.kind, len(o.data)), o.data...))
		l.write(filepath.Join(place, id[:2], id[2:]), data.String())
	}
}

// deflate compresses. A new writer for each object would cost more than all the rest.
func (l *layout) deflate(b *bytes.Buffer, data []byte) {
	if l.z == nil {
		l.z = zlib.NewWriter(b)
	}
	l.z.Reset(b)
	_, _ = l.z.Write(data)
	_ = l.z.Close()
}

// pack writes a pack (gitformat-pack(5)). Some objects are deltas of an earlier one, by its place or by its id.
func (l *layout) pack(ids []string) string {
	var b bytes.Buffer
	b.WriteString("PACK\x00\x00\x00\x02")
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(ids))))
	offsets := map[string]int{}
	last := map[string]string{} // by kind
	for _, id := range ids {
		o := l.objects[id]
		at := b.Len()
		base, any := last[o.kind]
		last[o.kind], offsets[id] = id, at
		delta := deltaOf(l.objects[base].data, o.data)
		any = any && len(delta) >= 4 // git refuses shorter ones (delta.h)
		switch {
		case any && l.one(3):
			packHeader(&b, 6, len(delta))
			back := at - offsets[base]
			where := []byte{byte(back & 0x7f)}
			for back >>= 7; back > 0; back >>= 7 {
				back--
				where = slices.Insert(where, 0, byte(back&0x7f|0x80))
			}
			b.Write(where)
			l.deflate(&b, delta)
		case any && l.one(3):
			packHeader(&b, 7, len(delta))
			raw, _ := hex.DecodeString(base)
			b.Write(raw)
			l.deflate(&b, delta)
		default:
			packHeader(&b, map[string]int{"commit": 1, "tree": 2, "blob": 3, "tag": 4}[o.kind], len(o.data))
			l.deflate(&b, o.data)
		}
	}
	sum := sha1.Sum(b.Bytes())
	b.Write(sum[:])
	return b.String()
}

func packHeader(b *bytes.Buffer, kind, size int) {
	c := byte(kind<<4 | size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b.WriteByte(c | 0x80)
		c = byte(size & 0x7f)
	}
	b.WriteByte(c)
}

// deltaOf says how to make one text of another: what both begin with, new bytes, what both end with.
func deltaOf(old, new []byte) []byte {
	head := 0
	for head < min(len(old), len(new)) && old[head] == new[head] {
		head++
	}
	tail := 0
	for tail < min(len(old), len(new))-head && old[len(old)-1-tail] == new[len(new)-1-tail] {
		tail++
	}
	delta := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(old))), uint64(len(new)))
	copyFrom := func(at, n int) {
		for n > 0 {
			size := min(n, 0xffff)
			delta = append(delta, 0x80|0x0f|0x30, byte(at), byte(at>>8), byte(at>>16), byte(at>>24), byte(size), byte(size>>8))
			at, n = at+size, n-size
		}
	}
	copyFrom(0, head)
	for middle := new[head : len(new)-tail]; len(middle) > 0; {
		n := min(len(middle), 127)
		delta = append(append(delta, byte(n)), middle[:n]...)
		middle = middle[n:]
	}
	copyFrom(len(old)-tail, tail)
	return delta
}
