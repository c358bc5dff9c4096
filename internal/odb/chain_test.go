package odb

import (
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"testing"
)

// TestDeep reads a chain deeper than git makes any, and one that is deeper than anything is read.
func TestDeep(t *testing.T) {
	chain := func(depth int) (string, []ID) {
		w := newPackWriter()
		text := "base"
		ids := []ID{w.blob(text)}
		last := int64(packHead)
		for i := range depth {
			suffix := string(rune('a' + i%26))
			d := appending(len(text), suffix)
			text += suffix
			id := idOf(Blob, []byte(text))
			last = w.add(id, offsetDelta, uint64(len(d)), back(int64(w.Len())-last), deflate(d))
			ids = append(ids, id)
			if len(text) > 60_000 {
				t.Fatal("appending reaches 64 KiB")
			}
		}
		objects := t.TempDir()
		w.write(t, objects)
		return objects, ids
	}
	objects, ids := chain(5000)
	for _, o := range []Options{{}, {CacheSize: -1}} {
		s := open(t, o, objects)
		for _, i := range []int{5000, 4999, 1, 0, 2500} {
			if kind, data, err := s.Read(ids[i], -1); err != nil || kind != Blob || len(data) != 4+i {
				t.Errorf("%d deltas: %v, %d bytes, %v", i, kind, len(data), err)
			}
		}
		for i, id := range ids {
			if kind, size, err := s.Info(id); err != nil || kind != Blob || size != int64(4+i) {
				t.Fatalf("%d deltas: %v, %d, %v", i, kind, size, err)
			}
		}
		if n := len(s.cache.kinds); n > 2*5000/kindStride {
			t.Errorf("%d kinds are remembered", n)
		}
	}

	w := newPackWriter()
	last := w.add(ID{1}, Blob, 1, deflate([]byte("x")))
	nothing := deflate([]byte{1, 1, 0x90, 1})
	for i := range maxChain + 1 {
		var id ID
		id[0] = 2
		binary.BigEndian.PutUint32(id[1:], uint32(i))
		last = w.add(id, offsetDelta, 4, back(int64(w.Len())-last), nothing)
	}
	objects = t.TempDir()
	w.write(t, objects)
	s := open(t, Options{}, objects)
	if _, _, err := s.Read(w.ids[len(w.ids)-1], -1); !errors.Is(err, ErrUnsupported) {
		t.Errorf("endless: %v", err)
	}
}

// TestBaseElsewhere has deltas by name against a loose object and one of another pack.
func TestBaseElsewhere(t *testing.T) {
	objects, other := t.TempDir(), t.TempDir()
	loose := idOf(Blob, []byte("loose"))
	name := loose.String()
	writeFile(t, filepath.Join(other, name[:2], name[2:]), deflate([]byte("blob 5\x00loose")))
	w := newPackWriter()
	packed := w.blob("packed")
	w.write(t, other)
	w = newPackWriter()
	a, b := idOf(Blob, []byte("loose 1")), idOf(Blob, []byte("packed 2"))
	w.add(a, nameDelta, uint64(len(appending(5, " 1"))), loose[:], deflate(appending(5, " 1")))
	w.add(b, nameDelta, uint64(len(appending(6, " 2"))), packed[:], deflate(appending(6, " 2")))
	w.write(t, objects)
	s := open(t, Options{}, objects, other)
	for id, want := range map[ID]string{a: "loose 1", b: "packed 2"} {
		if _, data, err := s.Read(id, -1); err != nil || string(data) != want {
			t.Errorf("%q, %v", data, err)
		}
		if kind, size, err := s.Info(id); err != nil || kind != Blob || size != int64(len(want)) {
			t.Errorf("%v, %d, %v", kind, size, err)
		}
	}
	refuses(t, objects, a, "its base")
}

// TestVerify says what is hashed.
func TestVerify(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	wrong := func(dir string, id ID) {
		w := newPackWriter()
		w.add(id, Blob, 5, deflate([]byte("wrong")))
		w.write(t, dir)
	}
	a, b := ID(sha1.Sum([]byte("a"))), ID(sha1.Sum([]byte("b")))
	wrong(first, a)
	wrong(second, b)
	for _, c := range []struct {
		verify Verify
		a, b   bool
	}{{VerifyAll, true, true}, {VerifyNew, true, false}, {VerifyNone, false, false}} {
		s := open(t, Options{Verify: c.verify}, first, second)
		for id, refused := range map[ID]bool{a: c.a, b: c.b} {
			_, _, err := s.Read(id, -1)
			if (err != nil) != refused {
				t.Errorf("verify %d: Read: %v", c.verify, err)
			}
			r, _, _, err := s.Reader(id)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.ReadAll(r)
			if (err != nil) != refused {
				t.Errorf("verify %d: Reader: %v", c.verify, err)
			}
			r.Close()
		}
	}
}
