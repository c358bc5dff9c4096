package native

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A repo is a bare repository made by real git.
type repo struct {
	t   testing.TB
	dir string
}

func newRepo(t testing.TB) *repo {
	r := &repo{t: t, dir: t.TempDir()}
	r.git("", "init", "-q", "--bare", "-b", "main", "--template=")
	return r
}

func (r *repo) git(stdin string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(stdin)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=1700000000 +0000",
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func (r *repo) open() *Native {
	r.t.Helper()
	n, err := Open(Options{Dir: r.dir, GitDir: r.dir})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = n.Close() })
	return n
}

// TestGoGitReads has go-git's own types read commits, trees, blobs and tags, loose and packed, from several goroutines at once: its
// own storage loses objects or panics then.
func TestGoGitReads(t *testing.T) {
	r := newRepo(t)
	var stream strings.Builder
	big := strings.Repeat("a line that is long enough\n", 4000)
	for i := range 60 {
		stream.WriteString("commit refs/heads/main\ncommitter C <c@example.com> 1700000000 +0000\ndata 2\nm\n")
		for _, name := range []string{"dir/sub/a.txt", "b.txt"} {
			text := big[i:] + name
			stream.WriteString("M 100644 inline " + name + "\ndata ")
			stream.WriteString(strconv.Itoa(len(text)) + "\n" + text + "\n")
		}
	}
	stream.WriteString("tag v1\nfrom refs/heads/main\ntagger C <c@example.com> 1700000000 +0000\ndata 2\nt\n")
	r.git(stream.String(), "fast-import", "--quiet")
	tip, tag := r.git("", "rev-parse", "main"), r.git("", "rev-parse", "v1")
	loose := r.git("loose\n", "hash-object", "-w", "--stdin")
	n := r.open()
	s := n.Storer()

	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			commit, err := object.GetCommit(s, plumbing.NewHash(tip))
			if err != nil {
				t.Error(err)
				return
			}
			commits := 0
			err = object.NewCommitPreorderIter(commit, nil, nil).ForEach(func(c *object.Commit) error {
				commits++
				f, err := c.File("dir/sub/a.txt")
				if err != nil {
					return err
				}
				text, err := f.Contents()
				if err == nil && (!strings.HasSuffix(text, "dir/sub/a.txt") || int64(len(text)) != f.Size) {
					t.Errorf("%d bytes of %s", len(text), c.Hash)
				}
				return err
			})
			if err != nil || commits != 60 {
				t.Errorf("%d commits, %v", commits, err)
			}
		})
	}
	wg.Wait()
	named, err := object.GetTag(s, plumbing.NewHash(tag))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := named.Commit(); err != nil || c.Hash.String() != tip {
		t.Errorf("the tag's commit is %v, %v", c, err)
	}
	var listed []string
	objects, err := s.IterEncodedObjects(plumbing.AnyObject)
	if err != nil {
		t.Fatal(err)
	}
	err = objects.ForEach(func(o plumbing.EncodedObject) error {
		listed = append(listed, o.Hash().String())
		rd, err := o.Reader()
		if err != nil {
			return err
		}
		size, err := io.Copy(io.Discard, rd)
		if err == nil && size != o.Size() {
			t.Errorf("%s: %d bytes, said %d", o.Hash(), size, o.Size())
		}
		return errors.Join(err, rd.Close())
	})
	slices.Sort(listed)
	want := strings.Fields(r.git("", "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"))
	if err != nil || !slices.Equal(listed, want) {
		t.Errorf("%v: %d objects, git has %d", err, len(listed), len(want))
	}
	absent := plumbing.NewHash(strings.Repeat("1", 40))
	if err := s.HasEncodedObject(absent); err != plumbing.ErrObjectNotFound {
		t.Error(err)
	}
	if _, err := s.EncodedObject(plumbing.CommitObject, plumbing.NewHash(loose)); err != plumbing.ErrObjectNotFound {
		t.Errorf("a blob for a commit: %v", err)
	}
	if size, err := s.EncodedObjectSize(plumbing.NewHash(loose)); size != 6 || err != nil {
		t.Errorf("size %d, %v", size, err)
	}
	if _, err := s.SetEncodedObject(s.NewEncodedObject()); err == nil {
		t.Error("an object was stored")
	}
	// What cannot be read is not absent.
	path := filepath.Join(r.dir, "objects", loose[:2], loose[2:])
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("garbage"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.EncodedObject(plumbing.AnyObject, plumbing.NewHash(loose)); err == nil || err == plumbing.ErrObjectNotFound {
		t.Errorf("a damaged object: %v", err)
	}
}
