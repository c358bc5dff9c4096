package gitio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/odb/odbtest"
)

// A delivery is a bare repository with a quarantine, which holds what a test packed, and the hook that is asked about it.
type delivery struct {
	*fixture   // with the hook's environment
	quarantine string
}

// deliver puts a pack into the quarantine of a new repository.
func deliver(t *testing.T, p *odbtest.Pack) *delivery {
	t.Helper()
	f := newFixture(t, "--bare")
	d := &delivery{quarantine: filepath.Join(f.dir, "objects", "tmp_objdir-incoming-x")}
	if _, err := p.Write(d.quarantine); err != nil {
		t.Fatal(err)
	}
	d.fixture = f.with("GIT_DIR=.", "GIT_OBJECT_DIRECTORY="+d.quarantine, "GIT_ALTERNATE_OBJECT_DIRECTORIES="+filepath.Join(f.dir, "objects"),
		"GIT_QUARANTINE_PATH="+d.quarantine)
	return d
}

// evil reads a push of the tip, and returns how many lines say "evil" and how many files were not read.
func (d *delivery) evil(tip string, options ...func(*Options)) (lines, unread int, err error) {
	d.t.Helper()
	o := Options{Dir: d.dir, Environ: d.environ(), Reader: readerOf(d.t)}
	for _, set := range options {
		set(&o)
	}
	r, err := Open(d.t.Context(), o)
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	c, err := r.Push(d.t.Context(), []analyzers.RefUpdate{{Ref: "refs/heads/x", Old: zeros(tip), New: tip}}, PushOptions{})
	if err != nil {
		return 0, 0, err
	}
	for h, err := range c.Hunks(d.t.Context()) {
		if err != nil {
			return lines, unread, err
		}
		lines += strings.Count(string(h.Text), "evil")
		if h.Unread != "" {
			unread++
		}
	}
	return lines, unread, nil
}

// within fails the test when a function takes more memory than so many bytes, counting its garbage too, which makes it an upper bound.
func within(t *testing.T, limit uint64, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > limit {
		t.Errorf("%d bytes were allocated, at most %d may be", got, limit)
	}
}

// peak returns the most that the heap held while a function ran, with what was not collected yet, as far as a look at it every
// millisecond tells.
func peak(f func()) uint64 {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtime.GC()
	metrics.Read(heap)
	before, most := heap[0].Value.Uint64(), uint64(0)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			metrics.Read(heap)
			most = max(most, heap[0].Value.Uint64())
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	f()
	close(done)
	<-ended
	return most - min(before, most)
}

// TestGigantic adds, changes, renames, merges and removes 2 GiB, packed and loose.
func TestGigantic(t *testing.T) { readers(t, testGigantic) }

func testGigantic(t *testing.T) {
	for _, loose := range []bool{false, true} {
		p := odbtest.NewPack()
		huge, evil := odbtest.GiganticID, p.Add("blob", "evil\n")
		if !loose {
			p.AddGigantic()
		}
		tree := func(name, id string) string {
			return p.Add("tree", odbtest.Entry("100644", "a", evil)+odbtest.Entry("100644", name, id))
		}
		tip := p.AddCommit("add", tree("huge", huge))
		tip = p.AddCommit("shrink", tree("huge", p.Add("blob", "tiny\n")), tip)
		tip = p.AddCommit("grow and rename", tree("moved", huge), tip)
		tip = p.AddCommit("rename", tree("elsewhere", huge), tip)
		one := p.AddCommit("remove", tree("b", p.Add("blob", "evil too\n")), tip)
		two := p.AddCommit("remove otherwise", tree("b", p.Add("blob", "small\n")), tip)
		tip = p.AddCommit("merge", tree("b", huge), one, two)
		d := deliver(t, p)
		if loose {
			path := filepath.Join(d.quarantine, huge[:2], huge[2:])
			data := odbtest.Zeros(fmt.Sprintf("blob %d\x00", odbtest.GiganticSize), odbtest.GiganticSize>>22)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, data, 0o444)); err != nil {
				t.Fatal(err)
			}
		}
		within(t, 32<<20, func() {
			lines, unread, err := d.evil(tip, poor(t))
			if lines != 2 || unread != 3 || err != nil {
				t.Errorf("loose %t: %d evil lines, want 2; %d files not read, want 3; %v", loose, lines, unread, err)
			}
		})
	}
}

// poor gives git little memory, where it is what reads.
func poor(t *testing.T) func(*Options) {
	if runtime.GOOS != "linux" || readerOf(t) != ReaderGit {
		return func(*Options) {}
	}
	path := filepath.Join(t.TempDir(), "git")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nulimit -v 150000\nexec git \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Git = path }
}

// TestDeepDirectories finds a line below 10,000 directories. git from 2.46 on has a limit of its own (git-config(1), core.maxTreeDepth):
// then it says so.
func TestDeepDirectories(t *testing.T) { readers(t, testDeepDirectories) }

