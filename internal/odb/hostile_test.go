package odb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// refuses reads an object in every way and wants each to end in an error that says so, without much memory.
func refuses(t *testing.T, objects string, id ID, want string) {
	t.Helper()
	for _, noMap := range []bool{false, true} {
		s := open(t, Options{noMap: noMap, MaxSize: 64 << 20}, objects)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, data, err := s.Read(id, -1)
		runtime.ReadMemStats(&after)
		if err == nil || data != nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "odb: ") {
			t.Errorf("Read: %v; want an error with %q", err, want)
		}
		if errors.Is(err, ErrNotFound) {
			t.Errorf("Read: %v is ErrNotFound", err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
			t.Errorf("Read took %d bytes of memory", used)
		}
		r, _, _, err := s.Reader(id)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			r.Close()
		}
		if err == nil {
			t.Error("Reader: no error")
		}
		_, _, _ = s.Info(id) // it may know; it must not panic
	}
}

func TestHostileEntries(t *testing.T) {
	hello := deflate([]byte("hello"))
	target := idOf(Blob, []byte("hello world"))
	bomb := deflate(make([]byte, 3<<20))
	for _, c := range []struct {
		name  string
		build func(w *packWriter)
		want  string
	}{
		{"type 0", func(w *packWriter) { w.add(target, 0, 5, hello) }, "type 0"},
		{"type 5", func(w *packWriter) { w.add(target, 5, 5, hello) }, "type 5"},
		{"size of 1 TiB", func(w *packWriter) { w.add(target, Blob, 1<<40, hello) }, "bytes"},
		{"size of 60 MiB in 13 bytes", func(w *packWriter) { w.add(target, Blob, 60<<20, hello) }, "declares more"},
		{"size of more than 63 bits", func(w *packWriter) { w.add(target, Blob, 1<<63, hello) }, "63 bits"},
		{"size without end", func(w *packWriter) {
			w.add(target, Blob, 5)
			w.Truncate(w.Len() - 1)
			w.Write(bytes.Repeat([]byte{0xff}, 40))
		}, "63 bits"},
		{"longer than declared", func(w *packWriter) { w.add(target, Blob, 4, hello) }, "more bytes than it declares"},
		{"shorter than declared", func(w *packWriter) { w.add(target, Blob, 6, hello) }, "unexpected EOF"},
		{"bomb", func(w *packWriter) { w.add(target, Blob, 100, bomb) }, "more bytes than it declares"},
		{"bad checksum", func(w *packWriter) { w.add(target, Blob, 5, hello[:len(hello)-1], []byte{0}) }, "checksum"},
		{"no zlib", func(w *packWriter) { w.add(target, Blob, 5, []byte("hello, I am plain")) }, "header"},
		{"preset dictionary", func(w *packWriter) { w.add(target, Blob, 5, []byte{0x78, 0xbb, 0, 0, 0, 1}, hello[2:]) }, "dictionary"},
		{"content cut off", func(w *packWriter) { w.add(target, Blob, 5, hello[:4]) }, "unexpected EOF"},
		{"head cut off", func(w *packWriter) { w.add(target, Blob, 1<<20); w.Truncate(w.Len() - 1) }, "unexpected EOF"},
		{"other content", func(w *packWriter) { w.add(target, Blob, 5, hello) }, "hashes to"},
		{"other kind", func(w *packWriter) { w.add(target, Tag, 11, deflate([]byte("hello world"))) }, "hashes to"},
		{"outside", func(w *packWriter) { w.blob("x"); w.add(target, Blob, 5); w.offsets[target] = 1 << 20 }, "outside the pack"},
		{"in the pack's head", func(w *packWriter) { w.add(target, Blob, 5, hello); w.offsets[target] = 3 }, "outside the pack"},
		{"in the pack's trailer", func(w *packWriter) { w.add(target, Blob, 5, hello); w.offsets[target] = int64(w.Len()) }, "outside the pack"},
		{"64-bit offset outside its table", func(w *packWriter) { w.add(target, Blob, 5, hello); w.offsets[target] = 1 << 31 }, "64-bit offsets"},

		{"base before the pack", func(w *packWriter) { w.add(target, offsetDelta, 5, back(1<<20), hello) }, "before it"},
		{"base in the pack's head", func(w *packWriter) { w.blob("x"); w.add(target, offsetDelta, 5, back(int64(w.Len())-3), hello) }, "before it"},
		{"base at no distance", func(w *packWriter) { w.add(target, offsetDelta, 5, []byte{0}, hello) }, "against itself"},
		{"distance of more than 63 bits", func(w *packWriter) { w.add(target, offsetDelta, 5, bytes.Repeat([]byte{0xff}, 15), hello) }, "63 bits"},
		{"base missing", func(w *packWriter) { w.add(target, nameDelta, 5, bytes.Repeat([]byte{7}, 20), hello) }, "is missing"},
		{"base is itself", func(w *packWriter) { w.add(target, nameDelta, 5, target[:], hello) }, "against each other"},
		{"cycle", func(w *packWriter) {
			ids := []ID{target, {1}, {2}, {3}, {4}}
			for i, id := range ids {
				next := ids[max(2, (i+1)%len(ids))] // the first two lead into the cycle
				w.add(id, nameDelta, 5, next[:], hello)
			}
		}, "against each other"},
		{"delta of 1 TiB", delta1(func(base int) []byte { return append(varint(uint64(base)), varint(1<<40)...) }), "too large"},
		{"delta that declares 60 MiB", delta1(func(base int) []byte {
			return append(append(varint(uint64(base)), varint(60<<20)...), 0x90, 5)
		}), "does not make"},
		{"delta of more than 63 bits", delta1(func(base int) []byte { return append(varint(uint64(base)), varint(1<<63)...) }), "63 bits"},
		{"delta without sizes", delta1(func(int) []byte { return []byte{0x85} }), "truncated"},
		{"empty delta", delta1(func(int) []byte { return nil }), "truncated"},
		{"delta with another base", delta1(func(base int) []byte { return appending(base+1, "x") }), "its base has"},
		{"copy beyond the base", delta1(func(base int) []byte { return []byte{byte(base), 10, 0x91, 5, 10} }), "copies bytes"},
		{"copy cut off", delta1(func(base int) []byte { return []byte{byte(base), 10, 0xff, 5, 10} }), "truncated"},
		{"insertion cut off", delta1(func(base int) []byte { return []byte{byte(base), 10, 10, 'x'} }), "truncated"},
		{"unknown instruction", delta1(func(base int) []byte { return []byte{byte(base), 10, 0} }), "unknown instruction"},
		{"too much", delta1(func(base int) []byte { return []byte{byte(base), 1, 2, 'x', 'y'} }), "does not make"},
		{"delta longer than declared", func(w *packWriter) {
			off := w.add(ID{9}, Blob, 5, hello)
			w.add(target, offsetDelta, 2, back(int64(w.Len())-off), deflate(appending(5, "x")))
		}, "more bytes than it declares"},
		{"huge delta", func(w *packWriter) {
			off := w.add(ID{9}, Blob, 5, hello)
			w.add(target, offsetDelta, 1<<40, back(int64(w.Len())-off), deflate(appending(5, "x")))
		}, "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newPackWriter()
			c.build(w)
			objects := t.TempDir()
			w.write(t, objects)
			refuses(t, objects, target, c.want)
		})
	}
}

