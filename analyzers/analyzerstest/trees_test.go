package analyzerstest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers"
)

const treesCase = `Files that were there, and what four commits make of them.

-- before a.go --
one
two
three
-- before gone.go --
gone
-- before from/b.go --
b
-- before dir/same.go --
same
-- before ../outside --
no tree has this
-- commit --
id: first

first
-- added new.go --
new
-- added a.go @2 --
between
-- deleted gone.go --
-- commit --
id: side
parents: elsewhere

side
-- added side.go --
side
-- commit --
id: second
parents: first

second
-- changed a.go --
zero
one
between
TWO
-- renamed from/b.go => to/b.go --
-- renamed unknown => known --
-- added new.go @3 --
third
-- unread large.go --
larger than 32 MiB
-- commit --
id: merge
parents: second side

merge
-- changed merged.go --
merged
-- tag v1 --
target: second

v1
-- tag blob --
type: blob

blob
-- ref refs/heads/main --
old: before
new: merge
commits: first side second merge
-- ref refs/heads/first --
new: first
commits: first
-- ref refs/heads/side --
new: side
commits: side
-- ref refs/tags/v1 --
new: v1
target: tag
tags: v1
-- ref refs/tags/blob --
new: blob
target: tag
-- ref refs/heads/old --
new: none
-- ref refs/heads/other --
new: elsewhere
-- want --
`

// TestTreesOfCase lists the trees of every ref of a case.
func TestTreesOfCase(t *testing.T) {
	parsed, err := parseCase([]byte(treesCase))
	if err != nil {
		t.Fatal(err)
	}
	c := parsed.change
	first := `a.go="one\nbetween\ntwo\nthree\n" dir/same.go="same\n" from/b.go="b\n" new.go="new\n"`
	second := `a.go="zero\none\nbetween\nTWO\n" dir/same.go="same\n" known="" large.go! new.go="new\n\nthird\n" to/b.go="b\n"`
	merge := `a.go="zero\none\nbetween\nTWO\n" dir/same.go="same\n" known="" large.go! merged.go="merged\n" new.go="new\n\nthird\n" side.go="side\n" to/b.go="b\n"`
	for i, want := range []struct{ commit, after string }{
		{"merge", merge},
		{"first", first},
		{"side", `a.go="one\ntwo\nthree\n" dir/same.go="same\n" from/b.go="b\n" gone.go="gone\n" side.go="side\n"`},
		{"second", second},
		{},
		{},
		{"elsewhere", `a.go="one\ntwo\nthree\n" dir/same.go="same\n" from/b.go="b\n" gone.go="gone\n"`},
	} {
		trees, err := c.Trees(t.Context(), i)
		if err != nil {
			t.Error(err)
			continue
		}
		if want.commit == "" {
			if trees.After != nil || trees.Before != nil || trees.Commit != "" {
				t.Errorf("%s: %+v", c.Refs[i].Ref, trees)
			}
			continue
		}
		if got := list(t, trees.After); got != want.after || trees.Commit != ID(want.commit) {
			t.Errorf("%s, commit %s:\n%s, want\n%s", c.Refs[i].Ref, trees.Commit, got, want.after)
		}
		if len(trees.Before) != 1 || list(t, trees.Before[0]) != `a.go="one\ntwo\nthree\n" dir/same.go="same\n" from/b.go="b\n" gone.go="gone\n"` {
			t.Errorf("%s before: %v", c.Refs[i].Ref, trees.Before)
		}
		if err := fstest.TestFS(trees.Before[0], "a.go", "from/b.go"); err != nil {
			t.Error(err)
		}
	}
	for _, ref := range []int{-1, len(c.Refs)} {
		if _, err := c.Trees(t.Context(), ref); err == nil {
			t.Errorf("there is a ref %d", ref)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	trees, err := c.Trees(ctx, 0)
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trees.After.ReadFile("a.go"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context has ended: %v", err)
	}
	if _, err := c.Trees(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context has ended: %v", err)
	}
}

// list writes down the files of a tree, "!" for one that is too large.
func list(t *testing.T, tree fs.FS) string {
	t.Helper()
	var files []string
	err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, path)
		if errors.Is(err, analyzers.ErrTooLarge) {
			files = append(files, path+"!")
			return nil
		}
		files = append(files, fmt.Sprintf("%s=%q", path, data))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return strings.Join(files, " ")
}

// TestTreesAgree holds hunks and blobs of a case against its trees.
func TestTreesAgree(t *testing.T) {
	parsed, err := parseCase([]byte(treesCase))
	if err != nil {
		t.Fatal(err)
	}
	c := parsed.change
	var hunks []string
	memory := c.Content.(*memory)
	for h, err := range c.Hunks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		hunks = append(hunks, fmt.Sprintf("%s:%d %q", h.Path, h.Start, h.Text))
		if h.Unread != "" {
			continue
		}
		data, err := memory.tree(t.Context(), memory.reach(h.Commit)).ReadFile(h.Path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(data), "\n")
		if n := strings.Count(string(h.Text), "\n"); strings.Join(lines[h.Start-1:][:n], "") != string(h.Text) {
			t.Errorf("line %d of %s is not %q: %q", h.Start, h.Path, h.Text, data)
		}
		if blob := (&version{data: data}).blob(); blob != h.Blob {
			t.Errorf("%s is blob %s, a hunk says %s", h.Path, blob, h.Blob)
		}
	}
	want := []string{`new.go:1 "new\n"`, `a.go:2 "between\n"`, `side.go:1 "side\n"`, `a.go:1 "zero\n"`, `a.go:4 "TWO\n"`, `new.go:3 "third\n"`, `large.go:1 ""`, `merged.go:1 "merged\n"`}
	if fmt.Sprint(hunks) != fmt.Sprint(want) {
		t.Errorf("hunks %q, want %q", hunks, want)
	}
	status := ""
	for f := range c.Files(t.Context()) {
		status += string(f.Status)
		if f.Path == "a.go" && f.Commit == ID("first") && f.OldBlob != (&version{data: []byte("one\ntwo\nthree\n")}).blob() {
			t.Errorf("a.go was not %s", f.OldBlob)
		}
	}
	if status != "AMDAMRRMAA" {
		t.Errorf("files %s", status)
	}
}