func testDeepDirectories(t *testing.T) {
	p := odbtest.NewPack()
	nest := func(text string) string {
		tree := p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", text)))
		for range 10_000 {
			tree = p.Add("tree", odbtest.Entry("40000", "d", tree))
		}
		return tree
	}
	base := p.AddCommit("base", nest("good\n"))
	tip := p.AddCommit("tip", nest("evil\n"), base)
	merge := p.AddCommit("merge", nest("evil too\n"), tip, base)
	d := deliver(t, p)
	within(t, 128<<20, func() {
		lines, _, err := d.evil(merge)
		if tooDeep := readerOf(t) == ReaderGit && err != nil && strings.Contains(err.Error(), "max"); !tooDeep && (lines != 2 || err != nil) {
			t.Errorf("%d evil lines, %v", lines, err)
		}
	})
}

// TestWideTree finds one line in a tree of 1,000,000 entries: in one of which all are new, one of which one is new, and a merge.
func TestWideTree(t *testing.T) {
	p := odbtest.NewPack()
	var entries strings.Builder
	good := odbtest.Entry("", "", p.Add("blob", "good\n"))[1:] // NUL and the id
	for i := range 999_999 {
		fmt.Fprintf(&entries, "100644 f%06d%s", i, good)
	}
	wide := func(text string) string {
		return p.Add("tree", entries.String()+odbtest.Entry("100644", "g", p.Add("blob", text)))
	}
	base := p.AddCommit("base", wide("evil\n"))
	tip := p.AddCommit("tip", wide("good\nevil too\n"), base)
	merge := p.AddCommit("merge", wide("evil as well\n"), tip, base)
	readers(t, func(t *testing.T) {
		d := deliver(t, p)
		held := peak(func() {
			lines, _, err := d.evil(merge)
			if lines != 3 || err != nil {
				t.Errorf("%d evil lines, %v", lines, err)
			}
		})
		t.Logf("%d MiB", held>>20)
		if held > 1<<30 { // all that is said of a million new files takes some 400 MB
			t.Errorf("%d bytes were held", held)
		}
	})
}

// TestDeepChain finds a line that is in the last of 5,000 versions, of which each is a delta against the one before.
func TestDeepChain(t *testing.T) { readers(t, testDeepChain) }

func testDeepChain(t *testing.T) {
	p := odbtest.NewPack()
	text := "base\n"
	id := p.Add("blob", text)
	for i := range 5000 {
		suffix := fmt.Sprintf("%04d\n", i)
		if i == 4999 {
			suffix = "evil\n"
		}
		next := odbtest.ID("blob", text+suffix)
		p.Append(next, id, len(text), suffix)
		text += suffix
		id = next
	}
	tip := p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", id)))
	d := deliver(t, p)
	within(t, 512<<20, func() { // as garbage: 5,000 versions of up to 25 kB
		if lines, _, err := d.evil(tip); lines != 1 || err != nil {
			t.Errorf("%d evil lines, %v", lines, err)
		}
	})
}

// TestTebibyte has deltas that claim to make 1 TiB. As a file it is not read, and is said to be as large as it claims; as anything
// that must be read it is an error. Neither takes memory.
func TestTebibyte(t *testing.T) { readers(t, testTebibyte) }

func testTebibyte(t *testing.T) {
	claim := []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x20} // 1<<40
	lie := strings.Repeat("ab", 20)
	for _, test := range []struct {
		kind   string
		pack   func(p *odbtest.Pack) (tip string)
		unread int // -1 = an error
	}{
		{"blob", func(p *odbtest.Pack) string {
			p.Delta(lie, p.Add("blob", "hello"), append(append([]byte{5}, claim...), 0x90, 5))
			return p.AddCommit("tip", p.Add("tree", odbtest.Entry("100644", "x", lie)))
		}, 1},
		{"tree", func(p *odbtest.Pack) string {
			base := odbtest.Entry("100644", "x", p.Add("blob", "evil\n"))
			p.Delta(lie, p.Add("tree", base), append(append([]byte{byte(len(base))}, claim...), 0x90, byte(len(base))))
			return p.AddCommit("tip", lie)
		}, -1},
		{"commit", func(p *odbtest.Pack) string {
			base := p.AddCommit("", p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "evil\n"))))
			p.Delta(lie, base, append(append([]byte{0xff, 1}, claim...), 0x90, 0xff))
			return lie
		}, -1},
	} {
		p := odbtest.NewPack()
		tip := test.pack(p)
		d := deliver(t, p)
		within(t, 4<<20, func() {
			lines, unread, err := d.evil(tip, poor(t))
			switch {
			case test.unread < 0 && (err == nil || errors.Is(err, ErrNotExist)):
				t.Errorf("%s: %d lines, %d files not read, %v", test.kind, lines, unread, err)
			case test.unread >= 0 && (unread != test.unread || err != nil):
				t.Errorf("%s: %d files not read, %v", test.kind, unread, err)
			}
		})
	}
}
