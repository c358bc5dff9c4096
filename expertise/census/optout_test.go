package census_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// TestOptOutThatCannotBeRead: only a list that is not there is empty. For all others nobody is named, since who is on it is not known.
func TestOptOutThatCannotBeRead(t *testing.T) {
	const head = "commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nx\n"
	large := strings.Repeat("a@example.com\n", 300_000) // more than 4 MiB
	for name, c := range map[string]struct {
		tree string
		err  error
		n    int
	}{
		"none":         {tree: "M 100644 inline a\ndata 1\nx\n"},
		"a file":       {tree: "M 100644 inline .refward-optout\ndata 14\na@example.com\n\n", n: 1},
		"a link":       {tree: "M 120000 inline .refward-optout\ndata 1\na\n", err: gitio.ErrNotFile},
		"a directory":  {tree: "M 100644 inline .refward-optout/a\ndata 1\nx\n", err: gitio.ErrNotFile},
		"a large file": {tree: fmt.Sprintf("M 100644 inline .refward-optout\ndata %d\n%s\n", len(large), large), err: gitio.ErrNotFile},
	} {
		b := gitiotest.New(t)
		b.Git(head+c.tree, "fast-import", "--quiet")
		repo := b.Open()
		tip, err := census.Trusted(t.Context(), repo)
		if err != nil {
			t.Fatal(err)
		}
		mails, err := census.OptOut(t.Context(), repo, tip)
		if c.err == nil && err != nil || c.err != nil && (!errors.Is(err, c.err) || !errors.Is(err, census.ErrOptOut)) || len(mails) != c.n {
			t.Errorf("%s: %d mails, %v", name, len(mails), err)
		}
		if name != "a file" {
			continue
		}
		// Its content is lost, or was never fetched.
		blob := strings.TrimSpace(b.Git("", "rev-parse", "main:.refward-optout"))
		if err := os.Remove(filepath.Join(b.Dir, "objects", blob[:2], blob[2:])); err != nil {
			t.Fatal(err)
		}
		if _, err := census.OptOut(t.Context(), b.Open(), tip); !errors.Is(err, census.ErrOptOut) || !errors.Is(err, gitio.ErrNotHere) {
			t.Errorf("without its content: %v", err)
		}
		// Who gives up is told that, and not to mend a list.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := census.OptOut(ctx, b.Open(), tip); err == nil || errors.Is(err, census.ErrOptOut) {
			t.Errorf("given up: %v", err)
		}
	}
}
