package odb

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func FuzzIndex(f *testing.F) {
	w := newPackWriter()
	for i := range 5 {
		w.blob(fmt.Sprint(i))
	}
	idx, err := os.ReadFile(strings.TrimSuffix(w.write(f, f.TempDir()), ".pack") + ".idx")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(idx)
	f.Add(append(bytes.Clone(idx[:len(idx)-trailerSize]), make([]byte, 8+trailerSize)...))
	f.Add(make([]byte, fanoutSize+trailerSize))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := parseIndex(data)
		if err != nil {
			return
		}
		for i := range x.count {
			id := x.name(i)
			if at, ok := x.find(id); ok && x.name(at) != id {
				t.Fatalf("find(%s) finds %s", id, x.name(at))
			}
			if off, err := x.offset(i); err == nil && off < 0 {
				t.Fatalf("offset %d", off)
			}
		}
		x.find(ID{})
		x.find(ID(bytes.Repeat([]byte{0xff}, 20)))
	})
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte{0x35})
	f.Add([]byte{0xb5, 0x80, 0x01})
	f.Add(append([]byte{0x65}, back(70000)...))
	f.Add(append([]byte{0x75}, make([]byte, 20)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, n, err := parseEntry(data)
		if err != nil {
			return
		}
		if n < 1 || n > len(data) || e.size < 0 || e.kind == offsetDelta && e.back <= 0 {
			t.Fatalf("%x: %+v in %d bytes", data, e, n)
		}
		if n > maxEntryHead {
			t.Fatalf("%x: a head of %d bytes", data, n)
		}
		w := newPackWriter()
		var rest []byte
		switch e.kind {
		case offsetDelta:
			rest = back(e.back)
		case nameDelta:
			rest = e.named[:]
		}
		w.add(ID{}, e.kind, uint64(e.size), rest)
		again, _, err := parseEntry(w.Bytes()[packHead:])
		if err != nil || again != e {
			t.Fatalf("%x: %+v, then %+v, %v", data, e, again, err)
		}
	})
}

func FuzzDelta(f *testing.F) {
	f.Add([]byte("hello"), appending(5, " world"))
	f.Add([]byte("hello"), []byte{5, 7, 0x91, 1, 3, 3, 'a', 'b', 'c', 0x90, 1})
	f.Add(make([]byte, 0x10000), []byte{0x80, 0x80, 0x04, 0x80, 0x80, 0x04, 0x80})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		const limit = 1 << 20
		got, err := applyDelta(base, delta, limit)
		want, ok := plainDelta(base, delta, limit)
		if (err == nil) != ok || !bytes.Equal(got, want) {
			t.Fatalf("%x on %d bytes: %x, %v; want %x, %v", delta, len(base), got, err, want, ok)
		}
	})
}

// plainDelta follows a delta step by step, with a check before each.
func plainDelta(base, delta []byte, limit int) ([]byte, bool) {
	next := func() int {
		if len(delta) == 0 {
			return -1
		}
		b := delta[0]
		delta = delta[1:]
		return int(b)
	}
	size := func() int {
		n := 0
		for shift := 0; ; shift += 7 {
			b := next()
			if b < 0 || shift > 56 {
				return -1
			}
			n |= (b & 0x7f) << shift
			if b < 0x80 {
				return n
			}
		}
	}
	if size() != len(base) {
		return nil, false
	}
	want := size()
	if want < 0 || want > limit {
		return nil, false
	}
	out := []byte{}
	for len(delta) > 0 && len(out) <= want {
		op := next()
		if op == 0 {
			return nil, false
		}
		if op < 0x80 {
			for range op {
				b := next()
				if b < 0 {
					return nil, false
				}
				out = append(out, byte(b))
			}
			continue
		}
		var args [7]int
		for i := range args {
			if op>>i&1 == 1 {
				if args[i] = next(); args[i] < 0 {
					return nil, false
				}
			}
		}
		off, n := args[0]|args[1]<<8|args[2]<<16|args[3]<<24, args[4]|args[5]<<8|args[6]<<16
		if n == 0 {
			n = 1 << 16
		}
		if off+n > len(base) {
			return nil, false
		}
		out = append(out, base[off:off+n]...)
	}
	if len(out) != want {
		return nil, false
	}
	return out, true
}

func FuzzLooseHead(f *testing.F) {
	f.Add([]byte("blob 12"))
	f.Add([]byte("commit 0"))
	f.Add([]byte("tag 9223372036854775807"))
	f.Fuzz(func(t *testing.T, head []byte) {
		kind, size, err := parseLooseHead(head)
		if err == nil && fmt.Sprintf("%s %d", kind, size) != string(head) {
			t.Fatalf("%q is a %s of %d", head, kind, size)
		}
	})
}

func FuzzAlternates(f *testing.F) {
	f.Add("/a:/b")
	f.Add("\"/a\\\\\\\"\\303\":#x:\"y")
	f.Fuzz(func(t *testing.T, list string) {
		paths := splitAlternates(list, ':')
		quoted := make([]string, len(paths))
		for i, path := range paths {
			if path == "" {
				t.Fatalf("%q has an empty path", list)
			}
			var b strings.Builder
			for _, c := range []byte(path) {
				fmt.Fprintf(&b, "\\%03o", c)
			}
			quoted[i] = `"` + b.String() + `"`
		}
		if again := splitAlternates(strings.Join(quoted, ":"), ':'); !slices.Equal(again, paths) {
			t.Fatalf("%q is %q, then %q", list, paths, again)
		}
	})
}

// FuzzPack reads whatever stands where the entries of a pack are.
func FuzzPack(f *testing.F) {
	w := newPackWriter()
	w.blob("hello")
	off := int64(w.Len())
	w.add(ID{1}, offsetDelta, uint64(len(appending(5, "x"))), back(off-packHead), deflate(appending(5, "x")))
	second := int64(w.Len())
	w.add(ID{2}, nameDelta, uint64(len(appending(5, "y"))), make([]byte, 19), []byte{1}, deflate(appending(5, "y")))
	f.Add(w.Bytes()[packHead:], uint16(off), uint16(second))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, entries []byte, b, c uint16) {
		w := newPackWriter()
		w.Write(entries)
		w.ids = []ID{{}, {19: 1}, {1}, {2}}
		w.offsets = map[ID]int64{{}: packHead, {19: 1}: int64(b), {1}: int64(b), {2}: int64(c)}
		objects, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(objects)
		w.write(t, filepath.Join(objects, "x"))
		s, err := Open([]string{filepath.Join(objects, "x")}, Options{MaxSize: 1 << 20, Verify: VerifyNone})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range w.ids {
			kind, data, err := s.Read(id, -1)
			if errors.Is(err, ErrNotFound) {
				t.Fatal(err)
			}
			if err == nil {
				if k, size, err := s.Info(id); err != nil || k != kind || size != int64(len(data)) {
					t.Fatalf("Info: %v, %d, %v; Read: %v, %d", k, size, err, kind, len(data))
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