// TestTreesOfKinds asks changes of every kind for their trees.
func TestTreesOfKinds(t *testing.T) {
	file, more := Before("a.go", "a\n"), Added("b.go", "b\n")
	for _, test := range []struct {
		name   string
		change *analyzers.Change
		kind   analyzers.Kind
		after  string // "" = none
		before int
	}{
		{"push", Change(file, Commit("c\n", more)), analyzers.KindPush, `a.go="a\n" b.go="b\n"`, 1},
		{"push of a new history", Change(Commit("c\n", more)), analyzers.KindPush, `b.go="b\n"`, 0},
		{"range", Change(file, Commit("c\n", more)), analyzers.KindRange, `a.go="a\n" b.go="b\n"`, 1},
		{"tree", Change(file, Commit("c\n", more)), analyzers.KindTree, `a.go="a\n" b.go="b\n"`, 0},
		{"history", Change(file, Commit("c\n", more)), analyzers.KindHistory, `a.go="a\n" b.go="b\n"`, 0},
		{"index", Change(file, Index(more, Changed("a.go", "A\n"))), analyzers.KindCommit, `a.go="A\n" b.go="b\n"`, 1},
		{"first commit", Change(Index(more)), analyzers.KindCommit, `b.go="b\n"`, 0},
		{"message", Change(file, Message("text")), analyzers.KindMessage, "", 0},
		{"nothing", Change(file), analyzers.KindPush, "", 0},
	} {
		test.change.Kind = test.kind
		trees, err := test.change.Trees(t.Context(), 0)
		got := ""
		if trees.After != nil {
			got = list(t, trees.After)
		}
		if got != test.after || len(trees.Before) != test.before || err != nil || (trees.Commit != "") != (test.after != "" && test.kind != analyzers.KindCommit) {
			t.Errorf("%s: commit %q, %s, %d trees before, %v", test.name, trees.Commit, got, len(trees.Before), err)
		}
	}
}

// fromTrees is an analyzer that finds "TODO:" in files of the trees after a change which those before do not have.
func fromTrees(run func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error)) *analyzers.Analyzer {
	a := todo()
	a.Run = run
	return a
}

func findInTrees(ctx context.Context, c *analyzers.Change) (r analyzers.Result, err error) {
	for i := range c.Refs {
		trees, err := c.Trees(ctx, i)
		if err != nil {
			return r, err
		}
		if trees.After == nil {
			continue
		}
		err = fs.WalkDir(trees.After, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := trees.After.ReadFile(path)
			if errors.Is(err, analyzers.ErrTooLarge) {
				r.Skipped = append(r.Skipped, analyzers.Skip{What: path, Why: "too large"})
				return nil
			}
			if err != nil {
				return err
			}
			for _, before := range trees.Before {
				old, err := before.ReadFile(path)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				if string(old) == string(data) {
					return nil
				}
			}
			for n, line := range strings.Split(string(data), "\n") {
				if strings.Contains(line, "TODO:") {
					r.Findings = append(r.Findings, analyzers.Finding{Rule: "anonymous", Group: "marks", Message: "no name", Path: path, Line: n + 1, EndLine: n + 1, Commit: trees.Commit})
				}
			}
			return nil
		})
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func markedTrees() *analyzers.Change {
	return Change(Before("old.go", "// TODO: old\n"), Before("a.go", "x\n"), Commit("one\n", AddedAt("a.go", 2, "// TODO: a\n"), Added("dir/b.go", "// TODO: b\n")))
}

// TestSuiteOfTrees: an analyzer that reads trees alone is held to the same.
func TestSuiteOfTrees(t *testing.T) {
	Suite(t, fromTrees(findInTrees), markedTrees())
	ctx := t.Context()
	whole, err := findInTrees(ctx, markedTrees())
	if err != nil || len(whole.Findings) != 2 {
		t.Fatalf("%+v, %v", whole, err)
	}
	w := &watched{Content: markedTrees().Content}
	if _, err := findInTrees(ctx, w.in(markedTrees())); err != nil || w.count() != 1+1+2+3+3 { // Trees, Stat, two directories, three files, and before
		t.Errorf("%d elements, %v", w.count(), err)
	}
	swallows := fromTrees(func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
		r, _ := findInTrees(ctx, c)
		return r, nil
	})
	if failing(ctx, swallows, markedTrees(), whole) == nil {
		t.Error("an error of a tree that is swallowed passes")
	}
	if interrupted(ctx, swallows, markedTrees(), whole) == nil {
		t.Error("an interruption while a tree is read that is swallowed passes")
	}
	silent := fromTrees(func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
		r, err := findInTrees(ctx, c)
		r.Skipped = nil
		return r, err
	})
	if unread(ctx, silent) == nil {
		t.Error("a file of a tree that cannot be read is passed over, and that passes")
	}
	if err := unread(ctx, fromTrees(findInTrees)); err != nil {
		t.Error(err)
	}
}
