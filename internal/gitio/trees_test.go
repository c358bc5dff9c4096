package gitio

import (
	"context"
	"crypto/sha1" // #nosec G505 -- what names objects
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers"
)

// blobID returns the id of a blob, in the hash function that another id is of.
func blobID(data []byte, like string) string {
	var h hash.Hash = sha1.New() // #nosec G401 -- what names objects
	if len(like) == 64 {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// listTree lists all of a tree by path: modes, and ids of files, which are made of what is read. like is an id of the same format.
func listTree(tree fs.FS, like string) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch mode := info.Mode(); mode {
		case fs.ModeDir | 0o555:
			files[path] = "040000"
		case fs.ModeSymlink | 0o777:
			files[path] = "120000"
		case fs.ModeIrregular:
			files[path] = "160000"
		case 0o444, 0o555:
			data, err := fs.ReadFile(tree, path)
			if err != nil {
				return err
			}
			if int64(len(data)) != info.Size() {
				return fmt.Errorf("%s has %d bytes, it says %d", path, len(data), info.Size())
			}
			files[path] = map[fs.FileMode]string{0o444: "100644 ", 0o555: "100755 "}[mode] + blobID(data, like)
			return nil
		default:
			return fmt.Errorf("%s has the mode %v", path, mode)
		}
		if _, err := fs.ReadFile(tree, path); err == nil || errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reading %s, which is %s: %v", path, files[path], err)
		}
		if f, err := tree.Open(path); (err == nil) != d.IsDir() {
			return fmt.Errorf("opening %s, which is %s: %v, %v", path, files[path], f, err)
		}
		return nil
	})
	return files, err
}

// lsTree lists the same with git, but for names that no file system may have.
func (f *fixture) lsTree(rev string) map[string]string {
	f.t.Helper()
	return asTree(f.git("ls-tree", "-r", "-t", "-z", "--full-tree", rev))
}

// asTree reads "MODE TYPE ID<tab>PATH" or "MODE ID STAGE<tab>PATH".
func asTree(list string) map[string]string {
	files := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		meta, path, _ := strings.Cut(line, "\t")
		word := strings.Fields(meta)
		if len(word) != 3 || !fs.ValidPath(path) {
			continue
		}
		files[path] = word[0]
		if strings.HasPrefix(word[0], "100") {
			files[path] += " " + word[len(word)-1]
		}
	}
	return files
}

// sameTree holds a tree against what it should be.
func sameTree(t *testing.T, what string, tree fs.FS, want map[string]string, like string) {
	t.Helper()
	if tree == nil {
		t.Errorf("%s: no tree", what)
		return
	}
	got, err := listTree(tree, like)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for path, is := range got {
		if want[path] != is {
			t.Errorf("%s: %q is %s, want %s", what, path, is, want[path])
		}
	}
	for path, is := range want {
		if _, ok := got[path]; !ok {
			t.Errorf("%s: %q is not there, want %s", what, path, is)
		}
	}
}

// sameTrees holds the trees of a ref against commits that are known: that of the ref, "" = none, and those before.
func (f *fixture) sameTrees(t *testing.T, c *analyzers.Change, ref int, after string, before ...string) {
	t.Helper()
	trees, err := c.Trees(t.Context(), ref)
	if err != nil {
		t.Errorf("ref %d: %v", ref, err)
		return
	}
	if trees.Commit != after {
		t.Errorf("ref %d: commit %q, want %q", ref, trees.Commit, after)
	}
	if after == "" {
		if trees.After != nil || trees.Before != nil {
			t.Errorf("ref %d: trees %+v of no commit", ref, trees)
		}
		return
	}
	sameTree(t, fmt.Sprintf("ref %d after", ref), trees.After, f.lsTree(after), after)
	if len(trees.Before) != len(before) {
		t.Errorf("ref %d: %d trees before, want %d", ref, len(trees.Before), len(before))
		return
	}
	for i, commit := range before {
		sameTree(t, fmt.Sprintf("ref %d before, tree %d", ref, i), trees.Before[i], f.lsTree(commit), commit)
	}
}

