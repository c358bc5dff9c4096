package ownership_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// TestDeepened shows that an index of a shallow clone is no base once the clone has more history: commits at the edge owned what was behind them.
func TestDeepened(t *testing.T) {
	f := newFixture(t)
	lines := []string{}
	last := 0
	for i := range 12 {
		lines = append(lines, fmt.Sprint("line ", i))
		if last == 0 {
			last = f.commit(tree{"f": text(lines...)})
		} else {
			last = f.commit(tree{"f": text(lines...)}, last)
		}
	}
	ids := f.ids()
	f.Git("", "update-ref", "refs/heads/main", ids[last-1])
	clone := &fixture{Bare: gitiotest.Bare{T: t, Dir: t.TempDir()}}
	clone.Git("", "clone", "-q", "--bare", "--depth=4", "--branch=main", "--single-branch", "file://"+f.Dir, ".")
	file := filepath.Join(t.TempDir(), "index")
	if err := clone.build(ids[last-1], ownership.Options{}).Write(file); err != nil {
		t.Fatal(err)
	}
	update := func() {
		t.Helper()
		old, err := ownership.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ownership.Update(t.Context(), clone.Open(), old, ids[last], ownership.Options{})
		if err != nil {
			t.Fatal(err)
		}
		clone.equal(got)
		if !bytes.Equal(encoded(t, got), encoded(t, clone.build(ids[last], ownership.Options{}))) {
			t.Error("not what a rebuild is")
		}
	}
	f.Git("", "update-ref", "refs/heads/main", ids[last])
	clone.Git("", "fetch", "-q", "origin", "main")
	update()
	clone.Git("", "fetch", "-q", "--deepen=3", "origin", "main")
	update()
	clone.Git("", "fetch", "-q", "--unshallow", "origin", "main")
	update()
}

