package objects_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/objects"
)

// content yields files, then err unless it is nil.
type content struct {
	files []analyzers.File
	err   error
}

func (c content) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(yield func(analyzers.File, error) bool) {
		for _, f := range c.files {
			if !yield(f, nil) {
				return
			}
		}
		if c.err != nil {
			yield(analyzers.File{}, c.err)
		}
	}
}

func (content) Trees(context.Context, int) (analyzers.Trees, error) { return analyzers.Trees{}, nil }

func (content) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(func(analyzers.Hunk, error) bool) {}
}

func (content) Blobs(context.Context, func(analyzers.File) bool) iter.Seq2[analyzers.Blob, error] {
	return func(func(analyzers.Blob, error) bool) {}
}

func paths(status byte, list ...string) content {
	var c content
	for _, p := range list {
		c.files = append(c.files, analyzers.File{Commit: strings.Repeat("a", 40), Status: status, Path: p})
	}
	return c
}

func run(t *testing.T, c *analyzers.Change) analyzers.Result {
	t.Helper()
	r, err := objects.New().Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestContract(t *testing.T) {
	t.Parallel()
	a := objects.New()
	if !a.Essential {
		t.Error("the analyzer is not essential")
	}
	analyzerstest.Suite(t, a)
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	commit, tag := strings.Repeat("b", 40), strings.Repeat("c", 40)
	r := run(t, &analyzers.Change{
		Refs: []analyzers.RefChange{
			{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/main"}, Commits: []int{0, 1}},
			{RefUpdate: analyzers.RefUpdate{Ref: "refs/tags/v1"}, Tags: []int{0}},
		},
		Commits: []*analyzers.Commit{
			{ID: strings.Repeat("a", 40)},
			{ID: commit, Defects: []string{"no author", "two\x1b[31m\nlines"}},
		},
		Tags:    []*analyzers.Tag{{ID: tag, Defects: []string{"no tagger"}}},
		Content: content{},
	})
	if len(r.Findings) != 3 {
		t.Fatalf("%d findings, want 3: %+v", len(r.Findings), r.Findings)
	}
	for i, want := range []analyzers.Finding{
		{Commit: commit, Message: "malformed commit: no author"},
		{Commit: commit, Message: "malformed commit: two?[31m?lines"},
		{Ref: "refs/tags/v1", Message: "malformed tag: no tagger"},
	} {
		got := r.Findings[i]
		if got.Rule != "malformed" || got.Severity != analyzers.High || got.Commit != want.Commit || got.Ref != want.Ref || got.Message != want.Message {
			t.Errorf("finding %d: %+v, want %+v", i, got, want)
		}
	}
	if r.Findings[0].Key == r.Findings[1].Key {
		t.Error("two defects share a key")
	}
}

func TestUnusualPathsPass(t *testing.T) {
	t.Parallel()
	r := run(t, &analyzers.Change{Content: paths('A',
		"a\nb", "a\x1b[31mb", "tab\there", "latin-\xe9", strings.Repeat("d/", 2048)+"f",
		".gitignore", ".github/x", "dir/.gitmodules", "git", "a.git", "git~2", "...", "a..", ".. ", " ", ".g it", ".git-x", "",
	)})
	for _, f := range r.Findings {
		t.Errorf("%q refused: %s", f.Path, f.Message)
	}
	if r.Examined["files"] != 18 {
		t.Errorf("examined %v, want 18 files", r.Examined)
	}
}

func TestUnsafePathFinding(t *testing.T) {
	t.Parallel()
	r := run(t, &analyzers.Change{Content: paths('M', "ok", "sub/.GIT/hooks/x", "/abs", "a//b", "a/", "./a", "a/../b")})
	if len(r.Findings) != 6 {
		t.Fatalf("%d findings, want 6: %+v", len(r.Findings), r.Findings)
	}
	f := r.Findings[0]
	if f.Rule != "unsafe-path" || f.Path != "sub/.GIT/hooks/x" || f.Commit != strings.Repeat("a", 40) || f.Severity != analyzers.High || f.Key == "" || f.Hint == "" {
		t.Errorf("finding %+v", f)
	}
}

func TestDeletionOfAnUnsafePathMends(t *testing.T) {
	t.Parallel()
	if r := run(t, &analyzers.Change{Content: paths('D', ".git/config")}); len(r.Findings) != 0 {
		t.Errorf("refused: %+v", r.Findings)
	}
}

func TestUnreadableIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("tree is gone")
	c := paths('A', ".git/x")
	c.err = broken
	r, err := objects.New().Run(t.Context(), &analyzers.Change{Content: c})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if len(r.Findings) != 1 {
		t.Errorf("findings before the error: %+v, want one", r.Findings)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := objects.New().Run(ctx, &analyzers.Change{Content: content{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