// delta1 builds a pack with a delta against a blob of five bytes.
func delta1(make func(base int) []byte) func(w *packWriter) {
	return func(w *packWriter) {
		w.blob("hello")
		d := make(5)
		w.add(idOf(Blob, []byte("hello world")), offsetDelta, uint64(len(d)), back(int64(w.Len())-packHead), deflate(d))
	}
}

func TestHostileFiles(t *testing.T) {
	good := func(t *testing.T) (string, ID, string) {
		w := newPackWriter()
		id := w.blob("hello")
		for i := range 10 {
			w.blob(fmt.Sprint(i))
		}
		objects := t.TempDir()
		return objects, id, w.write(t, objects)
	}
	change := func(name string, f func([]byte) []byte) func(t *testing.T, pack string) {
		return func(t *testing.T, pack string) {
			if name == "idx" {
				pack = strings.TrimSuffix(pack, ".pack") + ".idx"
			}
			data, err := os.ReadFile(pack)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, pack, f(data))
		}
	}
	put := func(off int, b ...byte) func([]byte) []byte {
		return func(data []byte) []byte { copy(data[off:], b); return data }
	}
	cut := func(n int) func([]byte) []byte { return func(data []byte) []byte { return data[:len(data)-n] } }
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, pack string)
		want   string
		is     error
	}{
		{"pack truncated", change("pack", cut(1)), "truncated", nil},
		{"pack almost gone", change("pack", cut(1<<30)), "", nil},
		{"pack version 4", change("pack", put(4, 0, 0, 0, 4)), "pack version 4", ErrUnsupported},
		{"no pack", change("pack", put(0, 'X')), "no pack", nil},
		{"another count", change("pack", put(8, 0, 0, 1)), "its index", nil},
		{"index truncated", change("idx", cut(1)), "the index has", nil},
		{"index empty", change("idx", func([]byte) []byte { return nil }), "truncated", nil},
		{"index version 3", change("idx", put(4, 0, 0, 0, 3)), "index version 3", ErrUnsupported},
		{"fan-out decreases", change("idx", put(8, 0xff)), "decreases", nil},
		{"fan-out beyond the file", change("idx", put(8+255*4, 0xff, 0xff, 0xff, 0xff)), "the index has", nil},
		{"index of another pack", change("idx", func(d []byte) []byte { d[len(d)-30]++; return d }), "another index", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "pack almost gone" {
				c.damage = change("pack", func(d []byte) []byte { return d[:15] })
			}
			objects, _, pack := good(t)
			c.damage(t, pack)
			_, err := Open([]string{objects}, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "odb: pack "+pack) {
				t.Errorf("Open: %v; want an error with %q", err, c.want)
			}
			if errors.Is(err, ErrUnsupported) != (c.is != nil) {
				t.Errorf("Open: %v: is ErrUnsupported?", err)
			}
		})
	}
	t.Run("pack or index missing", func(t *testing.T) { // as while git repacks
		objects, id, pack := good(t)
		moved := pack + ".moved"
		if err := os.Rename(pack, moved); err != nil {
			t.Fatal(err)
		}
		s := open(t, Options{}, objects)
		if has, err := s.Has(id); has || err != nil {
			t.Error(has, err)
		}
		if err := os.Rename(moved, pack); err != nil {
			t.Fatal(err)
		}
		if has, err := s.Has(id); !has || err != nil {
			t.Error(has, err)
		}
	})
	t.Run("pack shrinks while it is mapped", func(t *testing.T) {
		objects, _, _ := good(t)
		w := newPackWriter()
		blob := w.blob(strings.Repeat("some text ", 10) + string(bytes.Repeat([]byte{0, 1, 2, 3}, 100)))
		for i := range 3000 {
			w.blob(fmt.Sprintf("filling %d", i*i))
		}
		last := w.blob("the last")
		pack := w.write(t, objects)
		s := open(t, Options{}, objects)
		if (*s.packs.Load())[0].file.data == nil {
			t.Fatal("the pack is not mapped, so that nothing can fault")
		}
		if err := os.Truncate(pack, 4096); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Read(last, -1); err == nil || !strings.Contains(err.Error(), "shrunk") {
			t.Errorf("beyond the end: %v", err)
		}
		if _, _, err := s.Read(blob, -1); err != nil {
			t.Errorf("before the end: %v", err)
		}
	})
}

