//go:build unix

package gitio

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
)

// TestHugeBlobIsNotHeld pushes, renames and edits 200 MiB with a git that may not have so much memory.
func TestHugeBlobIsNotHeld(t *testing.T) {
	f := newFixture(t, "--bare")
	huge := func(size int64) string {
		f.write("huge", "")
		path := filepath.Join(f.dir, "huge")
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		return f.git("hash-object", "-w", path)
	}
	one, two := huge(200<<20), huge(200<<20+1)
	small := f.object("blob", "small\n")
	tree := func(name, id string) string {
		return f.object("tree", entry("100644", "a", small)+entry("100644", name, id))
	}
	tip := f.commitTree("add", tree("huge", one))
	tip = f.commitTree("edit", tree("huge", two), tip)
	tip = f.commitTree("rename and edit", tree("moved", one), tip)
	side := f.commitTree("side", tree("elsewhere", two), tip)
	tip = f.commitTree("merge", tree("merged", one), tip, side)
	tip = f.commitTree("remove", f.object("tree", entry("100644", "a", small)+entry("100644", "b", f.object("blob", "b\n"))), tip)
	poor := script(t, "ulimit -v 150000 || :" /* macOS has no such limit */, `exec $GIT "$@"`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := f.open(program(poor), maxBlob(1<<20))
	out, err := readAll(t.Context(), r, tip)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile(t.Context(), tip+"~1", "merged", 1<<20); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("huge file: %v", err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("%d bytes were allocated", got)
	}
	if n := strings.Count(out, "bytes, at most 1048576 are read"); n != 4 {
		t.Errorf("%d files unread, want 4:\n%s", n, out)
	}
}

// counting returns a git that writes down its arguments, and what reads them, one run a line.
func counting(t *testing.T) (program string, runs func() []string) {
	program = script(t, `echo "$*" >>$log`, `exec $GIT "$@"`)
	return program, func() []string {
		t.Helper()
		data, err := os.ReadFile(program + ".log")
		if err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(program + ".log")
		return strings.Split(strings.TrimSpace(string(data)), "\n")
	}
}

// TestProcesses counts how often git is run to read a push and all that it brings: five to seven times for a small one, and
// not more often for 10,000 refs.
func TestProcesses(t *testing.T) {
	f := newFixture(t, "--bare")
	blob := func(text string) string { return f.object("blob", text) }
	base := f.commitTree("base", f.object("tree", entry("100644", "a", blob("one\n"))))
	next := f.commitTree("next", f.object("tree", entry("100644", "a", blob("two\n"))), base)
	renamed := f.commitTree("renamed", f.object("tree", entry("100644", "b", blob("one\nmore\n"))), base)
	lost := f.commitTree("lost", f.object("tree", entry("100644", "a", blob("lost\n"))), base)
	var many strings.Builder
	fmt.Fprintf(&many, "# pack-refs with: peeled fully-peeled sorted \n%s refs/heads/main\n", base)
	var creates, forces, forwards []analyzers.RefUpdate
	for i := range 10_000 {
		creates = append(creates, analyzers.RefUpdate{Ref: fmt.Sprintf("refs/new/%05d", i), Old: zeros(next), New: next})
		forces = append(forces, analyzers.RefUpdate{Ref: fmt.Sprintf("refs/old/%05d", i), Old: lost, New: next})
		forwards = append(forwards, analyzers.RefUpdate{Ref: fmt.Sprintf("refs/old/%05d", i), Old: lost, New: lost})
		fmt.Fprintf(&many, "%s refs/old/%05d\n", lost, i)
	}
	f.write("packed-refs", many.String())
	for _, test := range []struct {
		name    string
		most    int
		updates []analyzers.RefUpdate
	}{
		{"one commit to a topic", 5, []analyzers.RefUpdate{{Ref: "refs/heads/topic", Old: zeros(next), New: next}}},
		{"one commit to a protected ref", 6, []analyzers.RefUpdate{{Ref: "refs/heads/main", Old: base, New: next}}},
		{"one commit to each", 7, []analyzers.RefUpdate{{Ref: "refs/heads/main", Old: base, New: next}, {Ref: "refs/heads/topic", Old: zeros(next), New: next}}},
		{"a rename", 7, []analyzers.RefUpdate{{Ref: "refs/heads/main", Old: base, New: renamed}}},
		{"a deletion", 1, []analyzers.RefUpdate{{Ref: "refs/heads/main", Old: base, New: zeros(base)}}},
		{"10,000 new refs", 5, creates},
		{"10,000 forced refs", 6, forces},
		{"10,000 refs that stay", 3, forwards},
	} {
		t.Run(test.name, func(t *testing.T) {
			program, runs := counting(t)
			c := readPush(t, f.with("GIT_DIR=.").open(func(o *Options) { o.Git, o.Reader = program, ReaderGit }), test.updates...)
			for _, err := range c.Blobs(t.Context(), nil) {
				if err != nil {
					t.Fatal(err)
				}
			}
			out := show(t, c)
			if strings.Contains(out, "ff=true") == (test.name == "10,000 forced refs" || test.name == "a deletion") {
				t.Errorf("fast-forward: %.200s", out)
			}
			if n := runs(); len(n) > test.most {
				t.Errorf("git was run %d times, want at most %d:\n%s", len(n), test.most, strings.Join(n, "\n"))
			}
		})
	}
}

// TestConcurrent reads several changes of one repository at once, each from several goroutines. Run it with -race.
func TestConcurrent(t *testing.T) { readers(t, testConcurrent) }

func testConcurrent(t *testing.T) {
	s := newScene(t)
	hook, updates := s.send(false, difficult(s)...)
	r := hook.open()
	want := show(t, readPush(t, r, updates...))
	var wg sync.WaitGroup
	for range 3 {
		c := readPush(t, r, updates...)
		for range 3 {
			wg.Go(func() {
				if out, err := describe(c); out != want || err != nil {
					t.Errorf("%v, got %s", err, out)
				}
				for b, err := range c.Blobs(t.Context(), nil) {
					if err != nil || int64(len(b.Data)) != b.Size {
						t.Errorf("blob of %d bytes, %v", b.Size, err)
					}
				}
			})
		}
	}
	wg.Wait()
}

// TestNothingIsLeft stops reading early, in every way, and looks for processes and goroutines.
func TestNothingIsLeft(t *testing.T) { readers(t, testNothingIsLeft) }

func testNothingIsLeft(t *testing.T) {
	f, _, _ := newEdits(t, rand.New(rand.NewPCG(7, 8)), 60)
	goroutines := runtime.NumGoroutine()
	for range 3 {
		r := f.open()
		c, err := r.History(t.Context(), "main", Scope{})
		if err != nil {
			t.Fatal(err)
		}
		for range c.Files(t.Context()) {
			break
		}
		n := 0
		for range c.Hunks(t.Context()) {
			if n++; n == 3 {
				break
			}
		}
		for range c.Blobs(t.Context(), nil) {
			break
		}
		if left := children(t); len(left) > 0 && (len(left) > 1 || !strings.Contains(left[0], "cat-file")) {
			t.Errorf("while the repository is open: %q", left)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("left are %q", left)
	}
	for i := 0; runtime.NumGoroutine() > goroutines; i++ {
		if i == 1000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
		}
		time.Sleep(time.Millisecond)
	}
}
