package census_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/expertise/balance"
	"github.com/refward/refward/expertise/census"
)

// TestExpire: what is used stays, and so does the key as long as there is an index that it is for.
func TestExpire(t *testing.T) {
	now := time.Now()
	since := now.AddDate(0, 0, -90)
	named := func(days ...int) string {
		var list []string
		for i, d := range days {
			list = append(list, fmt.Sprintf(`{"at":%d,"person":1,"change":"%d"}`, now.AddDate(0, 0, -d).Unix(), i))
		}
		return `{"version":1,"assignments":[` + strings.Join(list, ",") + `]}`
	}
	for name, c := range map[string]struct {
		age     map[string]int // days, by file
		ledger  string
		removed string
		n       int
		err     error
	}{
		"all is in use":   {age: map[string]int{"ownership.idx": 1, "activity.idx": 2, "pseudonym.key": 400, "policy.yaml": 400}},
		"one is":          {age: map[string]int{"ownership.idx": 91, "activity.idx": 89, "pseudonym.key": 400}, removed: "ownership.idx"},
		"none is":         {age: map[string]int{"ownership.idx": 91, "activity.idx": 400, "pseudonym.key": 91, "policy.yaml": 400}, removed: "activity.idx ownership.idx pseudonym.key"},
		"a new key":       {age: map[string]int{"ownership.idx": 91, "pseudonym.key": 3}, removed: "ownership.idx"},
		"half-written":    {age: map[string]int{".ownership.idx-1": 91, ".activity.idx-2": 1}, removed: ".ownership.idx-1"},
		"old names":       {age: map[string]int{"assignments.json": 0}, ledger: named(100, 95, 3), n: 2},
		"only old names":  {age: map[string]int{"assignments.json": 0}, ledger: named(100, 95), removed: "assignments.json"},
		"an old ledger":   {age: map[string]int{"assignments.json": 91}, ledger: "damaged, and older than anything that is kept", removed: "assignments.json"},
		"a damaged one":   {age: map[string]int{"assignments.json": 0}, ledger: "damaged", err: balance.ErrDamaged},
		"there is no day": {age: map[string]int{"ownership.idx": -1}},
	} {
		common := t.TempDir()
		dir := filepath.Join(common, "refward")
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		for file, days := range c.age {
			path, at := filepath.Join(dir, file), now.AddDate(0, 0, -days)
			if err := errors.Join(os.WriteFile(path, []byte(c.ledger), 0o600), os.Chtimes(path, at, at)); err != nil {
				t.Fatal(err)
			}
		}
		x, err := census.Expire(t.Context(), common, since)
		var removed []string
		for _, path := range x.Removed {
			removed = append(removed, filepath.Base(path))
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s: %s is still there", name, path)
			}
		}
		slices.Sort(removed)
		if strings.Join(removed, " ") != c.removed || x.Assignments != c.n || !errors.Is(err, c.err) {
			t.Errorf("%s: removed %q and %d assignments (%v), want %q and %d", name, removed, x.Assignments, err, c.removed, c.n)
		}
		if x.Assignments > 0 {
			if l, err := balance.Read(x.Ledger); err != nil || len(l.Assignments) != 1 {
				t.Errorf("%s: left %v (%v)", name, l, err)
			}
		}
	}
	if x, err := census.Expire(t.Context(), t.TempDir(), since); err != nil || len(x.Removed) > 0 {
		t.Errorf("where nothing is kept: %v, %v", x, err)
	}
}

func TestUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	old := time.Now().AddDate(0, 0, -100)
	if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, old, old)); err != nil {
		t.Fatal(err)
	}
	census.Used(path)
	if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) > time.Hour {
		t.Errorf("%v, %v", info.ModTime(), err)
	}
	census.Used(path + "none")
}

// TestForgetTwice: two at once remove everything between them, and neither complains of what the other removed.
func TestForgetTwice(t *testing.T) {
	common := t.TempDir()
	if err := os.Mkdir(filepath.Join(common, "refward"), 0o750); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		const n = 40
		for i := range n {
			if err := os.WriteFile(filepath.Join(common, "refward", fmt.Sprint(".activity.idx-", i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		type done struct {
			removed []string
			err     error
		}
		both := make(chan done, 2)
		for range 2 {
			go func() {
				removed, err := census.Forget(common)
				both <- done{removed, err}
			}()
		}
		a, b := <-both, <-both
		if err := errors.Join(a.err, b.err); err != nil || len(a.removed)+len(b.removed) != n {
			t.Fatalf("removed %d and %d of %d: %v", len(a.removed), len(b.removed), n, err)
		}
	}
}