func TestSHA256(t *testing.T) {
	f := newFixture(t, "--object-format=sha256")
	f.history(1, 5, 3, 500)
	loose := open(t, Options{}, f.objects())
	var err error
	for _, err = range loose.Objects(f.objects()) {
		if err != nil {
			break
		}
	}
	if !errors.Is(err, ErrUnsupported) {
		t.Errorf("loose objects: %v", err)
	}
	f.git("", "repack", "-qad")
	for _, version := range []string{"1", "2", "2,0x40"} {
		f.git("", "index-pack", "--index-version="+version, f.packs()[0])
		if _, err := Open([]string{f.objects()}, Options{}); !errors.Is(err, ErrUnsupported) {
			t.Errorf("index version %s: %v", version, err)
		}
	}
	if _, err := Open([]string{f.objects()}, Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("packs: %v", err)
	}
	if _, err := ParseID(strings.Repeat("a", 64)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("id: %v", err)
	}
	for _, bad := range []string{"", "a", strings.Repeat("g", 40), strings.Repeat("a", 41)} {
		if _, err := ParseID(bad); err == nil || errors.Is(err, ErrUnsupported) {
			t.Errorf("ParseID(%q): %v", bad, err)
		}
	}
}

func TestHostileLoose(t *testing.T) {
	target := idOf(Blob, []byte("hello"))
	good := deflate([]byte("blob 5\x00hello"))
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "unexpected EOF"},
		{"no zlib", []byte("blob 5\x00hello"), "header"},
		{"truncated", good[:len(good)-6], "unexpected EOF"},
		{"garbage after it", append(bytes.Clone(good), 'x'), "garbage"},
		{"bad checksum", append(bytes.Clone(good[:len(good)-1]), 0), "checksum"},
		{"unknown type", deflate([]byte("blub 5\x00hello")), "begins with"},
		{"no size", deflate([]byte("blob \x00hello")), "begins with"},
		{"leading zero", deflate([]byte("blob 05\x00hello")), "size"},
		{"sign", deflate([]byte("blob +5\x00hello")), "size"},
		{"size of 1 TiB", deflate([]byte("blob 1099511627776\x00hello")), "declares more"},
		{"size beyond 63 bits", deflate([]byte("blob 9999999999999999999999\x00hello")), "size"},
		{"endless head", deflate([]byte("blob 5" + strings.Repeat("5", 100))), "type and a size"},
		{"shorter", deflate([]byte("blob 6\x00hello")), "unexpected EOF"},
		{"longer", deflate([]byte("blob 4\x00hello")), "more bytes"},
		{"bomb", deflate(append([]byte("blob 4\x00"), make([]byte, 3<<20)...)), "more bytes"},
		{"other content", deflate([]byte("blob 5\x00hallo")), "hashes to"},
		{"other kind", deflate([]byte("tree 5\x00hello")), "hashes to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			objects := t.TempDir()
			name := target.String()
			writeFile(t, filepath.Join(objects, name[:2], name[2:]), c.file)
			refuses(t, objects, target, c.want)
		})
	}
	t.Run("large", func(t *testing.T) { // too large to be read at once
		noise := make([]byte, maxPooled+1000)
		r := rand.New(rand.NewPCG(4, 4))
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		id := idOf(Blob, noise)
		name := id.String()
		file := deflate(append(fmt.Appendf(nil, "blob %d\x00", len(noise)), noise...))
		for _, c := range []struct {
			file []byte
			want string
		}{{file, ""}, {file[:len(file)-1], "unexpected EOF"}, {append(file, 'x'), "garbage"}} {
			objects := t.TempDir()
			writeFile(t, filepath.Join(objects, name[:2], name[2:]), c.file)
			kind, data, err := open(t, Options{}, objects).Read(id, -1)
			if c.want == "" && (err != nil || kind != Blob || !bytes.Equal(data, noise)) {
				t.Errorf("Read: %v, %d bytes, %v", kind, len(data), err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("Read: %v; want an error with %q", err, c.want)
			}
		}
	})
	t.Run("folder", func(t *testing.T) {
		objects := t.TempDir()
		name := target.String()
		if err := os.MkdirAll(filepath.Join(objects, name[:2], name[2:]), 0o777); err != nil {
			t.Fatal(err)
		}
		refuses(t, objects, target, "regular")
	})
}
