package odb

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// sameAsGit holds the store against what git reads.
func sameAsGit(t *testing.T, s *Store, want map[string]object) {
	t.Helper()
	ids := make([]ID, 0, len(want))
	for name := range want {
		ids = append(ids, id(t, name))
	}
	if err := s.Order(ids); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		w, ok := want[id.String()]
		if !ok {
			t.Fatalf("Order: %s is not one of the ids", id)
		}
		if kind, size, err := s.Info(id); err != nil || kind.String() != w.kind || size != int64(len(w.data)) {
			t.Fatalf("Info(%s) = %v, %d, %v; git has a %s of %d", id, kind, size, err, w.kind, len(w.data))
		}
		if kind, data, err := s.Read(id, -1); err != nil || kind.String() != w.kind || string(data) != w.data {
			t.Fatalf("Read(%s) = %v, %d bytes, %v; git has a %s of %d", id, kind, len(data), err, w.kind, len(w.data))
		}
		if has, err := s.Has(id); !has || err != nil {
			t.Fatalf("Has(%s) = %v, %v", id, has, err)
		}
		if i%7 == 0 {
			r, kind, size, err := s.Reader(id)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(r)
			if err != nil || kind.String() != w.kind || size != int64(len(w.data)) || string(data) != w.data {
				t.Fatalf("Reader(%s): %v, %d bytes of %d, %v", id, kind, len(data), size, err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if w.data != "" {
			if _, data, err := s.Read(id, int64(len(w.data))-1); !errors.Is(err, ErrTooLarge) || data != nil {
				t.Fatalf("Read(%s) beyond its limit: %v", id, err)
			}
		}
	}
	got := map[string]bool{}
	for _, dir := range s.Dirs() {
		here := map[ID]bool{}
		for id, err := range s.Objects(dir) {
			if err != nil {
				t.Fatal(err)
			}
			if here[id] {
				t.Fatalf("Objects: %s twice", id)
			}
			here[id] = true
			got[id.String()] = true
		}
	}
	if len(got) != len(want) {
		t.Fatalf("Objects: %d, git has %d", len(got), len(want))
	}
}

func TestSameAsGit(t *testing.T) {
	layouts := []struct {
		name  string
		build func(f *fixture)
	}{
		{"depth 50", func(f *fixture) {
			f.history(1, 120, 12, 3000)
			f.git("", "repack", "-qadf", "--depth=50", "--window=50")
		}},
		{"depth 4095", func(f *fixture) {
			f.history(1, 300, 2, 2000)
			f.git("", "repack", "-qadf", "--depth=4095", "--window=300")
		}},
		{"large files", func(f *fixture) { f.history(1, 10, 3, 300_000); f.git("", "repack", "-qadf") }},
		{"stored, not deflated", func(f *fixture) {
			f.history(1, 20, 3, 40_000)
			f.git("", "-c", "core.compression=0", "repack", "-qadF")
		}},
		{"loose", func(f *fixture) { f.history(1, 30, 8, 20_000); f.unpack() }},
		{"loose and packs", func(f *fixture) {
			f.history(1, 20, 8, 2000)
			f.unpack()
			f.history(2, 110, 6, 2500)
			f.history(3, 110, 6, 2500)
		}},
		{"packed and loose", func(f *fixture) {
			f.history(1, 20, 8, 2000)
			pack := f.packs()[0]
			idx := strings.TrimSuffix(pack, ".pack") + ".idx"
			data, _ := os.ReadFile(pack)
			index, _ := os.ReadFile(idx)
			f.unpack()
			writeFile(f.t, pack, data)
			writeFile(f.t, idx, index)
		}},
		{"64-bit offsets", func(f *fixture) {
			f.history(1, 60, 8, 2000)
			f.git("", "repack", "-qadf")
			f.git("", "index-pack", "--index-version=2,0x40", f.packs()[0])
		}},
		{"index of version 1", func(f *fixture) {
			f.history(1, 60, 8, 2000)
			f.git("", "repack", "-qadf")
			f.git("", "index-pack", "--index-version=1", f.packs()[0])
		}},
		{"deltas by name", func(f *fixture) {
			f.history(1, 60, 8, 2000)
			f.git("", "-c", "repack.useDeltaBaseOffset=false", "repack", "-qadf")
		}},
		{"multi-pack-index and bitmap", func(f *fixture) {
			f.history(1, 110, 6, 2000)
			f.history(2, 110, 6, 2000)
			f.git("", "multi-pack-index", "write", "--bitmap")
		}},
	}
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			f := newFixture(t)
			f.git("", "config", "fastimport.unpackLimit", "0")
			l.build(f)
			want := f.all()
			if len(want) < 20 {
				t.Fatalf("only %d objects", len(want))
			}
			for _, o := range []Options{{}, {CacheSize: -1, noMap: true}, {CacheSize: 20_000, Verify: VerifyNone}} {
				sameAsGit(t, open(t, o, f.objects()), want)
			}
		})
	}
}

