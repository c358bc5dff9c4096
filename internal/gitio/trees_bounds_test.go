package gitio

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/odb/odbtest"
)

// TestTreeIsLazy counts what is read of 90,000 files: of a tree that nobody looks into the commit, of a file the directories on its way, each once.
func TestTreeIsLazy(t *testing.T) { readers(t, testTreeIsLazy) }

func testTreeIsLazy(t *testing.T) {
	p := odbtest.NewPack()
	blob := p.Add("blob", "text\n")
	tree := blob
	for depth, mode := range []string{"100644", "40000", "40000", "40000", "40000"} { // 10 × 10 × 10 × 10 × 9
		var entries string
		for i := range 10 - depth/4 {
			entries += odbtest.Entry(mode, fmt.Sprintf("%c%d", 'e'-depth, i), tree)
		}
		if depth > 0 { // no two are the same
			entries += odbtest.Entry("100644", "z", blob)
		}
		tree = p.Add("tree", entries)
	}
	tip := p.AddCommit("tip", tree)
	d := deliver(t, p)
	c := readPush(t, d.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(tip), New: tip})
	var read []string
	in := c.Content.(*content)
	other := &content{src: counted{in.src, &read}, maxBlob: in.maxBlob, commits: in.commits, parents: in.parents, tips: in.tips}
	trees, err := other.Trees(t.Context(), 0)
	if err != nil || len(read) != 1 || read[0] != tip {
		t.Errorf("to open the tree %q is read, %v", read, err)
	}
	read = nil
	for _, file := range []string{"a3/b1/c4/d1/e5", "a3/b1/c4/d1/e5", "a3/b1/c4/d1/e6", "a3/b1/z"} {
		if data, err := trees.After.ReadFile(file); string(data) != "text\n" || err != nil {
			t.Errorf("%s: %q, %v", file, data, err)
		}
	}
	if len(read) != 5+4 {
		t.Errorf("to read four files below five directories %d objects are read", len(read))
	}
	files := 0
	err = fs.WalkDir(trees.After, "a3/b1", func(_ string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files++
		}
		return err
	})
	if files != 1000+10+1 || err != nil || len(read) != 5+4 {
		t.Errorf("%d files, %v, after %d reads", files, err, len(read))
	}
}

// TestTreeCacheIsBounded reads more directories than are kept, and one that is larger than all that is kept.
func TestTreeCacheIsBounded(t *testing.T) {
	f := newFixture(t, "--bare")
	const dirs, files = 100, 100
	blob := f.object("blob", "text\n")
	var root, large strings.Builder
	for i := range dirs {
		var entries strings.Builder
		for k := range files {
			entries.WriteString(entry("100644", fmt.Sprintf("a-file-%04d-%04d", i, k), blob))
		}
		root.WriteString(entry("40000", fmt.Sprintf("d%04d", i), f.object("tree", entries.String())))
		large.WriteString(entries.String())
	}
	root.WriteString(entry("40000", "large", f.object("tree", large.String())))
	trees, err := f.treesOf(t.Context(), f.commitTree("tip", f.object("tree", root.String())))
	if err != nil {
		t.Fatal(err)
	}
	at := trees.After.(*tree).dirs.(*objectDirs)
	at.trees.max = 40 * files * (20 + 16 + 48) // some 40 directories
	most := 0
	for i := range 2 * dirs {
		name, want := fmt.Sprintf("d%04d", i%dirs), files
		if i%50 == 0 {
			name, want = "large", dirs*files
		}
		if list, err := trees.After.ReadDir(name); err != nil || len(list) != want {
			t.Fatalf("%d files, %v", len(list), err)
		}
		most = max(most, len(at.trees.young)+len(at.trees.old))
		if _, ok := at.trees.young[at.last.id]; !ok {
			t.Fatal("what was read last is not kept")
		}
	}
	if most > 42 || most < 30 {
		t.Errorf("%d directories are kept", most)
	}
}

