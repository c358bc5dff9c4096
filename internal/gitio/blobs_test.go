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

// newHeads makes a repository with files that are longer than their heads, and changes far behind these: added, changed, in a merge
// and behind a tag that names a blob.
func newHeads(t *testing.T) (f *fixture, c *analyzers.Change) {
	f = newFixture(t)
	lines := func(n int) string { return strings.Repeat("0123456789abcde\n", n) }
	f.commit("one", "long", lines(100), "short", "x\n", "empty", "")
	f.commit("two", "long", lines(100)+"two\n", "other", lines(40))
	f.git("checkout", "-q", "-b", "side", "HEAD~1")
	f.commit("side", "long", lines(100)+"side\n")
	f.git("checkout", "-q", "main")
	if _, err := f.try("", "merge", "-q", "side"); err == nil {
		t.Fatal("the merge has no conflict")
	}
	f.commit("merge", "long", lines(100)+"two\nside\nmerge\n", "deep/copy", lines(40))
	f.git("tag", "blob", f.object("blob", lines(50)))
	c, err := f.open().History(t.Context(), "HEAD", Scope{})
	if err != nil {
		t.Fatal(err)
	}
	c.Content.(*content).targets = []target{{ref: "refs/tags/blob", id: f.id("blob"), kind: "blob"}}
	return f, c
}

// TestHeads holds the head of every hunk against the content of its file. The built-in reader knows all of them.
func TestHeads(t *testing.T) { readers(t, testHeads) }

func testHeads(t *testing.T) {
	f, c := newHeads(t)
	hunks, known := 0, 0
	for h, err := range c.Hunks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		hunks++
		at := h.Commit + ":" + h.Path
		if h.Ref != "" {
			at = "blob"
		}
		data, err := f.try("", "cat-file", "blob", at)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := f.try("", "rev-parse", at); err != nil || strings.TrimSpace(id) != h.Blob {
			t.Errorf("%.8s %q:%d is of blob %q, want %q, %v", h.Commit+h.Ref, h.Path, h.Start, h.Blob, id, err)
		}
		head := data[:min(len(data), analyzers.HeadSize)]
		if h.Head != nil {
			known++
		}
		if h.Head != nil && string(h.Head) != head || h.Head == nil && readerOf(t) != ReaderGit {
			t.Errorf("%.8s %q:%d begins with %q, want %q", h.Commit+h.Ref, h.Path, h.Start, h.Head, head)
		}
		if cap(h.Head) > analyzers.HeadSize {
			t.Errorf("%q: whoever appends to its head writes to the file", h.Path)
		}
	}
	if hunks < 8 || known < 2 {
		t.Errorf("%d hunks, of which %d have a head", hunks, known)
	}
}

// counted counts what is read of a source.
type counted struct {
	source.Source
	read *[]string
}

func (c counted) Read(ctx context.Context, id string, limit int64) (source.Object, []byte, error) {
	*c.read = append(*c.read, id)
	return c.Source.Read(ctx, id, limit)
}

// TestWantedBlobs asks for some of the blobs.
func TestWantedBlobs(t *testing.T) { readers(t, testWantedBlobs) }

func testWantedBlobs(t *testing.T) {
	_, c := newHeads(t)
	in := c.Content.(*content)
	var files []analyzers.File
	for file, err := range c.Files(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for name, want := range map[string]func(analyzers.File) bool{
		"all":                 nil,
		"all by name":         func(analyzers.File) bool { return true },
		"none":                func(analyzers.File) bool { return false },
		"one path":            func(f analyzers.File) bool { return f.Path == "long" },
		"one place of two":    func(f analyzers.File) bool { return f.Path == "deep/copy" },
		"the one of the tag":  func(f analyzers.File) bool { return f.Ref != "" },
		"what the merge adds": func(f analyzers.File) bool { return f.Commit == c.Commits[len(c.Commits)-1].ID },
	} {
		t.Run(name, func(t *testing.T) {
			var read, got, expect, asked []string
			places := map[string][]analyzers.File{}
			for _, f := range files {
				places[f.Blob] = append(places[f.Blob], f)
				if (want == nil || want(f)) && !slices.Contains(expect, f.Blob) {
					expect = append(expect, f.Blob)
				}
			}
			ask := want
			if want != nil {
				ask = func(f analyzers.File) bool { asked = append(asked, fmt.Sprint(f)); return want(f) }
			}
			other := &content{src: counted{in.src, &read}, maxBlob: in.maxBlob, commits: in.commits, parents: in.parents, targets: in.targets}
			for b, err := range other.Blobs(t.Context(), ask) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, b.ID)
				if fmt.Sprint(b.Files) != fmt.Sprint(places[b.ID]) || int64(len(b.Data)) != b.Size {
					t.Errorf("blob %s is at %v with %d of %d bytes, want %v", b.ID, b.Files, len(b.Data), b.Size, places[b.ID])
				}
			}
			if !slices.Equal(read, got) {
				t.Errorf("%d blobs are read, %d come", len(read), len(got))
			}
			slices.Sort(got)
			slices.Sort(expect)
			if !slices.Equal(got, expect) {
				t.Errorf("blobs %q, want %q", got, expect)
			}
			var each []string
			for _, f := range files {
				each = append(each, fmt.Sprint(f))
			}
			if want != nil && !slices.Equal(asked, each) {
				t.Errorf("asked for %q, want each of %v", asked, files)
			}
		})
	}
}
