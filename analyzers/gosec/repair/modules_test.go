package repair_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/gosec/repair"
)

func TestModules(t *testing.T) {
	deps, err := modules("../../..")
	if err != nil {
		t.Fatal(err)
	}
	lib := newLibrary()
	for _, mod := range strings.Fields(os.Getenv("REPAIR_MODULES")) {
		root := deps[mod]
		sum, err := differ(lib, root, deps)
		if err != nil {
			t.Fatal(err)
		}
		report(t, mod, sum)
	}
	_ = filepath.Base
}

// differ compares what gosec finds in a module with all types, and repaired without those of other modules.
func differ(lib *library, root string, deps map[string]string) (tally, error) {
	all, err := lib.tree(root, deps)
	if err != nil {
		return tally{}, err
	}
	bare, err := lib.tree(root, nil)
	if err != nil {
		return tally{}, err
	}
	dirs, err := all.dirs()
	if err != nil {
		return tally{}, err
	}
	sum := tally{byRule: map[string][3]int{}}
	for _, dir := range dirs {
		p, err := all.load(dir)
		if err != nil || p.IllTyped {
			continue
		}
		start := cpu()
		b, err := bare.load(dir)
		if err != nil {
			return sum, err
		}
		checked := cpu()
		if repair.Sound(b) {
			continue
		}
		q, r, err := repair.Package(context.Background(), b, repair.Limits{})
		repaired := cpu()
		if err != nil {
			fmt.Println("FAILED", dir, err)
			sum.failed++
			continue
		}
		want, _ := scan(p.Package, p.Package, root)
		start2 := cpu()
		got, notes := scan(b.Package, q.Package, root)
		if len(notes) > 0 {
			fmt.Println("NOTES", dir, notes)
		}
		c := compare(want, got, func(what, k string) {
			if v := os.Getenv("REPAIR_VERBOSE"); v != "" && strings.Contains(k, v) {
				fmt.Println(what, root, k)
			}
		})
		c.tCheck, c.tRepair, c.tSSA, c.repaired, c.rounds, c.replaced, c.dropped = checked-start, repaired-checked, cpu()-start2, 1, r.Rounds, r.Replaced, len(r.Dropped)
		sum.add(c)
	}
	return sum, nil
}