// TestDeepTree walks down 10,000 directories and back. Each look from the root on would make it 50 million steps, which are counted.
func TestDeepTree(t *testing.T) {
	p := odbtest.NewPack()
	nest := p.Add("tree", odbtest.Entry("100644", "x", p.Add("blob", "text\n")))
	const depth = 10_000
	for i := range depth {
		nest = p.Add("tree", odbtest.Entry("40000", "d", nest)+odbtest.Entry("100644", "x", odbtest.ID("blob", fmt.Sprint(i))))
	}
	tip := p.AddCommit("tip", nest)
	d := deliver(t, p)
	trees, err := d.treesOf(t.Context(), tip)
	if err != nil {
		t.Fatal(err)
	}
	dirs := trees.After.(*tree).dirs.(*objectDirs)
	name := strings.TrimSuffix(strings.Repeat("d/", depth), "/")
	if data, err := trees.After.ReadFile(name + "/x"); string(data) != "text\n" || err != nil {
		t.Fatalf("%q, %v", data, err)
	}
	for name != "." {
		if s := dirs.nearest(name); s.end != len(name) {
			t.Fatalf("%d bytes of a path of %d are known", s.end, len(name))
		}
		if _, err := trees.After.ReadDir(name); err != nil {
			t.Fatal(err)
		}
		name = path.Dir(name)
	}
}

// TestNearest holds the step at which a look begins against what the paths have in common.
func TestNearest(t *testing.T) {
	f := newFixture(t)
	rnd := rand.New(rand.NewPCG(5, 6))
	var files, paths []string
	for range 200 {
		var parts []string
		for range 1 + rnd.IntN(5) {
			parts = append(parts, []string{"a", "aa", "ab", "b", "a.b"}[rnd.IntN(5)])
		}
		paths = append(paths, strings.Join(parts, "/"))
		files = append(files, paths[len(paths)-1]+"/f", paths[len(paths)-1])
	}
	tip := f.commit("tip", files...)
	trees, err := f.treesOf(t.Context(), tip)
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		at := paths[rnd.IntN(len(paths))]
		if rnd.IntN(4) == 0 {
			at += []string{"x", "/x", "/a/x"}[rnd.IntN(3)]
		}
		want := ""
		if slices.Contains(paths, at) {
			want = at
		}
		if data, err := trees.After.ReadFile(at + "/f"); string(data) != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%s: %q, %v", at, data, err)
		}
	}
}

// TestTreesConcurrent reads the trees of a change, which share what they read, from several goroutines at once. Run it with -race.
func TestTreesConcurrent(t *testing.T) { readers(t, testTreesConcurrent) }

func testTreesConcurrent(t *testing.T) {
	f := newFixture(t)
	var files []string
	for i := range 60 {
		files = append(files, fmt.Sprintf("d%d/e%d/f%d", i%3, i%5, i), fmt.Sprint(i))
	}
	one := f.commit("one", files...)
	two := f.commit("two", "d1/e1/f1", "two\n")
	r := f.open()
	c, err := r.Range(t.Context(), one, two, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	staged, err := r.Staged(t.Context(), f.environ(), Scope{})
	if err != nil {
		t.Fatal(err)
	}
	now, before := f.lsTree(two), f.lsTree(one)
	shared, err := c.Trees(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	index, err := staged.Trees(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { sameTree(t, "after", shared.After, now, two) })
		wg.Go(func() { sameTree(t, "before", shared.Before[0], before, two) })
		wg.Go(func() { sameTree(t, "index", index.After, now, two) })
		wg.Go(func() {
			trees, err := c.Trees(t.Context(), 0)
			if err != nil {
				t.Error(err)
				return
			}
			sameTree(t, "its own", trees.After, now, two)
		})
	}
	wg.Wait()
}

// TestTreesRunNothing reads trees without starting a process.
func TestTreesRunNothing(t *testing.T) {
	f := newFixture(t)
	one := f.commit("one", "a.txt", "a\n", "dir/b.txt", "b\n")
	two := f.commit("two", "a.txt", "c\n")
	t.Setenv("PATH", t.TempDir())
	r := f.with("GIT_DIR=.git").open(func(o *Options) { o.Git, o.Reader = "/nothing/git", ReaderBuiltin })
	c, err := r.Range(t.Context(), one, two, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	trees, err := c.Trees(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range append(trees.Before, trees.After) {
		if files, err := listTree(tree, one); len(files) != 3 || err != nil {
			t.Errorf("%v, %v", files, err)
		}
	}
}
