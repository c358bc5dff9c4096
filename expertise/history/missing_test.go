package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// moving makes a history in which each commit moves one file with a small change and another without any, and returns its marks.
func moving(f *fixture, n int) []int {
	text := func(i, k int) string { return strings.Repeat(fmt.Sprintf("line of %d\n", i), 20) + fmt.Sprint(k, "\n") }
	line := []int{f.commit(made{files: map[string]string{"0a.go": text(1, 0), "0b.go": text(2, 0), ".mailmap": "# nobody\n"}})}
	for i := 1; i < n; i++ {
		line = append(line, f.commit(made{
			who: fmt.Sprintf("Person Number%d <p%d@example.com>", i, i), parents: line[i-1:],
			files: map[string]string{
				fmt.Sprint(i-1, "a.go"): "", fmt.Sprint(i, "a.go"): text(1, i),
				fmt.Sprint(i-1, "b.go"): "", fmt.Sprint(i, "b.go"): text(2, 0),
			},
		}))
	}
	return line
}

// inSteps holds an update from each commit of a line against a build.
func inSteps(t *testing.T, f *fixture, ids []string, line []int) *history.Index {
	t.Helper()
	tip := ids[line[len(line)-1]]
	x := f.update(nil, tip)
	whole := encoded(t, x)
	for _, mark := range line {
		if !bytes.Equal(encoded(t, f.update(stored(t, f.update(nil, ids[mark])), tip)), whole) {
			t.Errorf("from commit %d it differs", mark)
		}
	}
	return x
}

// A file that moved while its content was not here is a new one; all others keep who knows them.
func TestMissingBlob(t *testing.T) {
	const lost = 5
	f := newFixture(t)
	line := moving(f, 12)
	ids := f.ids()
	tip := ids[line[11]]
	first := person(t, f.update(nil, tip), "ada@example.com")
	if w := f.update(nil, tip).State.File("11a.go").Wrote; len(w) != 12 {
		t.Fatalf("%d people wrote the file that moved with changes, want 12: there is nothing to lose", len(w))
	}
	blob := strings.TrimSpace(f.Git("", "rev-parse", fmt.Sprintf("%s:%da.go", ids[line[lost]], lost)))
	if err := os.Remove(filepath.Join(f.Dir, "objects", blob[:2], blob[2:])); err != nil {
		t.Fatal(err)
	}
	x := inSteps(t, f, ids, line)
	if w := x.State.File("11a.go").Wrote; len(w) != 12-lost-1 {
		t.Errorf("%d people wrote the file that was lost on the way, want %d", len(w), 12-lost-1)
	}
	if w := x.State.File("11b.go").Wrote; len(w) != 12 || w.Of(first, x.State.Now(), 240).Weight == 0 {
		t.Errorf("%d people wrote the file that moved as it was, want 12", len(w))
	}
}

// In a partial clone nothing is fetched, and who moved a file is still known where its content did not change.
func TestPartialClone(t *testing.T) {
	f := newFixture(t)
	line := moving(f, 12)
	ids := f.ids()
	f.Git("", "config", "uploadpack.allowFilter", "true")
	f.Git("", "update-ref", "refs/heads/main", ids[line[11]])
	clone := filepath.Join(t.TempDir(), "clone.git")
	f.Git("", "clone", "-q", "--bare", "--filter=blob:none", "file://"+f.Dir, clone)
	g := &fixture{Bare: gitiotest.Bare{T: t, Dir: clone}}
	objects := func() string { return g.Git("", "count-objects", "-v") }
	before := objects()
	if _, err := g.Open().ReadFile(t.Context(), ids[line[11]], ".mailmap", 100); !errors.Is(err, gitio.ErrNotHere) {
		t.Errorf("the .mailmap: %v", err)
	}
	x := inSteps(t, g, ids, line)
	if after := objects(); after != before {
		t.Errorf("it was fetched: before\n%safter\n%s", before, after)
	}
	if a, b := len(x.State.File("11a.go").Wrote), len(x.State.File("11b.go").Wrote); a != 1 || b != 12 {
		t.Errorf("%d and %d people wrote the files, want 1 and 12", a, b)
	}
}
