//go:build unix

package gitio

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// TestTreeDamage damages what trees are made of. Each look at it is an error that is not fs.ErrNotExist, even where a file of the
// repository is missing: a file without which something is fine would be taken for absent.
func TestTreeDamage(t *testing.T) { readers(t, testTreeDamage) }

func testTreeDamage(t *testing.T) {
	for _, how := range []string{"missing", "empty", "corrupt"} {
		for _, object := range []string{"tip:a.txt", "tip:dir/b.txt", "tip^{tree}", "tip:dir"} {
			f := damaged(t)
			id, tip := f.id(object), f.id("tip")
			trees, err := f.treesOf(t.Context(), tip)
			if err != nil {
				t.Fatal(err)
			}
			path := f.loose(id)
			err = os.Remove(path)
			if text := map[string]string{"empty": "", "corrupt": "\x78\x01garbage"}; how != "missing" && err == nil {
				err = os.WriteFile(path, []byte(text[how]), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = listTree(trees.After, tip)
			if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, analyzers.ErrTooLarge) || !strings.Contains(err.Error(), id[2:]) {
				t.Errorf("%s %s: %v", how, object, err)
			}
		}
	}
	f := damaged(t)
	tip := f.id("tip")
	f.git("update-ref", "-d", "refs/tags/tip")
	f.git("update-ref", "refs/heads/main", tip+"~1")
	c := readPush(t, f.open(), analyzers.RefUpdate{Ref: "refs/heads/x", Old: zeros(tip), New: tip})
	if err := os.Remove(f.loose(f.id(tip + "~1"))); err != nil {
		t.Fatal(err)
	}
	if trees, err := c.Trees(t.Context(), 0); readerOf(t) == ReaderGit && (err == nil || errors.Is(err, fs.ErrNotExist)) { // the other has read it already
		t.Errorf("%+v without the old commit, %v", trees, err)
	}
}
