package gitio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

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
