package secrets

import (
	"slices"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// TestPackedPlaces: one archive at two places, of which the configuration allows one. What is at the other is found, whichever comes first.
func TestPackedPlaces(t *testing.T) {
	z := zipOf(t, "in.txt", "x = "+token()+"\n")
	allow := "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''^(fixtures|z)/.*\\.zip$''']\n"
	for _, allowed := range []string{"fixtures/a.zip", "z/a.zip"} {
		names := []string{allowed, "src/a.zip"}
		slices.Sort(names)
		var files []analyzerstest.File
		for _, n := range names {
			files = append(files, analyzerstest.Binary(n, z))
		}
		list := findings(t, analyzer(t, Options{Config: allow}), analyzerstest.Change(analyzerstest.Commit("x", files...)))
		if len(list) != 1 || list[0].Path != "src/a.zip!in.txt" {
			t.Errorf("allowed %s: found %v", allowed, pathsOf(list))
		}
	}
}

func pathsOf(list []analyzers.Finding) (paths []string) {
	for _, f := range list {
		paths = append(paths, f.Path)
	}
	return paths
}
