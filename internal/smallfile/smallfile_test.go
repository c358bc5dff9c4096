package smallfile_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/gitio/gitiotest"
	"github.com/refward/refward/internal/smallfile"
)

const stream = `commit refs/heads/main
committer A <a@example.com> 1700000000 +0000
data 1
x
M 100644 inline .github/x
data 1
x
M 100644 inline .file
data 5
1234

M 120000 inline .link
data 5
.file
M 100644 inline .directory/x
data 1
x
`

// TestRead: only a file is read, and what cannot be had is told from what is not there.
func TestRead(t *testing.T) {
	b := gitiotest.New(t)
	b.Git(stream, "fast-import", "--quiet")
	b.Git("", "config", "uploadpack.allowFilter", "true")
	tip := strings.TrimSpace(b.Git("", "rev-parse", "main"))
	partial := filepath.Join(t.TempDir(), "partial.git")
	b.Git("", "clone", "-q", "--bare", "--filter=blob:none", "file://"+b.Dir, partial)
	whole, part := b.Open(), gitiotest.Bare{T: t, Dir: partial}.Open()
	for _, c := range []struct {
		name   string
		repo   *gitio.Repo
		path   string
		limit  int64
		want   string
		unread error
	}{
		{"a file", whole, ".file", 5, "1234\n", nil},
		{"one too large", whole, ".file", 4, "", gitio.ErrNotFile},
		{"none", whole, ".none", 5, "", nil},
		{"a link to a file", whole, ".link", 5, "", gitio.ErrNotFile},
		{"a directory", whole, ".directory", 5, "", gitio.ErrNotFile},
		{"without its content", part, ".file", 5, "", gitio.ErrNotHere},
		{"none in a partial clone", part, ".none", 5, "", nil},
	} {
		data, unread, err := smallfile.Read(t.Context(), c.repo, tip, c.path, c.limit)
		if err != nil || string(data) != c.want || !errors.Is(unread, c.unread) || unread != nil && c.unread == nil {
			t.Errorf("%s: %q, %v, %v; want %q, %v", c.name, data, unread, err, c.want, c.unread)
		}
	}
}
