package gitio

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// hostileNames are names of files that no "git add" would take, or that a careless reader mistakes.
var hostileNames = []string{
	".git", "..", ".", "new\nline", "tab\there", "esc\x1b[2J", `"quoted"`, `back\slash`, "\xff\xfe\x80", "-dash", "--output=x", ":(glob)**", ":!x", "*", " lead", "trail ",
	"b/../c", "a => b", "{a => b}", "\\ No newline at end of file", "a b\t", "dev\x7f", "\x01", "e\u0301", "\u200b", "CON", "x.lock", "a\r", "@@ -1 +1 @@", ":100644",
	strings.Repeat("p", 4096), strings.Repeat("q\n", 5000),
}

// TestHostileNames reads files with such names, one tree each and all in one, below a directory with such a name and as a merge
// with and without a file of that name.
func TestHostileNames(t *testing.T) { readers(t, testHostileNames) }

func testHostileNames(t *testing.T) {
	f := newFixture(t, "--bare")
	base := f.commitTree("base", f.object("tree", ""))
	blob := f.object("blob", "evil\n")
	var wants []place
	var tips []string
	for _, name := range hostileNames {
		file := f.object("tree", entry("100644", name, blob))
		dir := f.object("tree", entry("40000", name, file))
		for _, k := range []struct{ id, path string }{
			{f.commitTree("file", file, base), name},
			{f.commitTree("dir", dir, base), name + "/" + name},
			{f.commitTree("merge", dir, base, f.commitTree("side", f.object("tree", ""), base)), name + "/" + name},
		} {
			wants, tips = append(wants, place{k.id, k.path}), append(tips, k.id)
		}
	}
	tip := f.commitTree("octopus", f.object("tree", ""), tips...)
	c := readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(tip), New: tip})
	files := map[place]bool{}
	for file, err := range c.Files(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		files[place{file.Commit, file.Path}] = true
	}
	hunks := hunksByFile(t, c)
	for _, w := range wants {
		if h := hunks[w]; !files[w] || len(h) != 1 || string(h[0].Text) != "evil\n" {
			t.Errorf("%.80q: listed %t, hunks %v", w.path, files[w], h)
		}
	}
}

// TestHostileTrees reads trees that git would not write. Each holds blobs with the line "evil", which must be found, every one,
// or the reading must fail.
func TestHostileTrees(t *testing.T) { readers(t, testHostileTrees) }

func testHostileTrees(t *testing.T) {
	f := newFixture(t, "--bare")
	good, other := f.object("blob", "good\n"), f.object("blob", "other\n")
	evil, evil2 := f.object("blob", "evil\n"), f.object("blob", "evil\nevil too\n")
	file := func(name, id string) string { return entry("100644", name, id) }
	dir := f.object("tree", file("x", evil))
	for _, test := range []struct {
		name string
		old  string // the parent's tree
		tree string
		want int // lines; -1 = an error
	}{
		{"unsorted", file("a", good) + file("z", good), file("z", evil) + file("a", evil2), 3},
		{"duplicates", file("a", good), file("a", good) + file("a", evil), 1},
		{"duplicates, evil first", file("a", good), file("a", evil) + file("a", good), 1},
		{"three duplicates", file("a", good), file("a", evil) + file("a", good) + file("a", evil2), 3},
		{"file and directory of one name", file("a", good), file("a", good) + entry("40000", "a", dir), 1},
		{"directory before file", file("a", good), entry("40000", "a", dir) + file("a", evil), 2},
		{"slash in a name", file("a", good), file("a/b", evil), 1},
		{"empty name", file("a", good), file("", evil), -1},
		{"cut off", file("a", good), file("b", evil)[:20], -1},
		{"no mode", file("a", good), " b\x00" + file("b", evil)[9:], -1},
		{"mode 664", file("a", good), entry("100664", "a", evil), 1},
		{"mode 4755", file("a", good), entry("104755", "a", evil), 1},
		{"mode 0100644", file("a", good), entry("0100644", "a", evil), 1},
		{"directory mode 40755", file("a", good), entry("40755", "a", dir), 1},
		{"file that is a tree", file("a", good), file("a", dir), -1},
		{"directory that is a file", file("a", good), entry("40000", "a", evil), -1},
		{"missing blob", file("a", good), file("a", strings.Repeat("1", 40)), -1},
		{"missing directory", file("a", good), entry("40000", "a", strings.Repeat("1", 40)), -1},
		{"null blob", file("a", good), file("a", strings.Repeat("0", 40)), -1},
		{"file to directory", file("a", good), entry("40000", "a", dir), 1},
		{"directory to file", entry("40000", "a", dir), file("a", evil2), 2},
		{"file to symlink", file("a", good), entry("120000", "a", evil), 1},
		{"file to symlink, same content", file("a", evil), entry("120000", "a", evil), 0},
		{"symlink to file", entry("120000", "a", good), file("a", evil), 1},
		{"submodule to file", entry("160000", "a", strings.Repeat("1", 40)), file("a", evil), 1},
		{"submodule to directory", entry("160000", "a", strings.Repeat("1", 40)), entry("40000", "a", dir), 1},
		{"file to submodule", file("a", good), entry("160000", "a", strings.Repeat("1", 40)), 0},
	} {
		old := f.commitTree("old", f.object("tree", test.old))
		side := f.commitTree("side", f.object("tree", file("a", other)+file("z", other)), old)
		tree := f.object("tree", test.tree)
		for kind, tip := range map[string]string{
			"commit":               f.commitTree("new", tree, old),
			"merge":                f.commitTree("new", tree, old, side),
			"merge, other way":     f.commitTree("new", tree, side, old),
			"merge of the same":    f.commitTree("new", tree, old, old),
			"root":                 f.commitTree("new", tree),
			"tree behind a ref":    tree,
			"too large for a diff": f.commitTree("new ", tree, old),
		} {
			t.Run(test.name+"/"+kind, func(t *testing.T) {
				r := f.open()
				if kind == "too large for a diff" {
					r = f.open(maxBlob(10))
				}
				got, err := evilLines(r, tip)
				want := test.want
				if want >= 0 && kind == "too large for a diff" {
					want -= 2 * strings.Count(test.tree, entry("", "", evil2)[2:])
				}
				switch {
				case err != nil && test.want >= 0:
					t.Error(err)
				case err == nil && test.want < 0:
					t.Errorf("%d evil lines and no error", got)
				case err == nil && got < want:
					t.Errorf("%d evil lines, want %d", got, want)
				}
			})
		}
	}
}

