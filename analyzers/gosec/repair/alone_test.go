package repair_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/gosec/repair"
)

// TestAlone has real files, each as a package of its own: what the rest of the package declares is not there, nor is what it imports from
// other modules, and every second one has lost some bytes. Nearly all must be mended, and all that is must have an SSA form.
func TestAlone(t *testing.T) {
	deps, err := modules("../../..")
	if err != nil {
		t.Fatal(err)
	}
	every := 6
	if testing.Short() {
		every = 60
	}
	lib := newLibrary()
	files, beyond, ill, dropped := 0, 0, 0, 0
	for _, m := range []string{"github.com/go-git/go-git/v5", "golang.org/x/tools", "github.com/ProtonMail/go-crypto", "github.com/goccy/go-yaml"} {
		seen := 0
		err := filepath.WalkDir(deps[m], func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata") {
				return err
			}
			if seen++; seen%every != 0 {
				return nil
			}
			src, err := os.ReadFile(name)
			if err != nil || len(src) > 100_000 {
				return err
			}
			if files%2 == 1 {
				src = append(src[:len(src)/2:len(src)/2], src[len(src)/2+7:]...)
			}
			files++
			p := source(t, lib, src)
			q, r, err := repair.Package(context.Background(), p, repair.Limits{})
			if err != nil {
				beyond++
				t.Log(name, r, err)
				return nil
			}
			dropped += len(r.Dropped)
			if _, err := buildSSA(q.Package); err != nil {
				ill++
				t.Error(name, r, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files: %d beyond repair, %d without SSA form; %d functions dropped", files, beyond, ill, dropped)
	if files < 10 || beyond*50 > files {
		t.Errorf("%d of %d files are beyond repair", beyond, files)
	}
}
