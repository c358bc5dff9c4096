package ownership_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

// long makes a history of n commits with merges, of which a walk takes several steps.
func (f *fixture) long(n int) []string {
	lines := map[string][]string{}
	files := func() tree {
		all := tree{}
		for path, l := range lines {
			all[path] = text(l...)
		}
		return all
	}
	last, side := 0, 0
	for i := range n {
		path := fmt.Sprint("f", i%3)
		lines[path] = append(lines[path], fmt.Sprint(i))
		if len(lines[path]) > 40 {
			lines[path] = slices.Delete(lines[path], i%37, i%37+2)
		}
		if i%500 == 0 {
			lines["slow"] = append(lines["slow"], fmt.Sprint(i))
		}
		switch {
		case last == 0:
			last = f.commit(files())
		case side == 0 && i%50 == 0:
			side = f.commit(tree{"f0": text(append([]string{fmt.Sprint("side ", i)}, lines["f0"]...)...), "f1": text(lines["f1"]...), "f2": text(lines["f2"]...), "slow": text(lines["slow"]...)}, last)
		case side != 0 && i%50 == 20:
			lines["f0"] = append([]string{fmt.Sprint("side ", i-20)}, lines["f0"]...)
			last, side = f.commit(files(), last, side), 0
		default:
			last = f.commit(files(), last)
		}
	}
	f.n = last // a branch that was never merged is nobody's
	return f.ids()
}

const longHistory = 4500 // more than one step of a walk

// ended begins a build and ends it after the first step. It returns how far it came.
func ended(t *testing.T, repo *gitio.Repo, tip string, o ownership.Options) int {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	seen := 0
	o.Progress = func(n int) {
		seen = n
		end()
	}
	if _, err := ownership.Build(ctx, repo, tip, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("it was not ended: %v", err)
	}
	return seen
}

// TestEndedBuildGoesOn ends builds and goes on, at the same tip and at a later one.
func TestEndedBuildGoesOn(t *testing.T) {
	f := newFixture(t)
	ids := f.long(longHistory)
	tip, before := ids[len(ids)-1], ids[len(ids)-150]
	repo := f.Open()
	part := filepath.Join(t.TempDir(), "refward", "part")
	o := ownership.Options{Part: part, PartEvery: time.Nanosecond}
	want := encoded(t, f.build(tip, ownership.Options{}))

	for _, from := range []string{tip, before} {
		came := ended(t, repo, from, o)
		first := 0
		o := o
		o.Progress = func(n int) {
			if first == 0 {
				first = n
			}
		}
		x, err := ownership.Build(t.Context(), repo, tip, o)
		if err != nil {
			t.Fatal(err)
		}
		if first <= came {
			t.Errorf("it began again: %d commits looked at after %d", first, came)
		}
		if !bytes.Equal(encoded(t, x), want) {
			t.Error("it is another index")
		}
	}
	// What was found with other options counts for nothing.
	first := 0
	x, err := ownership.Build(t.Context(), repo, tip, ownership.Options{Part: part, IgnoreRevs: []string{ids[5]}, Progress: func(n int) {
		if first == 0 {
			first = n
		}
	}})
	if err != nil || first > 4096 || bytes.Equal(encoded(t, x), want) {
		t.Errorf("with other options: %d commits looked at at first; %v", first, err)
	}
	// A tip that is no ancestor of the one that is wanted counts for nothing.
	ended(t, repo, tip, o)
	x, err = ownership.Build(t.Context(), repo, before, o)
	if err != nil || x.Tip() != before || bytes.Equal(encoded(t, x), want) {
		t.Error("of a later tip: ", err)
	}
	if err := ownership.RemovePart(part); err != nil {
		t.Fatal(err)
	}
	if err := ownership.RemovePart(part); err != nil {
		t.Errorf("nothing to remove: %v", err)
	}
}

// TestNothingCanBeKept builds where the part cannot be written: that is no reason to fail.
func TestNothingCanBeKept(t *testing.T) {
	f := newFixture(t)
	ids := f.long(4200)
	tip := ids[len(ids)-1]
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x, err := ownership.Build(t.Context(), f.Open(), tip, ownership.Options{Part: filepath.Join(file, "part"), PartEvery: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	f.equal(x)
}
