package treediff

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

func merged(m *memory, others []odb.ID, tree odb.ID) (all []Merged, err error) {
	err = Merge(context.Background(), m, others, tree, func(k Merged) error {
		all = append(all, k)
		return nil
	})
	return all, err
}

// intersection is what a merge is by its definition: the paths that are in the comparison with each of the others, with the same result.
func intersection(t *testing.T, m *memory, others []odb.ID, tree odb.ID) []Merged {
	t.Helper()
	type result struct {
		path string
		Version
	}
	found := map[result]*Merged{}
	var order []result
	for i, other := range others {
		changes, err := diffAll(m, other, tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			key := result{c.Path, Version{c.Mode, c.ID}}
			if i == 0 {
				found[key] = &Merged{Path: c.Path, Result: key.Version}
				order = append(order, key)
			}
			if k := found[key]; k != nil && len(k.Parents) == i {
				k.Parents = append(k.Parents, Version{c.OldMode, c.OldID})
			}
		}
	}
	var all []Merged
	for _, key := range order {
		if len(found[key].Parents) == len(others) {
			all = append(all, *found[key])
		}
	}
	return all
}

// TestMergeIsTheIntersection compares merges of two to four random parents with the comparison with each, which is compared with git's.
func TestMergeIsTheIntersection(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := newMemory()
	paths := 0
	for i := range 3000 {
		base := randomFolder(r, 4)
		tree := m.write(base.edit(r, 4))
		if i%20 == 0 {
			tree = m.write(folder{})
		}
		var others []odb.ID
		for range 2 + r.IntN(3) {
			others = append(others, m.write(base.edit(r, 4)))
		}
		if i%7 == 0 {
			others[r.IntN(len(others))] = odb.ID{}
		}
		got, err := merged(m, others, tree)
		if err != nil {
			t.Fatal(err)
		}
		want := intersection(t, m, others, tree)
		for _, list := range [][]Merged{got, want} {
			slices.SortFunc(list, func(a, b Merged) int { return strings.Compare(a.Path, b.Path) })
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("merge %d:\n%v\nwant\n%v", i, got, want)
		}
		paths += len(got)
	}
	if paths < 3000 {
		t.Errorf("only %d paths", paths)
	}
}

// TestUnsortedMergeHidesNothing: in trees that break every rule, what no parent has is found.
func TestUnsortedMergeHidesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := newMemory()
	names := []string{"a", "b", "a.b", "a0", "a/", "a/b", "/", ".."}
	found := 0
	for i := range 3000 {
		tree := randomTree(r, m, names, 3)
		others := []odb.ID{randomTree(r, m, names, 3), randomTree(r, m, names, 3)}
		got, err := merged(m, others, tree)
		if err != nil {
			t.Fatal(err)
		}
		known, all, said := map[Change]int{}, map[Change]int{}, map[Change]bool{}
		for _, id := range others {
			if err := m.flatten(id, "", known); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.flatten(tree, "", all); err != nil {
			t.Fatal(err)
		}
		for _, k := range got {
			said[Change{Mode: k.Result.Mode, ID: k.Result.ID, Path: k.Path}] = true
		}
		for c := range all {
			if known[c] > 0 {
				continue
			}
			found++
			if !said[c] {
				t.Fatalf("merge %d: %v is not in %v", i, c, got)
			}
		}
	}
	if found < 3000 {
		t.Errorf("only %d paths that no parent has", found)
	}
}

// TestMergeReadsLittle: below a subtree that one of the parents has, nothing is read.
func TestMergeReadsLittle(t *testing.T) {
	m := newMemory()
	absent := odb.ID{1}
	side := func(text string) odb.ID {
		return m.tree(entry("40000", "a", absent), entry("100644", "b", m.blob(text)))
	}
	got, err := merged(m, []odb.ID{side("one"), side("two")}, side("three"))
	if err != nil || len(got) != 1 || got[0].Path != "b" || got[0].Status() != 'M' {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := merged(m, []odb.ID{side("one"), {2}}, side("one")); err != nil || len(got) != 0 {
		t.Errorf("a merge that is one of its parents: %v, %v", got, err)
	}
	if _, err := merged(m, []odb.ID{side("one"), {2}}, side("three")); !errors.Is(err, odb.ErrNotFound) {
		t.Errorf("a parent without its tree: %v", err)
	}
	stop := errors.New("stop")
	err = Merge(context.Background(), m, []odb.ID{side("one"), side("two")}, side("three"), func(Merged) error { return stop })
	if err != stop {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Merge(ctx, m, []odb.ID{side("one"), side("two")}, side("three"), nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestEmptyDirectory: a directory without files brings a name all the same, wherever it is new.
func TestEmptyDirectory(t *testing.T) {
	m := newMemory()
	none, file := odb.ID([]byte(emptyTree)), m.blob("text")
	below := m.tree(entry("40000", "name", none))
	tree := m.tree(entry("100644", "a", file), entry("40000", "dir", below))
	for name, old := range map[string]odb.ID{"nothing": {}, "a file": m.tree(entry("100644", "a", file), entry("100644", "dir", file)),
		"another": m.tree(entry("100644", "a", file), entry("40000", "dir", m.tree(entry("100644", "name", file))))} {
		changes, err := diffAll(m, old, tree)
		if err != nil || !slices.ContainsFunc(changes, func(c Change) bool { return c.Status == 'A' && c.Mode == modeDir && c.Path == "dir/name" }) {
			t.Errorf("against %s: %v, %v", name, changes, err)
		}
		all, err := merged(m, []odb.ID{old, old}, tree)
		if err != nil || !slices.ContainsFunc(all, func(k Merged) bool { return k.Result.Mode == modeDir && k.Path == "dir/name" }) {
			t.Errorf("merge with %s: %v, %v", name, all, err)
		}
	}
	if changes, err := diffAll(m, tree, m.tree(entry("40000", "dir", below))); err != nil || len(changes) != 1 {
		t.Errorf("one that was there: %v, %v", changes, err)
	}
}

// TestLookup finds what lies at a path.
func TestLookup(t *testing.T) {
	m := newMemory()
	text, empty := m.blob("text"), odb.ID([]byte(emptyTree))
	root := m.tree(
		entry("40000", "dir", m.tree(entry("100644", "b", text), entry("40000", "none", empty))),
		entry("100755", "a", text), entry("100644", "a", m.blob("other")), entry("160000", "module", odb.ID{7}),
	)
	for path, want := range map[string]uint32{
		"a": 0o100755, "dir": 0o40000, "dir/b": 0o100644, "dir/none": 0o40000, "module": 0o160000,
		"b": 0, "a/b": 0, "dir/c": 0, "dir/none/x": 0, "module/x": 0, "": 0, "/": 0, "dir/": 0, "dir//b": 0, "..": 0,
	} {
		mode, id, ok, err := Lookup(m, root, path)
		if ok != (want != 0) || mode != want && ok || err != nil || mode == 0o100755 && id != text {
			t.Errorf("%q: %o %s %t, %v", path, mode, id, ok, err)
		}
	}
	if _, _, _, err := Lookup(m, text, "a"); err == nil {
		t.Error("a blob for a tree")
	}
	if _, _, ok, err := Lookup(m, odb.ID{9}, "a"); ok || !errors.Is(err, odb.ErrNotFound) {
		t.Errorf("a tree that is not there: %v", err)
	}
}
