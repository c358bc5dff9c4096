package gitio

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
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