// treesOfPush holds the trees of a push, in its quarantine, against what git says of them.
func (f *fixture) treesOfPush(t *testing.T, c *analyzers.Change) {
	t.Helper()
	for i, ref := range c.Refs {
		id, _ := f.try("", "rev-parse", "-q", "--verify", ref.New+"^{commit}")
		after := strings.TrimSpace(id)
		var before []string
		if after != "" {
			before = f.edges(after, ref)
		}
		f.sameTrees(t, c, i, after, before...)
	}
	for _, ref := range []int{-1, len(c.Refs)} {
		if trees, err := c.Trees(t.Context(), ref); err == nil {
			t.Errorf("a ref that is not there has %+v", trees)
		}
	}
}

// edges asks git at which commits the new ones of a ref begin: one at most, as the pushes of the test have it.
func (f *fixture) edges(tip string, ref analyzers.RefChange) []string {
	f.t.Helper()
	if list := f.git("rev-list", tip, "--not", "--all"); list == "" {
		return []string{tip}
	}
	var edges []string
	for line := range strings.Lines(f.git("rev-list", "--boundary", tip, "--not", "--all")) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "-"); ok {
			edges = append(edges, id)
		}
	}
	return edges
}

// TestTreesBefore has histories of which the old trees are not obvious.
func TestTreesBefore(t *testing.T) { readers(t, testTreesBefore) }

func testTreesBefore(t *testing.T) {
	f := newFixture(t, "--bare")
	zero := strings.Repeat("0", 40)
	n := 0
	commit := func(parents ...string) string { // each with a tree of its own
		n++
		text := fmt.Sprintf("%d\n", n)
		return f.commitTree(text, f.object("tree", entry("100644", "a.txt", f.object("blob", text))), parents...)
	}
	root := commit()
	main := commit(root)
	f.git("update-ref", "refs/heads/main", main)
	var stored []string // ten branches from the root
	for i := range 10 {
		stored = append(stored, commit(root))
		f.git("update-ref", fmt.Sprintf("refs/heads/s%d", i), stored[i])
	}
	same := f.commitTree("the tree of main", f.id(main+"^{tree}"), root)
	f.git("update-ref", "refs/heads/same", same)

	line := commit(commit(main))
	side := commit(stored[0])
	merge := commit(commit(line, side), commit(stored[1]), stored[2])
	var children []string // more of one commit than are kept, and one of another
	for range maxBefore + 2 {
		children = append(children, commit(main))
	}
	children = append(children, commit(stored[7]))
	many := append([]string{main}, stored...)
	criss := commit(commit(main, stored[3]), commit(stored[3], main))
	for _, test := range []struct {
		name     string
		ref      string
		old, new string
		before   []string
	}{
		{"new branch", "refs/heads/new", zero, line, []string{main}},
		{"new branch with merges: the first parents' line, then those of the newest merge", "refs/heads/new", zero, merge, []string{main, stored[1], stored[2], stored[0]}},
		{"new branch at a commit that is there", "refs/heads/new", zero, stored[4], []string{stored[4]}},
		{"new branch without a common ancestor", "refs/heads/new", zero, commit(commit()), nil},
		{"new branch with another root", "refs/heads/new", zero, commit(commit(), line), []string{main}},
		{"new branch from two commits of one tree", "refs/heads/new", zero, commit(main, same), []string{main}},
		{"new branch back and forth", "refs/heads/new", zero, criss, []string{main, stored[3]}},
		{"more than are kept", "refs/heads/new", zero, commit(many...), many[:maxBefore]},
		{"many lines from one commit", "refs/heads/new", zero, commit(children...), []string{main, stored[7]}},
		{"fast-forward of a topic", "refs/heads/s0", stored[0], commit(stored[0], line), []string{stored[0], main}},
		{"to a commit that is there", "refs/heads/s0", stored[0], commit(stored[0]), []string{stored[0]}},
		{"nowhere", "refs/heads/s0", stored[0], stored[0], []string{stored[0]}},
		{"forced", "refs/heads/s0", stored[0], line, []string{main}},
		{"forced back", "refs/heads/s0", stored[0], root, []string{root}},
		{"protected, past what only a topic branch has", "refs/heads/main", main, commit(main, commit(stored[5])), []string{main, root}},
		{"protected, forced to a topic branch", "refs/heads/main", main, commit(stored[5]), []string{root}},
		{"protected, moved aside to another branch of what is there", "refs/heads/main", main, stored[6], []string{root}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := readPush(t, f.open(), analyzers.RefUpdate{Ref: test.ref, Old: test.old, New: test.new})
			f.sameTrees(t, c, 0, test.new, test.before...)
		})
	}
}

