package dod_test

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// pushed is a large push whose content costs nothing to read.
type pushed struct {
	files []analyzers.File
	hunks []analyzers.Hunk
	tree  tree
}

type tree struct{ fstest.MapFS }

func (t tree) ReadFile(name string) ([]byte, error) {
	if f, ok := t.MapFS[name]; ok {
		return f.Data, nil
	}
	return nil, fs.ErrNotExist
}

func each[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range list {
			if !yield(list[i], nil) {
				return
			}
		}
	}
}

func (p *pushed) Files(context.Context) iter.Seq2[analyzers.File, error] { return each(p.files) }
func (p *pushed) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] { return each(p.hunks) }
func (p *pushed) Blobs(context.Context, func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return each([]analyzers.Blob(nil))
}
func (p *pushed) Trees(context.Context, int) (analyzers.Trees, error) {
	return analyzers.Trees{Commit: analyzerstest.ID("tip"), After: p.tree}, nil
}

// large returns 5,000 commits that change five files of some lines each.
func large() *analyzers.Change {
	p := &pushed{tree: tree{fstest.MapFS{".gitattributes": {Data: []byte("*.psd filter=lfs\nart/**/*.bin filter=lfs\n")}}}}
	c := &analyzers.Change{Kind: analyzers.KindPush, Content: p}
	ref := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/main", New: analyzerstest.ID("tip")}, Target: "commit"}
	text := []byte(strings.Repeat("\tif err := run(ctx, list); err != nil { return err }\n", 12))
	paths := []string{"internal/pkg%d/file%d.go", "internal/pkg%d/file%d_test.go", "web/src/components/part%d/view%d.tsx", "docs/part%d/page%d.md", "lib/db/part%d/model%d.rb"}
	for i := range 5000 {
		id := analyzerstest.ID(fmt.Sprint(i))
		c.Commits = append(c.Commits, &analyzers.Commit{ID: id, Parents: []string{analyzerstest.ID(fmt.Sprint(i - 1))},
			Author: analyzers.Signature{Name: "A U Thor", Email: "author@example.com"}, Message: "feat: part of it (#12)\n\nWhat it does.\n\nSigned-off-by: A U Thor <author@example.com>\n"})
		ref.Commits = append(ref.Commits, i)
		for j, format := range paths {
			path := fmt.Sprintf(format, i%200, i%777)
			blob := analyzerstest.ID(fmt.Sprint(i, j))
			p.files = append(p.files, analyzers.File{Commit: id, Status: 'M', Path: path, Mode: 0o100644, OldMode: 0o100644, Blob: blob, OldBlob: blob})
			p.hunks = append(p.hunks, analyzers.Hunk{Commit: id, Path: path, Blob: blob, Start: 7, Text: text, Head: text[:512]})
		}
	}
	c.Refs = []analyzers.RefChange{ref}
	return c
}

func BenchmarkDod(b *testing.B) {
	c, a := large(), analyzer(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMarkers is a file of nothing but one end of conflicts, which must not cost more than its size.
func BenchmarkMarkers(b *testing.B) {
	text := strings.Repeat(">>>>>>> x\n", 1<<20)
	c, a := analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added("a.txt", text))), only(b, "conflict-marker")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := a.Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzDod: whatever the names and lines are, what is said of them is one clean line, and a conflict is found where both of its ends are.
func FuzzDod(f *testing.F) {
	f.Add("a.go", "<<<<<<< a\n=======\n>>>>>>> b\n", "WIP: x")
	f.Add("migrations/1.sql", "-- +goose Down\n", "fixup! \xff\n\nSigned-off-by: <>")
	f.Add("\x00/\xff.rs", "#[test]\n", "")
	a := analyzer(f, nil)
	f.Fuzz(func(t *testing.T, path, text, message string) {
		r := run(t, a, analyzerstest.Change(analyzerstest.Commit(message, analyzerstest.Added(path, text))))
		for _, found := range r.Findings {
			if line := found.Message + found.Hint + found.Excerpt; strings.ContainsAny(line, "\x1b\r\n\x00") || found.Key == "" {
				t.Errorf("%q, key %q", line, found.Key)
			}
		}
		open := strings.Index("\n"+text, "\n<<<<<<< ")
		if open >= 0 && strings.Contains(text[open:], "\n>>>>>>> ") && path != "" && !strings.Contains(rulesOf(r), "conflict-marker") {
			t.Errorf("no conflict in %q", text)
		}
	})
}

// TestLink: a link with the name of a test is none, though the name of its target is a line.
func TestLink(t *testing.T) {
	t.Parallel()
	for mode, want := range map[uint32]string{0o120000: "tests-touched", 0o100644: ""} {
		id := analyzerstest.ID("c")
		c := analyzerstest.Change(analyzerstest.Commit("Rollback: x"))
		c.Commits[0].ID = id
		c.Content = &pushed{
			tree:  tree{fstest.MapFS{}},
			files: []analyzers.File{{Commit: id, Status: 'A', Path: "a.go", Mode: 0o100644}, {Commit: id, Status: 'A', Path: "a_test.go", Mode: mode}},
			hunks: []analyzers.Hunk{{Commit: id, Path: "a.go", Start: 1, Text: []byte("package a\n")}, {Commit: id, Path: "a_test.go", Start: 1, Text: []byte("a.go")}},
		}
		if got := rulesOf(run(t, only(t, "tests-touched"), c)); got != want {
			t.Errorf("mode %o: %q, want %q", mode, got, want)
		}
	}
}
