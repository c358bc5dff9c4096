package ownership_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// TestRandomHistories holds made-up histories against git blame, and updates against rebuilds.
func TestRandomHistories(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.random(seed, 120)
			ids := f.ids()
			tip := ids[len(ids)-1]
			x := f.build(tip, ownership.Options{})
			if n := f.equal(x); n == 0 {
				t.Log("no lines at the tip")
			}
			f.equal(f.build(tip, ownership.Options{IgnoreSpace: true}), "-w")
			repo := f.Open()
			for _, n := range []int{1, 2, 3, 5, 10, 30, 60} {
				old := f.build(ids[len(ids)-1-n], ownership.Options{}) // no ancestor, at times
				got, err := ownership.Update(t.Context(), repo, old, tip, ownership.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(encoded(t, got), encoded(t, x)) {
					t.Errorf("update over %d is not what a rebuild is", n)
				}
			}
		})
	}
}

// TestModules holds real code, one version after another, against git blame.
func TestModules(t *testing.T) {
	f := newFixture(t)
	last := 0
	for _, module := range []string{"github.com/rs/zerolog", "github.com/go-git/go-git/v5", "github.com/sourcegraph/conc", "github.com/rs/zerolog"} {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			t.Fatal(err)
		}
		dir := strings.TrimSpace(string(out))
		files := tree{}
		err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || len(files) >= 80 {
				return err
			}
			data, err := os.ReadFile(path)
			rel, _ := filepath.Rel(dir, path)
			files[filepath.ToSlash(rel)] = version{"100644", string(data)}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if last == 0 {
			last = f.commit(files)
		} else {
			last = f.commit(files, last)
		}
	}
	ids := f.ids()
	if n := f.equal(f.build(ids[last], ownership.Options{})); n < 1000 {
		t.Errorf("only %d lines", n)
	}
}

func text(lines ...string) version { return version{"100644", strings.Join(lines, "\n") + "\n"} }