// TestTreesOfKinds reads ranges, trees and histories.
func TestTreesOfKinds(t *testing.T) { readers(t, testTreesOfKinds) }

func testTreesOfKinds(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			f := newFixture(t, "--object-format="+format)
			one := f.commit("one", "a.txt", "a\n", "dir/sub/b.txt", "b\n", "dir.txt", "x\n", "dir0", "y\n")
			f.git("checkout", "-q", "-b", "topic")
			topic := f.commit("topic", "dir/sub/b.txt", "B\n")
			f.git("checkout", "-q", "main")
			two := f.commit("two", "a.txt", "A\n")
			r := f.open()
			read := func(c *analyzers.Change, err error) *analyzers.Change {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			f.sameTrees(t, read(r.Range(t.Context(), one, "main", Scope{})), 0, two, one)
			f.sameTrees(t, read(r.Range(t.Context(), "main", "topic", Scope{})), 0, topic, one) // not main: what that mended, topic did not break
			f.sameTrees(t, read(r.Range(t.Context(), "main", one, Scope{})), 0, one, one)
			f.sameTrees(t, read(r.Tree(t.Context(), "topic", Scope{})), 0, topic)
			f.sameTrees(t, read(r.History(t.Context(), "main", Scope{})), 0, two)
			c := read(r.Message(t.Context(), f.environ(), "a message\n", Scope{}))
			if trees, err := c.Trees(t.Context(), 0); trees.After != nil || err != nil {
				t.Errorf("a message has the trees %+v, %v", trees, err)
			}
		})
	}
}

// TestTreesOfShallow reads a clone whose history is cut off: there is nothing before its edge.
func TestTreesOfShallow(t *testing.T) { readers(t, testTreesOfShallow) }

func testTreesOfShallow(t *testing.T) {
	f := newFixture(t)
	f.commit("one", "a.txt", "a\n")
	two := f.commit("two", "a.txt", "b\n")
	three := f.commit("three", "a.txt", "c\n")
	clone := newFixture(t, "--bare")
	clone.git("fetch", "-q", "--depth=2", "file://"+filepath.ToSlash(f.dir), "main:refs/heads/main")
	r := clone.open()
	zero := strings.Repeat("0", 40)
	clone.sameTrees(t, readPush(t, r, analyzers.RefUpdate{Ref: "refs/heads/main", Old: three, New: two}), 0, two, two)
	clone.git("update-ref", "-d", "refs/heads/main")
	clone.sameTrees(t, readPush(t, clone.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zero, New: three}), 0, three)
	clone.git("update-ref", "refs/heads/main", two)
	clone.sameTrees(t, readPush(t, clone.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zero, New: three}), 0, three, two)
}

// TestTreeIsFS holds an ordinary tree, and that of the index, against what every file system does.
func TestTreeIsFS(t *testing.T) { readers(t, testTreeIsFS) }

