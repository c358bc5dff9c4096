package gitio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb/odbtest"
)

// TestTreesOfHostileNames looks for files with such names in the tree of a push: those that no file system may have are not there, in whatever
// directory, and all others are.
func TestTreesOfHostileNames(t *testing.T) { readers(t, testTreesOfHostileNames) }

func testTreesOfHostileNames(t *testing.T) {
	f := newFixture(t, "--bare")
	blob := f.object("blob", "evil\n")
	names := slices.Clone(hostileNames)
	slices.Sort(names)
	var files, dirs string
	for _, name := range names {
		files += entry("100644", name, blob)
	}
	inner := f.object("tree", files)
	for _, name := range names {
		dirs += entry("40000", name, inner)
	}
	tip := f.commitTree("tip", f.object("tree", dirs))
	trees, err := f.treesOf(t.Context(), tip)
	if err != nil {
		t.Fatal(err)
	}
	got, err := listTree(trees.After, tip)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	out := map[string]bool{"..": true, ".": true, "\xff\xfe\x80": true, "b/../c": true}
	for _, dir := range names {
		if out[dir] {
			continue
		}
		want[dir] = "040000"
		for _, name := range names {
			if !out[name] {
				want[dir+"/"+name] = "100644 " + blob
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d paths, want %d", len(got), len(want))
	}
	for path, is := range want {
		if got[path] != is {
			t.Errorf("%.80q is %s, want %s", path, got[path], is)
		}
	}
	for _, name := range []string{"..", "../.git", "b/../c", ".git/../..", "\xff\xfe\x80"} {
		if _, err := trees.After.Open(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestTreesOfHostileTrees reads trees that git would not write.
func TestTreesOfHostileTrees(t *testing.T) { readers(t, testTreesOfHostileTrees) }

func testTreesOfHostileTrees(t *testing.T) {
	f := newFixture(t, "--bare")
	good, evil := f.object("blob", "good\n"), f.object("blob", "evil\n")
	file := func(name, id string) string { return entry("100644", name, id) }
	dir := f.object("tree", file("x", evil))
	missing := strings.Repeat("1", 40)
	own := f.commitTree("own", f.object("tree", ""))
	const refused = "refused" // as a whole
	for _, test := range []struct {
		name, tree string
		want       string // of the root: what ReadFile says of each entry, in the order of ReadDir
	}{
		{"empty", "", ""},
		{"unsorted", file("z", evil) + file("a", good) + file("m", good), "a=good m=good z=evil"},
		{"unsorted, directory", entry("40000", "z", dir) + file("a", good), "a=good z/"},
		{"git's own order", file("a.go", good) + entry("40000", "a", dir) + file("a0", good), "a/ a.go=good a0=good"},
		{"duplicates", file("a", good) + file("a", evil), refused},
		{"duplicates, far away", file("a", good) + file("b", good) + file("a", evil), refused},
		{"duplicates of one content", file("a", evil) + entry("100664", "a", evil), "a=evil"},
		{"duplicates of another mode", file("a", evil) + entry("100755", "a", evil), refused},
		{"three duplicates", file("a", evil) + file("a", good) + file("a", evil), refused},
		{"file and directory of one name", file("a", good) + entry("40000", "a", dir), refused},
		{"file and link of one name", entry("120000", "a", good) + file("a", evil), refused},
		{"duplicates that are not there", file("..", good) + file("..", evil) + file("a", good), "a=good"},
		{"slash in a name", file("a", good) + file("a/b", evil), "a=good"},
		{"slash in the name of a directory", entry("40000", "d/e", dir) + file("f", good), "f=good"},
		{"empty name", file("", evil) + file("a", good), "a=good"},
		{"dot", entry("40000", ".", dir) + entry("40000", "..", dir) + file("a", good), "a=good"},
		{"cut off in the id", file("a", good) + file("b", evil)[:20], refused},
		{"cut off in the name", file("a", good) + "100644 b", refused},
		{"cut off in the mode", file("a", good) + "1006", refused},
		{"no mode", " b\x00" + file("b", evil)[9:], refused},
		{"mode that is no number", entry("100648", "a", evil), refused},
		{"odd modes", entry("100777", "a", good) + entry("0100600", "b", good) + entry("40755", "c", dir) + entry("120777", "d", good) + entry("755", "e", own) + entry("40000100644", "f", good),
			"a=good b=good c/ d@ e? f=good"},
		{"file that is a tree", file("a", dir), "a!"},
		{"file that is a commit", file("a", own), "a!"},
		{"directory that is a file", entry("40000", "a", evil), "a!"},
		{"directory that is a file with the bytes of a tree", entry("40000", "a", f.object("blob", file("x", evil))), "a!"},
		{"missing blob", file("a", missing), "a!"},
		{"missing directory", entry("40000", "a", missing), "a!"},
		{"null blob", file("a", strings.Repeat("0", 40)), "a!"},
		{"null directory", entry("40000", "a", strings.Repeat("0", 40)), "a!"},
		{"directory without files", entry("40000", "a", f.object("tree", "")), "a/"},
		{"submodule of a blob", entry("160000", "a", evil), "a?"},
		{"link to a missing blob", entry("120000", "a", missing), "a@"},
		{".git", entry("40000", ".git", dir), ".git/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tip := f.commitTree("new", f.object("tree", test.tree))
			trees, err := f.treesOf(t.Context(), tip)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time from the cache
				if got := summary(t, trees.After); got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
			}
		})
	}
	r := f.open()
	for name, commit := range map[string]string{
		"zero tree": f.commitTree("new", strings.Repeat("0", 40)), "no tree": f.commitTree("new", "x"), "short tree": f.commitTree("new", dir[:38]), "missing commit": missing,
		"a blob for a tree": f.commitTree("new", evil), "missing tree": f.commitTree("new", missing), "no commit": dir, "another header first": f.object("commit", "x y\ntree "+dir+"\n"),
		"nothing": f.object("commit", ""),
	} {
		c := &content{src: r, maxBlob: 100, tips: []tip{{commit: commit, whole: true}}}
		trees, err := c.Trees(t.Context(), 0)
		if err == nil {
			_, err = trees.After.ReadDir(".")
		}
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEmptyTree: git knows the tree without entries without having it stored.
func TestEmptyTree(t *testing.T) { readers(t, testEmptyTree) }

func testEmptyTree(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		f := newFixture(t, "--bare", "--object-format="+format)
		empty := source.EmptyTree(f.git("hash-object", "--stdin"))
		for want, tree := range map[string]string{"": empty, "a/": f.object("tree", entry("40000", "a", empty))} {
			trees, err := f.treesOf(t.Context(), f.commitTree("tip", tree))
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(t, trees.After); got != want {
				t.Errorf("%s: %q, want %q", format, got, want)
			}
		}
	}
}

// summary says of each entry of the root what can be read of it: content, "/" a directory, "@" a link, "?" a submodule, "!" an error.
func summary(t *testing.T, tree analyzers.Tree) string {
	t.Helper()
	notThere := func(name string, err error) {
		var path *fs.PathError
		if errors.Is(err, fs.ErrNotExist) || !errors.As(err, &path) {
			t.Errorf("%s: what cannot be read is said to be missing: %v", name, err)
		}
	}
	list, err := tree.ReadDir(".")
	if err != nil {
		notThere(".", err)
		if _, err := tree.ReadFile("a"); err == nil {
			t.Error("a file of a directory that cannot be read")
		} else {
			notThere("a", err)
		}
		return "refused"
	}
	var words []string
	for _, e := range list {
		data, err := tree.ReadFile(e.Name())
		if err != nil {
			notThere(e.Name(), err)
		}
		word := e.Name() + "=" + strings.TrimSpace(string(data))
		switch e.Type() {
		case fs.ModeDir:
			word = e.Name() + "/"
			if _, err := tree.ReadDir(e.Name()); err != nil {
				notThere(e.Name(), err)
				word = e.Name() + "!"
			}
		case fs.ModeSymlink:
			word = e.Name() + "@"
		case fs.ModeIrregular:
			word = e.Name() + "?"
		case 0:
			_, openErr := tree.Open(e.Name())
			_, infoErr := e.Info()
			if (err == nil) != (openErr == nil) || (err == nil) != (infoErr == nil) {
				t.Errorf("%s: %v to read, %v to open, %v to ask about", e.Name(), err, openErr, infoErr)
			}
			if err != nil {
				word = e.Name() + "!"
			}
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// TestTreeOfLies: where objects have names that are not theirs, as git itself would read them, a tree can be in itself. The walk through it ends.
func TestTreeOfLies(t *testing.T) { readers(t, testTreeOfLies) }

func testTreeOfLies(t *testing.T) {
	p := odbtest.NewPack()
	id := odbtest.ID("blob", "the name of the tree\n")
	name := strings.Repeat("d", 200_000)
	p.Lie(id, "tree", odbtest.Entry("40000", name, id))
	d := deliver(t, p)
	tip := d.commitTree("tip", id)
	trees, err := d.treesOf(t.Context(), tip)
	if err != nil {
		t.Fatal(err)
	}
	_, err = listTree(trees.After, tip)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestTooLargeFile has files at the limit and beyond it: nothing is read of these, and nothing else is of use to an analyzer.
func TestTooLargeFile(t *testing.T) { readers(t, testTooLargeFile) }

func testTooLargeFile(t *testing.T) {
	f := newFixture(t, "--bare")
	just, over := f.object("blob", strings.Repeat("x", 100)), f.object("blob", strings.Repeat("x", 101))
	tip := f.commitTree("tip", f.object("tree", entry("100644", "just", just)+entry("100644", "over", over)))
	trees, err := f.treesOf(t.Context(), tip, maxBlob(100))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := trees.After.ReadFile("just"); len(data) != 100 || err != nil {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	_, readErr := trees.After.ReadFile("over")
	_, openErr := trees.After.Open("over")
	for _, err := range []error{readErr, openErr} {
		var path *fs.PathError
		if !errors.Is(err, analyzers.ErrTooLarge) || !errors.As(err, &path) || path.Path != "over" || !strings.Contains(err.Error(), "101 bytes, at most 100") {
			t.Errorf("too large: %v", err)
		}
	}
	if info, err := fs.Stat(trees.After, "over"); err != nil || info.Size() != 101 {
		t.Errorf("%v, %v", info, err)
	}
}

// shares is a source that hands out the same bytes to all.
type shares struct {
	source.Source
	data []byte
}

func (s shares) Info(_ context.Context, id string) (source.Object, error) {
	return source.Object{ID: id, Kind: "blob", Size: int64(len(s.data))}, nil
}

func (s shares) Read(ctx context.Context, id string, _ int64) (source.Object, []byte, error) {
	o, err := s.Info(ctx, id)
	return o, s.data, err
}

// TestReadFileIsOwn: what [fs.ReadFileFS] returns may be written to, what a source returns may not.
func TestReadFileIsOwn(t *testing.T) {
	src := shares{data: []byte("text")}
	tree := &tree{ctx: t.Context(), src: src, maxBlob: 10, dirs: &indexDirs{func() (*indexDir, error) {
		return &indexDir{directory: directory{{"a", strings.Repeat("x", 20), modeFile}}}, nil
	}}}
	data, err := tree.ReadFile("a")
	if err != nil {
		t.Fatal(err)
	}
	data[0] = 'n'
	if string(src.data) != "text" {
		t.Error("who writes to what he has read writes to the source's own")
	}
}

// TestTreeDamage damages what trees are made of. Each look at it is an error that is not fs.ErrNotExist, even where a file of the
// repository is missing: a file without which something is fine would be taken for absent.
func TestTreeDamage(t *testing.T) { readers(t, testTreeDamage) }

func testTreeDamage(t *testing.T) {
	for _, how := range []string{"missing", "empty", "corrupt"} {
		for _, object := range []string{"tip:a.txt", "tip:dir/b.txt", "tip^{tree}", "tip:dir"} {
			f := damaged(t)
			id, tip := f.id(object), f.id("tip")
			trees, err := f.treesOf(t.Context(), tip)
			if err != nil {
				t.Fatal(err)
			}
			path := f.loose(id)
			err = os.Remove(path)
			if text := map[string]string{"empty": "", "corrupt": "\x78\x01garbage"}; how != "missing" && err == nil {
				err = os.WriteFile(path, []byte(text[how]), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = listTree(trees.After, tip)
			if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, analyzers.ErrTooLarge) || !strings.Contains(err.Error(), id[2:]) {
				t.Errorf("%s %s: %v", how, object, err)
			}
		}
	}
	f := damaged(t)
	tip := f.id("tip")
	f.git("update-ref", "-d", "refs/tags/tip")
	f.git("update-ref", "refs/heads/main", tip+"~1")
	c := readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(tip), New: tip})
	if err := os.Remove(f.loose(f.id(tip + "~1"))); err != nil {
		t.Fatal(err)
	}
	if trees, err := c.Trees(t.Context(), 0); readerOf(t) == ReaderGit && (err == nil || errors.Is(err, fs.ErrNotExist)) { // the other has read it already
		t.Errorf("%+v without the old commit, %v", trees, err)
	}
}

// fails is a source that fails with the error of a missing file.
type fails struct{ source.Source }

func (fails) Info(context.Context, string) (source.Object, error) {
	return source.Object{}, fmt.Errorf("pack: %w", &fs.PathError{Op: "open", Path: "x.pack", Err: fs.ErrNotExist})
}

func (f fails) Read(ctx context.Context, id string, _ int64) (source.Object, []byte, error) {
	o, err := f.Info(ctx, id)
	return o, nil, err
}

func (f fails) Compare(ctx context.Context, _ []*source.Comparison, _ source.Renames) error {
	_, err := f.Info(ctx, "")
	return err
}

// TestVanishedRepository: a repository whose files are gone has not lost the files of its trees.
func TestVanishedRepository(t *testing.T) {
	id := strings.Repeat("1", 40)
	gone := &content{src: fails{}, tips: []tip{{commit: id}}}
	if _, err := gone.Trees(t.Context(), 0); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("commit: %v", err)
	}
	staged := &content{src: fails{}, staged: []string{source.EmptyTree(id)}}
	trees, err := staged.Trees(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, tree := range map[string]analyzers.Tree{"index": trees.After, "tree": gone.tree(t.Context(), newObjectDirs(gone.directories(), id[:20]))} {
		_, readErr := tree.ReadFile("a/b")
		_, listErr := tree.ReadDir(".")
		for _, err := range []error{readErr, listErr} {
			if err == nil || errors.Is(err, fs.ErrNotExist) || os.IsNotExist(err) || !strings.Contains(err.Error(), "x.pack") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestTreeContext ends what a tree reads with the context it was asked for with, also what was read before.
func TestTreeContext(t *testing.T) { readers(t, testTreeContext) }

func testTreeContext(t *testing.T) {
	f := newFixture(t)
	f.commit("one", "a.txt", "a\n", "dir/b.txt", "b\n")
	r := f.open()
	c, err := r.Tree(t.Context(), "HEAD", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	staged, err := r.Staged(t.Context(), f.environ(), Scope{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*analyzers.Change{c, staged} {
		ctx, cancel := context.WithCancelCause(t.Context())
		short, err := c.Trees(ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		long, err := c.Trees(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		read := func(tree analyzers.Tree) (errs []error) {
			for _, read := range []func() error{
				func() error { _, err := tree.ReadDir("."); return err },
				func() error { _, err := tree.ReadDir("dir"); return err },
				func() error { _, err := tree.ReadFile("dir/b.txt"); return err },
				func() error { _, err := tree.Open("a.txt"); return err },
				func() error { _, err := tree.Open("."); return err },
				func() error { _, err := fs.Stat(tree, "."); return err },
				func() error { _, err := fs.Stat(tree, "a.txt"); return err },
				func() error { _, err := tree.ReadFile("nothing"); return err },
			} {
				errs = append(errs, read())
			}
			return errs
		}
		before := read(short.After)
		cause := errors.New("the time is over")
		cancel(cause)
		for i, err := range read(short.After) {
			if !errors.Is(err, cause) {
				t.Errorf("read %d: %v, before %v", i, err, before[i])
			}
		}
		for i, err := range read(long.After) {
			if fmt.Sprint(err) != fmt.Sprint(before[i]) {
				t.Errorf("read %d of another tree: %v, want %v", i, err, before[i])
			}
		}
		if trees, err := c.Trees(ctx, 0); c != staged && !errors.Is(err, cause) {
			t.Errorf("%+v, %v", trees, err)
		}
	}
}

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
