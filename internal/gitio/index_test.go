package gitio

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// TestMain lets the test program be a hook too: it then writes what is staged to the file that the variable names.
func TestMain(m *testing.M) {
	out := os.Getenv("GITIO_TEST_HOOK")
	if out == "" {
		os.Exit(m.Run())
	}
	if err := hook(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

func hook(out string) error {
	ctx := context.Background()
	r, err := Open(ctx, Options{Environ: os.Environ()})
	if err != nil {
		return err
	}
	c, err := r.Staged(ctx, os.Environ(), Scope{})
	if err != nil {
		return err
	}
	if trees := os.Getenv("GITIO_TEST_TREES"); trees != "" {
		if err := writeTrees(ctx, c, trees); err != nil {
			return err
		}
	}
	text, err := describe(c)
	if err != nil {
		return err
	}
	return os.WriteFile(out, []byte(text), 0o600)
}

// writeTrees writes the trees of a change to a file: that of the index, then those before.
func writeTrees(ctx context.Context, c *analyzers.Change, file string) error {
	trees, err := c.Trees(ctx, 0)
	if err != nil {
		return err
	}
	id := os.Getenv("GITIO_TEST_ID") // of the format of the repository
	var list []map[string]string
	for _, tree := range append([]analyzers.Tree{trees.After}, trees.Before...) {
		files, err := listTree(tree, id)
		if err != nil {
			return err
		}
		list = append(list, files)
	}
	data, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

// newHooked makes a repository whose pre-commit and pre-merge-commit write down what is staged, and what reads that.
func newHooked(t *testing.T, initOptions ...string) (*fixture, func() string) {
	t.Helper()
	f := newFixture(t, initOptions...)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "staged")
	for _, name := range []string{"pre-commit", "pre-merge-commit"} {
		path := filepath.Join(f.dir, ".git/hooks", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		text := "#!/bin/sh\nGITIO_TEST_HOOK='" + filepath.ToSlash(out) + "' exec '" + filepath.ToSlash(program) + "'\n"
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return f, func() string {
		t.Helper()
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(out)
		return string(text)
	}
}

// staged reads the index and fails the test when that changes it or the work tree.
func (f *fixture) staged() string {
	f.t.Helper()
	before := f.snapshot()
	c, err := f.open().Staged(f.t.Context(), f.environ(), Scope{})
	if err != nil {
		f.t.Fatal(err)
	}
	text := show(f.t, c)
	if after := f.snapshot(); after != before {
		f.t.Errorf("reading the index changed\n%s\ninto\n%s", before, after)
	}
	return text
}

// snapshot returns every file of the work tree and of the git directory but objects.
func (f *fixture) snapshot() string {
	var b strings.Builder
	err := filepath.Walk(f.dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.IsDir() && info.Name() == "objects" { // git writes the trees of a sparse index there
			return filepath.SkipDir
		}
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %v %q\n", path, info.Mode(), data)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return b.String()
}

// TestStaged reads the index in every state that people bring it into.
func TestStaged(t *testing.T) {
	for _, test := range []struct {
		name  string
		stage func(f *fixture)
		want  string
	}{
		{"nothing", func(f *fixture) { f.write("a", "not staged\n") }, ""},
		{"part of a file", func(f *fixture) {
			f.write("a", "one\ntwo\nstaged\n")
			f.git("add", "a")
			f.write("a", "one\ntwo\nstaged\nnot staged\n")
			f.write("new", "untracked\n")
		}, `M "a" 100644
			"a":3 "staged\n"`},
		{"intent to add", func(f *fixture) {
			f.write("later", "later\n")
			f.git("add", "--intent-to-add", "later")
			f.write("now", "now\n")
			f.git("add", "now")
		}, `A "now" 100644
			"now":1 "now\n"`},
		{"rename, deletion, modes, submodule", func(f *fixture) {
			f.git("mv", "b", "moved")
			f.git("rm", "-q", "gone")
			f.git("update-index", "--chmod=+x", "a")
			f.git("update-index", "--add", "--cacheinfo", "160000,"+f.id("HEAD")+",module")
		}, `M "a" 100755
			D "gone" 0
			A "module" 160000
			R "b"→"moved" 100644`},
		{"rename with a change", func(f *fixture) {
			f.git("mv", "b", "moved")
			f.write("moved", strings.Repeat("b\n", 20)+"more\n")
			f.git("add", "-A")
		}, `R "b"→"moved" 100644
			"moved":21 "more\n"`},
		{"split index", func(f *fixture) {
			f.git("update-index", "--split-index")
			f.write("a", "one\ntwo\nsplit\n")
			f.git("add", "a")
		}, `M "a" 100644
			"a":3 "split\n"`},
		{"sparse checkout", func(f *fixture) {
			f.commit("dirs", "in/x", "x\n", "out/y", "y\n")
			f.git("sparse-checkout", "init", "--cone", "--sparse-index")
			f.git("sparse-checkout", "set", "in")
			f.write("in/x", "x\nsparse\n")
			f.git("add", "in/x")
		}, `M "in/x" 100644
			"in/x":2 "sparse\n"`},
		{"conflict", func(f *fixture) {
			conflict(f)
		}, `U "a" 0
			"a":0 ""unmerged: resolve the conflict and add the file`},
		{"conflict resolved", func(f *fixture) {
			conflict(f)
			f.write("a", "ours\ntheirs\nneither\n")
			f.git("add", "a")
		}, `M "a" 100644
			"a":3 "neither\n"`},
		{"merge that takes one side", func(f *fixture) {
			conflict(f)
			f.git("checkout", "-q", "--theirs", "a")
			f.git("add", "a")
		}, ``},
		{"names of merged commits of another repository", func(f *fixture) {
			f.env = append(f.env, "GITHEAD_"+strings.Repeat("1", 40)+"=elsewhere", "GITHEAD_x=y")
			f.write("a", "one\ntwo\nthree\n")
			f.git("add", "a")
		}, `M "a" 100644
			"a":3 "three\n"`},
		{"other index", func(f *fixture) {
			f.env = append(f.env, "GIT_INDEX_FILE=.git/other")
			f.git("read-tree", "HEAD")
			f.write("a", "other\n")
			f.git("add", "a")
		}, `M "a" 100644
			"a":1 "other\n"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			f.commit("base", "a", "one\ntwo\n", "b", strings.Repeat("b\n", 20), "gone", "gone\n")
			test.stage(f)
			equal(t, f.staged(), test.want)
			f.stagedTrees(t, test.name == "conflict")
		})
	}
}

// stagedTrees holds the tree of the index against what git makes of it, or says of it where it makes none, and those before against the parents.
func (f *fixture) stagedTrees(t *testing.T, unmerged bool) {
	t.Helper()
	c, err := f.open().Staged(t.Context(), f.environ(), Scope{})
	if err != nil {
		t.Fatal(err)
	}
	trees, err := c.Trees(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	head := f.id("HEAD")
	var want map[string]string
	if unmerged {
		var list string
		for line := range strings.SplitSeq(f.git("ls-files", "--stage", "-z"), "\x00") {
			if f := strings.Fields(line); len(f) > 2 && f[2] == "0" {
				list += f[0] + " blob " + f[1] + "\t" + f[3] + "\x00"
			}
		}
		want = asTree(list)
		if want["a"] != "" || want["clean"] == "" {
			t.Fatalf("not the conflict: %v", want)
		}
	} else {
		want = f.lsTree(f.git("write-tree"))
	}
	sameTree(t, "index", trees.After, want, head)
	parents := []string{head}
	if merged, err := f.try("", "rev-parse", "-q", "--verify", "MERGE_HEAD"); err == nil {
		parents = append(parents, strings.TrimSpace(merged))
	}
	if len(trees.Before) != len(parents) || trees.Commit != "" {
		t.Fatalf("%d trees before, want those of %q; commit %q", len(trees.Before), parents, trees.Commit)
	}
	for i, commit := range parents {
		sameTree(t, "parent", trees.Before[i], f.lsTree(commit), head)
	}
	for _, ref := range []int{-1, 1} {
		if _, err := c.Trees(t.Context(), ref); err == nil {
			t.Errorf("the index has ref %d", ref)
		}
	}
}

// TestTreesInHooks holds the trees that git's own hooks see against the commit that git makes after them.
func TestTreesInHooks(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			f, _ := newHooked(t, "--object-format="+format)
			f.env = append(f.env, "GITIO_TEST_ID="+f.gitIn("", "hash-object", "--stdin"), "GITIO_TEST_TREES="+filepath.Join(t.TempDir(), "trees"))
			made := func(at *fixture, what string) {
				t.Helper()
				data, err := os.ReadFile(strings.TrimPrefix(f.env[len(f.env)-1], "GITIO_TEST_TREES="))
				var seen []map[string]string
				if err == nil {
					err = json.Unmarshal(data, &seen)
				}
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				for i, commit := range strings.Fields(at.git("rev-list", "--parents", "-n1", "HEAD")) {
					if want := at.lsTree(commit); i >= len(seen) || !maps.Equal(seen[i], want) {
						t.Errorf("%s: the hook saw %v, tree %d is that of %s: %v", what, seen, i, commit, want)
					}
				}
			}
			f.commit("first", "a", "one\n", "b", "b\n", "dir/sub/c", "c\n")
			made(f, "the first commit")
			f.write("a", "one\nall\n")
			f.write("new", "untracked\n")
			f.git("commit", "-q", "-a", "-m", "all")
			made(f, "commit -a")
			f.write("a", "staged\n")
			f.git("add", "a")
			f.write("b", "only\n")
			f.git("commit", "-q", "-m", "only", "b")
			made(f, "commit PATH")
			f.write("a", "not staged\n")
			f.git("add", "--intent-to-add", "new")
			f.git("commit", "-q", "-m", "staged")
			made(f, "commit with an intent to add")
			if f.lsTree("HEAD")["new"] != "" || !strings.Contains(f.git("ls-files", "--stage"), "new") {
				t.Error("what was only announced was committed, or is not in the index")
			}
			f.git("commit", "-q", "-a", "-m", "the rest")
			f.git("checkout", "-q", "-b", "topic")
			f.commit("topic", "topic", "topic\n")
			f.git("checkout", "-q", "main")
			f.commit("main", "main", "main\n")
			f.git("merge", "-q", "-m", "merge", "topic")
			made(f, "merge")
			f.git("checkout", "-q", "-b", "evil", "HEAD~1")
			f.git("merge", "-q", "--no-commit", "topic")
			f.commit("evil merge", "main", "main\nevil\n")
			made(f, "merge with a change")
			linked := *f
			linked.dir = filepath.Join(t.TempDir(), "linked")
			f.git("worktree", "add", "-q", linked.dir, "main")
			linked.commit("linked", "l", "linked\n")
			made(&linked, "commit in another worktree")
			linked.dir = filepath.Join(f.dir, "dir")
			linked.write("here", "here\n")
			linked.git("add", ".")
			linked.git("commit", "-q", "-m", "in a directory")
			made(f, "commit in a directory")
			linked.git("--work-tree="+f.dir, "commit", "-q", "--allow-empty", "-m", "in a directory")
			made(f, "commit in a directory with a work tree that is named")
		})
	}
}

// conflict leaves a merge whose file a is unmerged.
func conflict(f *fixture) {
	f.git("checkout", "-q", "-b", "topic")
	f.commit("theirs", "a", "theirs\n", "clean", "clean\n")
	f.git("checkout", "-q", "main")
	f.commit("ours", "a", "ours\n")
	if _, err := f.try("", "merge", "topic"); err == nil {
		f.t.Fatal("no conflict")
	}
}

// TestStagedTooLarge stages content that is not read.
func TestStagedTooLarge(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "one\n")
	f.write("a", "one\ntwo\n")
	f.write("large", strings.Repeat("x", 200))
	f.git("add", "-A")
	c, err := f.open(maxBlob(100)).Staged(t.Context(), f.environ(), Scope{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, show(t, c), `M "a" 100644
		A "large" 100644
		"a":2 "two\n"
		"large":0 ""200 bytes, at most 100 are read`)
}

// TestStagedInHooks reads the index in git's own hooks, in both object formats.
func TestStagedInHooks(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			f, seen := newHooked(t, "--object-format="+format)
			f.commit("first", "a", "one\n", "b", "b\n")
			equal(t, seen(), `A "a" 100644
				A "b" 100644
				"a":1 "one\n"
				"b":1 "b\n"`)
			f.write("a", "one\nall\n")
			f.git("commit", "-q", "-a", "-m", "all")
			equal(t, seen(), `M "a" 100644
				"a":2 "all\n"`)
			f.write("a", "one\nall\nstaged\n")
			f.git("add", "a")
			f.write("b", "b\nonly\n")
			f.git("commit", "-q", "-m", "only", "b")
			equal(t, seen(), `M "b" 100644
				"b":2 "only\n"`)
			f.git("commit", "-q", "-m", "staged")
			equal(t, seen(), `M "a" 100644
				"a":3 "staged\n"`)
			f.git("checkout", "-q", "-b", "topic")
			f.commit("topic", "topic", "topic\n")
			f.git("checkout", "-q", "main")
			f.commit("main", "main", "main\n")
			seen()
			f.git("merge", "-q", "-m", "merge", "topic")
			equal(t, seen(), ``) // pre-merge-commit: no line that neither parent has
			f.git("checkout", "-q", "-b", "evil", "HEAD~1")
			f.git("merge", "-q", "--no-commit", "topic")
			f.commit("evil merge", "main", "main\nevil\n")
			equal(t, seen(), `M "main" 100644
				"main":2 "evil\n"`)
			linked := *f
			linked.dir = filepath.Join(t.TempDir(), "linked")
			f.git("worktree", "add", "-q", linked.dir, "main")
			linked.commit("linked", "l", "linked\n")
			equal(t, seen(), `A "l" 100644
				"l":1 "linked\n"`)
			linked.dir = filepath.Join(f.dir, "sub")
			linked.write("in/dir", "dir\n")
			linked.git("add", ".")
			linked.git("commit", "-q", "-m", "in a directory")
			equal(t, seen(), `A "sub/in/dir" 100644
				"sub/in/dir":1 "dir\n"`)
		})
	}
}