func testTreeIsFS(t *testing.T) {
	f := newFixture(t)
	f.commit("one", "a.txt", "a\n", "dir/sub/b.go", "package b\n", "dir/sub.go", "package dir\n", "dir/empty", "", ".git0/x", "x", "größe/ü", "ü\n")
	f.git("update-index", "--chmod=+x", "a.txt")
	f.git("commit", "-q", "-m", "mode")
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
		trees, err := c.Trees(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := fstest.TestFS(trees.After, "a.txt", "dir/sub/b.go", "dir/sub.go", "dir/empty", ".git0/x", "größe/ü"); err != nil {
			t.Error(err)
		}
		for name, want := range map[string]error{
			"nothing": fs.ErrNotExist, "a.txt/x": fs.ErrNotExist, "dir/nothing/x": fs.ErrNotExist, "dir/sub.g": fs.ErrNotExist, "dir/sub/b.go/x/y": fs.ErrNotExist,
			"": fs.ErrInvalid, "/a.txt": fs.ErrInvalid, "./a.txt": fs.ErrInvalid, "dir/": fs.ErrInvalid, "dir/../a.txt": fs.ErrInvalid, "\xff": fs.ErrInvalid, "dir//sub.go": fs.ErrInvalid,
		} {
			_, err := trees.After.ReadFile(name)
			_, openErr := trees.After.Open(name)
			_, listErr := trees.After.ReadDir(name)
			_, statErr := fs.Stat(trees.After, name)
			for _, err := range []error{err, openErr, listErr, statErr} {
				var path *fs.PathError
				if !errors.Is(err, want) || !errors.As(err, &path) || path.Path != name {
					t.Errorf("%q: %v, want %v", name, err, want)
				}
			}
		}
		if _, err := trees.After.ReadDir("a.txt"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file as a directory: %v", err)
		}
		if _, err := trees.After.ReadFile("dir"); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a directory as a file: %v", err)
		}
		data, err := trees.After.ReadFile("a.txt")
		if err != nil {
			t.Fatal(err)
		}
		data[0] = 'x'
		if again, _ := trees.After.ReadFile("a.txt"); string(again) != "a\n" {
			t.Errorf("who writes to what he has read changes it for others: %q", again)
		}
	}
}

// newModules makes a history of real code: a commit for each of some modules that this one depends on, each in place of the one before.
func newModules(t *testing.T) (f *fixture, commits []string) {
	f = newFixture(t)
	for _, module := range []string{"github.com/rs/zerolog", "github.com/go-git/go-git/v5", "github.com/sourcegraph/conc"} {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", module, err)
		}
		to := filepath.Join(f.dir, "module")
		if err := os.RemoveAll(to); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(to, os.DirFS(strings.TrimSpace(string(out)))); err != nil {
			t.Fatal(err)
		}
		f.tick++
		f.git("-c", "core.looseCompression=1", "add", "-A", "-f")
		f.git("commit", "-q", "-m", module)
		commits = append(commits, f.id("HEAD"))
	}
	return f, commits
}

// TestTreesOfModules reads the sources of modules.
func TestTreesOfModules(t *testing.T) {
	f, commits := newModules(t)
	readers(t, func(t *testing.T) {
		g := *f
		g.t = t
		g.treesOfModules(t, commits)
	})
}

func (f *fixture) treesOfModules(t *testing.T, commits []string) {
	r := f.open()
	c, err := r.Range(t.Context(), commits[0], commits[len(commits)-1], Scope{})
	if err != nil {
		t.Fatal(err)
	}
	f.sameTrees(t, c, 0, commits[len(commits)-1], commits[0])
	for _, commit := range commits[1 : len(commits)-1] {
		if c, err = r.Tree(t.Context(), commit, Scope{}); err != nil {
			t.Fatal(err)
		}
		f.sameTrees(t, c, 0, commit)
	}
	if testing.Short() {
		return
	}
	trees, err := c.Trees(t.Context(), 0)
	if err == nil {
		err = fstest.TestFS(trees.After, slices.Collect(func(yield func(string) bool) {
			for path, is := range f.lsTree(trees.Commit) {
				if strings.HasPrefix(is, "100") && !yield(path) {
					return
				}
			}
		})...)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestTreesOfOwnHistory reads the newest tree of this project.
func TestTreesOfOwnHistory(t *testing.T) { readers(t, testTreesOfOwnHistory) }

func testTreesOfOwnHistory(t *testing.T) {
	f := &fixture{t: t, dir: filepath.Join("..", "..")}
	head, err := f.try("", "rev-parse", "--verify", "HEAD")
	if err != nil {
		t.Logf("the sources are no checkout that git reads, so there is no tree to compare: %v", err)
		return
	}
	head = strings.TrimSpace(head)
	c, err := f.open().Tree(t.Context(), head, Scope{})
	if err != nil {
		t.Fatal(err)
	}
	f.sameTrees(t, c, 0, head)
}

// treesOf returns the trees of a push of one commit to a new ref.
func (f *fixture) treesOf(ctx context.Context, tip string, options ...func(*Options)) (analyzers.Trees, error) {
	f.t.Helper()
	c := readPush(f.t, f.open(options...), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(tip), New: tip})
	return c.Trees(ctx, 0)
}