func TestQuarantine(t *testing.T) {
	main := newFixture(t)
	main.history(1, 110, 6, 2000)
	quarantine := filepath.Join(main.objects(), "tmp_objdir-incoming-x")
	for _, dir := range []string{"info", "pack"} {
		if err := os.MkdirAll(filepath.Join(quarantine, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	f := *main
	f.env = []string{"GIT_OBJECT_DIRECTORY=" + quarantine, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + main.objects()}
	fresh := strings.TrimSpace(f.git("pushed just now", "hash-object", "-w", "--stdin"))
	f.history(2, 110, 6, 2000)

	s := open(t, Options{}, quarantine, main.objects())
	want := f.all()
	sameAsGit(t, s, want)
	inMain := main.all()
	n := 0
	for id, err := range s.Objects(quarantine) {
		if err != nil {
			t.Fatal(err)
		}
		if _, known := inMain[id.String()]; known && want[id.String()].data != "" {
			t.Errorf("%s is not new", id)
		}
		n++
	}
	if n < len(want)-len(inMain) {
		t.Errorf("%d new objects, want %d", n, len(want)-len(inMain))
	}
	if has, err := s.Has(id(t, fresh)); !has || err != nil {
		t.Error(has, err)
	}
	if has, err := open(t, Options{}, main.objects()).Has(id(t, fresh)); has || err != nil {
		t.Error(has, err)
	}
}

func TestRepackMeanwhile(t *testing.T) {
	f := newFixture(t)
	f.history(1, 110, 6, 2000)
	s := open(t, Options{}, f.objects())
	before := f.all()
	f.history(2, 110, 6, 2000) // a new pack
	sameAsGit(t, s, f.all())
	f.git("", "repack", "-qadf") // the old ones are gone
	loose := f.git("one more", "hash-object", "-w", "--stdin")
	after := f.all()
	for name := range after {
		before[name] = after[name]
	}
	for name, w := range before {
		if _, data, err := s.Read(id(t, name), -1); err != nil || string(data) != w.data {
			t.Fatal(err)
		}
	}
	// An object that is first loose and then packed.
	f.git("", "tag", "x", strings.TrimSpace(loose))
	f.git("", "repack", "-qad")
	if _, data, err := s.Read(id(t, loose), -1); err != nil || string(data) != "one more" {
		t.Errorf("%q, %v", data, err)
	}
	// A directory that has not changed for long is not read again; one that then changes is.
	packs, old := filepath.Join(f.objects(), "pack"), time.Now().Add(-time.Hour)
	if err := os.Chtimes(packs, old, old); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if has, err := s.Has(ID{1}); has || err != nil {
			t.Error(has, err)
		}
	}
	if len(s.scanned) != 1 {
		t.Error("the directory would be read for each object that is missing")
	}
	w := newPackWriter()
	late := w.blob("late")
	w.write(t, f.objects())
	if has, err := s.Has(late); !has || err != nil {
		t.Error(has, err)
	}
	_, _, err := s.Read(ID{1}, -1)
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("Read of nothing: %v", err)
	}
}

func TestConcurrent(t *testing.T) {
	f := newFixture(t)
	f.history(1, 120, 12, 3000)
	f.git("", "repack", "-qadf", "--depth=50")
	f.history(2, 10, 4, 100)
	want := f.all()
	var ids []ID
	for name := range want {
		ids = append(ids, id(t, name))
	}
	s, err := Open([]string{f.objects()}, Options{CacheSize: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make(chan error, 1000)
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 0))
			for range 400 {
				id := ids[r.IntN(len(ids))]
				w := want[id.String()]
				if kind, data, err := s.Read(id, -1); err != nil || kind.String() != w.kind || string(data) != w.data {
					errs <- fmt.Errorf("%s: %v", id, err)
				}
				if _, size, err := s.Info(id); err != nil || size != int64(len(w.data)) {
					errs <- fmt.Errorf("%s: %d, %v", id, size, err)
				}
				if _, err := s.Has(ID{byte(r.IntN(256))}); err != nil {
					errs <- err
				}
			}
		})
	}
	wg.Wait()

	// Close while others read: each call gives the object or ErrClosed.
	r, _, _, err := s.Reader(ids[0])
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := ids[i%len(ids)]
				_, data, err := s.Read(id, -1)
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil || string(data) != want[id.String()].data {
					errs <- fmt.Errorf("while closing: %s: %v", id, err)
				}
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Read of a stream after Close: %v", err)
	}
	if err := errors.Join(r.Close(), r.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}