// evilLines counts the lines with "evil" in what a push of the tip to a new ref brings.
func evilLines(r *Repo, tip string) (int, error) {
	c, err := r.Push(context.Background(), []analyzers.RefUpdate{{Ref: "refs/heads/x", Old: zeros(tip), New: tip}}, PushOptions{})
	if err != nil {
		return 0, err
	}
	n := 0
	for h, err := range c.Hunks(context.Background()) {
		if err != nil {
			return n, err
		}
		if h.Commit == "" || len(c.Commits) == 0 || h.Commit == c.Commits[len(c.Commits)-1].ID {
			n += strings.Count(string(h.Text), "evil")
		}
	}
	return n, nil
}

// TestUnsortedMergeHidesNothing is an attack on "git diff-tree -c", which walks the paths of both comparisons in step: in an
// unsorted tree it loses one.
func TestUnsortedMergeHidesNothing(t *testing.T) { readers(t, testUnsortedMergeHidesNothing) }

func testUnsortedMergeHidesNothing(t *testing.T) {
	f := newFixture(t, "--bare")
	good, mid, evil := f.object("blob", "good\n"), f.object("blob", "mid\n"), f.object("blob", "evil\n")
	first := f.commitTree("first", f.object("tree", entry("100644", "a", good)+entry("100644", "z", good)))
	second := f.commitTree("second", f.object("tree", entry("100644", "a", good)+entry("100644", "z", mid)), first)
	tip := f.commitTree("merge", f.object("tree", entry("100644", "z", mid)+entry("100644", "a", evil)), first, second)
	if seen := f.git("diff-tree", "-c", "-M", "-r", tip); strings.Contains(seen, evil) {
		t.Logf("this git shows the path too: %s", seen)
	}
	if n, err := evilLines(f.open(), tip); n != 1 || err != nil {
		t.Errorf("%d evil lines, %v", n, err)
	}
}

// TestHugePath reads a path that is longer than what is kept.
func TestHugePath(t *testing.T) { readers(t, testHugePath) }

func testHugePath(t *testing.T) {
	f := newFixture(t, "--bare")
	tip := f.commitTree("huge", f.object("tree", entry("100644", strings.Repeat("x", source.MaxPath+1), f.object("blob", "evil\n"))))
	if n, err := evilLines(f.open(), tip); err == nil || !strings.Contains(err.Error(), fmt.Sprint(source.MaxPath)) {
		t.Errorf("%d evil lines, %v", n, err)
	}
}

// TestSubmoduleVouchesForNothing: a parent's submodule has the id of a blob of ours, and the merge turns it into that file. The
// parent never had the content.
func TestSubmoduleVouchesForNothing(t *testing.T) { readers(t, testSubmoduleVouchesForNothing) }

func testSubmoduleVouchesForNothing(t *testing.T) {
	f := newFixture(t)
	base := f.commitTree("base", f.object("tree", ""))
	blob := f.object("blob", "evil\n")
	gitlink := f.gitIn(entry("160000", "p", blob), "hash-object", "-w", "-t", "tree", "--literally", "--stdin")
	file := f.gitIn(entry("100644", "p", blob), "hash-object", "-w", "-t", "tree", "--literally", "--stdin")
	c1 := f.commitTree("module", gitlink, base)
	f.git("update-ref", "refs/heads/stored", c1) // before anybody looked
	c2 := f.commitTree("other", f.id(base+"^{tree}"), base)
	merge := f.commitTree("merge", file, c1, c2)
	zero := strings.Repeat("0", 40)
	change := readPush(t, f.open(), analyzers.RefUpdate{Old: zero, New: merge, Ref: "refs/heads/evil"})
	var lines []string
	for h, err := range change.Hunks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if h.Commit == merge {
			lines = append(lines, h.Path+":"+string(h.Text))
		}
	}
	if !slices.Contains(lines, "p:evil\n") {
		t.Errorf("the merge brings %q, want the file's line", lines)
	}
}