func TestIgnoredRevisions(t *testing.T) {
	f := newFixture(t)
	one := f.commit(tree{"f": text("a", "b", "c", "d")})
	two := f.commit(tree{"f": text("a", "  b", "  c", "d", "e")}, one)
	three := f.commit(tree{"f": text("a", "  b", "  c", "D", "x", "y")}, two)
	ids := f.ids()
	x := f.build(ids[three], ownership.Options{IgnoreRevs: []string{ids[two]}})
	want := []string{ids[one], ids[one], ids[one], ids[three], ids[three], ids[three]}
	if got := owners(t, x)["f"]; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := f.blame(ids[three], "f", "--ignore-rev", ids[two]); !slices.Equal(got, want) {
		t.Errorf("git: %v", got)
	}
	x = f.build(ids[three], ownership.Options{IgnoreRevs: []string{ids[three]}})
	want = []string{ids[one], ids[two], ids[two], ids[one], ids[two], ids[three]} // the last line has no place in the parent
	if got := owners(t, x)["f"]; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestHostile(t *testing.T) {
	f := newFixture(t)
	module := strings.Repeat("1", 40)
	one := f.commit(tree{"f": text("a", "b"), "crlf": version{"100644", "a\r\nb\r\nc"}, "bin": version{"100644", "\x00\n\x01\n"},
		"link": version{"120000", "f"}, "mod": version{"160000", module}, "empty": version{"100644", ""}, "less": text("a line that goes", "y"), "dir": text("was", "a", "file")})
	root := f.commit(tree{"other": text("unrelated")})
	two := f.commit(tree{"f": version{"100755", "a\nb\n"}, "crlf": version{"100644", "a\r\nB\r\nc\n"}, "bin": version{"100644", "\x00\n\x01\x02\n"},
		"link": version{"100644", "f"}, "less": text("y"), "dir/f": text("was", "a", "file", "once"), "other": text("unrelated", "more")}, one, root)
	parents := []int{two}
	for i := range 40 {
		parents = append(parents, f.commit(tree{"f": text("a", "b", fmt.Sprint(i)), "one": text(fmt.Sprint(i))}, one))
	}
	top := f.commit(tree{"f": text("a", "b", "7", "own"), "one": text("33"), "dir/f": text("was", "a", "file", "once")}, parents...)
	ids := f.ids()
	f.equal(f.build(ids[two], ownership.Options{}))
	x := f.build(ids[top], ownership.Options{})
	f.equal(x)
	if got := owners(t, x)["one"]; !slices.Equal(got, []string{ids[parents[34]]}) {
		t.Errorf("of the many parents: %v", got)
	}
	// What is too large has no owner, rather than a wrong one.
	got := owners(t, f.build(ids[two], ownership.Options{MaxBlob: 9}))
	if len(got["dir/f"]) != 0 || !slices.Equal(got["f"], []string{ids[one], ids[one]}) || !slices.Equal(got["less"], []string{"unknown"}) {
		t.Errorf("%v", got)
	}
	// Grafts and replacements count for nothing.
	want := encoded(t, x)
	f.Git("", "replace", ids[one], ids[root])
	if err := os.MkdirAll(filepath.Join(f.Dir, "info"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Dir, "info", "grafts"), []byte(ids[top]+" "+ids[root]+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.Git("", "config", "diff.algorithm", "patience")
	f.Git("", "config", "diff.indentHeuristic", "false")
	if !bytes.Equal(encoded(t, f.build(ids[top], ownership.Options{})), want) {
		t.Error("settings changed the owners")
	}
}

func TestShallow(t *testing.T) {
	f := newFixture(t)
	f.random(1, 60)
	ids := f.ids()
	f.Git("", "update-ref", "refs/heads/main", ids[60])
	clone := &fixture{Bare: gitiotest.Bare{T: t, Dir: t.TempDir()}}
	clone.Git("", "clone", "-q", "--bare", "--depth=4", "--branch=main", "file://"+f.Dir, ".")
	clone.equal(clone.build(ids[60], ownership.Options{}))
}

func TestSHA256(t *testing.T) {
	f := newFixture(t, "--object-format=sha256")
	f.random(3, 40)
	ids := f.ids()
	f.equal(f.build(ids[40], ownership.Options{}))
}

func TestEndedBuild(t *testing.T) {
	f := newFixture(t)
	f.random(1, 10)
	ids := f.ids()
	ctx, end := context.WithCancel(t.Context())
	end()
	if _, err := ownership.Build(ctx, f.Open(), ids[10], ownership.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestFile reads what was written, while it is written, and refuses what is not whole.
func TestFile(t *testing.T) {
	f := newFixture(t)
	f.random(2, 60)
	ids := f.ids()
	o := ownership.Options{IgnoreRevs: []string{ids[4], ids[3]}}
	x, y := f.build(ids[60], o), f.build(ids[50], o)
	path := ownership.Path(t.TempDir())
	if err := x.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ownership.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(owners(t, got)) != fmt.Sprint(owners(t, x)) || got.Tip() != x.Tip() || got.Commits() != x.Commits() {
		t.Error("what is read is not what was written")
	}
	for i := range x.Commits() {
		a, errA := x.Commit(int32(i))
		b, errB := got.Commit(int32(i))
		if a != b || errA != nil || errB != nil || a.Author.Email == "" || a.Committer.Name != "C" {
			t.Errorf("%v, %v", a, b)
		}
	}
	if again, err := ownership.Update(t.Context(), f.Open(), got, ids[60], o); err != nil || !bytes.Equal(encoded(t, again), encoded(t, x)) {
		t.Errorf("update of what is up to date: %v", err)
	}
	if again, err := ownership.Update(t.Context(), f.Open(), got, ids[60], ownership.Options{}); err != nil || len(again.Options().IgnoreRevs) > 0 {
		t.Errorf("other options are no base: %v", err)
	}
	data := encoded(t, x)
	broken := filepath.Join(t.TempDir(), "broken")
	refuse := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(broken, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ownership.Open(broken); !errors.Is(err, ownership.ErrFormat) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := range len(data) {
		if n%7 == 0 {
			refuse("torn", data[:n])
		}
		flipped := bytes.Clone(data)
		flipped[n] ^= 1 << (n % 8)
		refuse("flipped", flipped)
	}
	refuse("longer", append(bytes.Clone(data), 0))
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 50 {
			if err := []*ownership.Index{x, y}[i%2].Write(path); err != nil {
				t.Error(err)
			}
		}
	})
	for range 200 {
		got, err := ownership.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Tip() != ids[60] && got.Tip() != ids[50] {
			t.Error(got.Tip())
		}
	}
	both.Wait()
}

// TestMergeOfOldBranch shows that an update over a merge looks at what came since the branch began, not at the whole history.
func TestMergeOfOldBranch(t *testing.T) {
	f := newFixture(t)
	lines := []string{"one", "two", "three", "four", "five", "six", "seven", "eight"}
	side := []string{}
	last, from := 0, 0
	for i := range 200 {
		if lines[i%8] = fmt.Sprint(i); i%50 == 0 {
			side = append(side, fmt.Sprint("side ", i))
		}
		files := tree{"main": text(lines...), "side": text(append([]string{"first"}, side...)...)}
		if last == 0 {
			last = f.commit(files)
		} else {
			last = f.commit(files, last)
		}
		if i == 190 {
			from = last
		}
	}
	sides := append([]string{"first"}, side...)
	branch := f.commit(tree{"main": text("begin", "0"), "side": text(append(sides, "of the branch")...), "new": text("new")}, from)
	merge := f.commit(tree{"main": text(append(lines, "end")...), "side": text(append(sides, "of the branch")...), "new": text("new")}, last, branch)
	ids := f.ids()
	seen := 0
	got, err := ownership.Update(t.Context(), f.Open(), f.build(ids[last], ownership.Options{}), ids[merge], ownership.Options{Progress: func(n int) { seen = n }})
	if err != nil {
		t.Fatal(err)
	}
	f.equal(got)
	if !bytes.Equal(encoded(t, got), encoded(t, f.build(ids[merge], ownership.Options{}))) {
		t.Error("not what a rebuild is")
	}
	if seen == 0 || seen > 20 {
		t.Errorf("%d commits looked at", seen)
	}
}