// TestMissingBlobs takes away each blob in turn: a line then has its owner or none, never another.
func TestMissingBlobs(t *testing.T) {
	f := newFixture(t)
	f.Git("", "config", "fastimport.unpackLimit", "1000000")
	one := f.commit(tree{"f": text("a", "b", "c", "d"), "g": text("k", "l", "m", "n", "o")})
	two := f.commit(tree{"f": text("a", "b", "C", "d"), "g": text("k", "l", "m", "n", "o")}, one)
	three := f.commit(tree{"f": text("a", "b", "C", "d", "e"), "h": text("k", "l", "m", "n", "p")}, two)
	ids := f.ids()
	want := owners(t, f.build(ids[three], ownership.Options{}))
	old := f.build(ids[two], ownership.Options{})
	none := 0
	for object := range strings.Lines(f.Git("", "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")) {
		kind, id, _ := strings.Cut(strings.TrimSpace(object), " ")
		if kind != "blob" {
			continue
		}
		path := filepath.Join(f.Dir, "objects", id[:2], id[2:])
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		for _, build := range []func() (*ownership.Index, error){
			func() (*ownership.Index, error) {
				return ownership.Build(t.Context(), f.Open(), ids[three], ownership.Options{})
			},
			func() (*ownership.Index, error) {
				return ownership.Update(t.Context(), f.Open(), old, ids[three], ownership.Options{})
			},
		} {
			x, err := build()
			if err != nil {
				t.Fatal(err)
			}
			for path, got := range owners(t, x) {
				if len(got) > 0 && len(got) != len(want[path]) {
					t.Errorf("without %s: %d lines of %s", id, len(got), path)
				}
				for i, owner := range got {
					if owner == "unknown" {
						none++
					} else if owner != want[path][i] {
						t.Errorf("without %s: %s:%d is of %s", id, path, i+1, owner)
					}
				}
			}
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	}
	if none == 0 {
		t.Error("every owner was known")
	}
}

// TestFileAndDirectory swaps a file and a directory of one name, both ways and in a merge.
func TestFileAndDirectory(t *testing.T) {
	f := newFixture(t)
	body := []string{"package p", "one", "two", "three", "four", "five"}
	a := f.commit(tree{"p": text(body...), "q/f": text("q", "r", "s", "t")})
	b := f.commit(tree{"p/p": text(append(body, "six")...), "q": text("q", "r", "s", "t", "u")}, a)
	c := f.commit(tree{"p": text(append(body, "six", "seven")...), "q/f": text("q", "r", "s", "t", "u", "v")}, b)
	d := f.commit(tree{"p": text(append([]string{"zero"}, body...)...), "q/f": text("q", "r", "s", "t")}, a)
	e := f.commit(tree{"p/p": text(append(append([]string{"zero"}, body...), "six")...), "q": text("q", "r", "s", "t", "u")}, d, b)
	g := f.commit(tree{"p": text(append(append([]string{"zero"}, body...), "six", "seven")...), "q/f": text("q", "r", "s", "t", "u", "v")}, e, c)
	ids := f.ids()
	old := f.build(ids[d], ownership.Options{})
	for _, tip := range []int{b, c, e, g} {
		x := f.build(ids[tip], ownership.Options{})
		if f.equal(x) == 0 {
			t.Error("no lines")
		}
		got, err := ownership.Update(t.Context(), f.Open(), old, ids[tip], ownership.Options{})
		if err != nil || !bytes.Equal(encoded(t, got), encoded(t, x)) {
			t.Errorf("update to %d: %v", tip, err)
		}
	}
}

// TestManyParents has a merge of more parents than any command makes.
func TestManyParents(t *testing.T) {
	const parents = 10_000
	f := newFixture(t)
	var in strings.Builder
	fmt.Fprintf(&in, "blob\nmark :1\ndata 2\na\n\nblob\nmark :2\ndata 4\nb\nc\n\n")
	for i := range parents {
		fmt.Fprintf(&in, "commit refs/heads/x\nmark :%d\ncommitter C <c@example.com> %d +0000\ndata 1\nx\n", i+10, 1_700_000_000+i)
		fmt.Fprintf(&in, "M 100644 :1 f\n")
		if i == parents-2 {
			in.WriteString("M 100644 :2 late\n")
		}
		in.WriteString("\nreset refs/heads/x\n\n")
	}
	marks := filepath.Join(t.TempDir(), "marks")
	f.Git(in.String(), "fast-import", "--quiet", "--force", "--export-marks="+marks)
	data, err := os.ReadFile(marks)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, parents)
	for line := range strings.Lines(string(data)) {
		var mark int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &id); err != nil {
			t.Fatal(err)
		}
		if mark >= 10 {
			ids[mark-10] = id
		}
	}
	var object strings.Builder
	one := strings.TrimSpace(f.Git("", "rev-parse", ids[parents-2]+":f"))
	late := strings.TrimSpace(f.Git("", "rev-parse", ids[parents-2]+":late"))
	own := strings.TrimSpace(f.Git("own\n", "hash-object", "-w", "--stdin"))
	files := strings.TrimSpace(f.Git(fmt.Sprintf("100644 blob %s\tf\n100644 blob %s\tlate\n100644 blob %s\town\n", one, late, own), "mktree"))
	fmt.Fprintf(&object, "tree %s\n", files)
	for _, id := range ids {
		fmt.Fprintf(&object, "parent %s\n", id)
	}
	object.WriteString("author A <a@example.com> 1800000000 +0000\ncommitter C <c@example.com> 1800000000 +0000\n\nx\n")
	tip := strings.TrimSpace(f.Git(object.String(), "hash-object", "-t", "commit", "-w", "--stdin"))
	got := owners(t, f.build(tip, ownership.Options{}))
	if !slices.Equal(got["f"], ids[:1]) || !slices.Equal(got["late"], []string{ids[parents-2], ids[parents-2]}) || !slices.Equal(got["own"], []string{tip}) {
		t.Errorf("%v", got)
	}
}
