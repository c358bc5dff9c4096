package odb

import (
	"path/filepath"
	"testing"
)

func TestOutside(t *testing.T) {
	stored := newFixture(t)
	stored.history(1, 110, 6, 500) // a pack
	loose := id(t, stored.git("loose", "hash-object", "-w", "--stdin"))
	quarantine := newFixture(t)
	quarantine.history(2, 110, 6, 500)
	fresh := id(t, quarantine.git("fresh", "hash-object", "-w", "--stdin"))
	quarantine.git("loose", "hash-object", "-w", "--stdin") // both have it

	s := open(t, Options{}, quarantine.objects(), stored.objects())
	o, err := s.Outside(quarantine.dir + "/./objects")
	if err != nil {
		t.Fatal(err)
	}
	if dirs := o.Dirs(); len(dirs) != 1 || dirs[0] != s.Dirs()[1] {
		t.Errorf("Dirs() = %q", dirs)
	}
	ours, theirs := stored.all(), quarantine.all()
	if len(ours) < 300 || len(theirs) < 300 {
		t.Fatalf("%d and %d objects", len(ours), len(theirs))
	}
	for name := range ours {
		if has, err := o.Has(id(t, name)); err != nil || !has {
			t.Fatalf("Has(%s) = %t, %v", name, has, err)
		}
	}
	for name := range theirs {
		_, want := ours[name]
		if has, err := o.Has(id(t, name)); err != nil || has != want {
			t.Fatalf("Has(%s) = %t, %v", name, has, err)
		}
	}
	for id, want := range map[ID]bool{loose: true, fresh: false, {1}: false} {
		if has, err := o.Has(id); err != nil || has != want {
			t.Errorf("Has(%s) = %t, %v", id, has, err)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if _, err := s.Outside(path); err == nil {
			t.Errorf("Outside(%q) takes a directory that is not of the store", path)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Has(loose); err != ErrClosed {
		t.Errorf("Has on a closed store: %v", err)
	}
}
