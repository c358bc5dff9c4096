package ownership_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/refward/refward/expertise/ownership"
)

// TestMergesOfTwoBranches has a branch that began after another one, which was merged before it. Lines that both have not changed go down the older branch
// from the old tip, and past the beginning of the younger one.
func TestMergesOfTwoBranches(t *testing.T) {
	f := newFixture(t)
	shared := []string{"one", "two", "three", "four", "five", "six", "seven"}
	edited := func(lines ...int) version {
		list := append([]string{}, shared...)
		for _, n := range lines {
			list[n] += " edited"
		}
		return text(list...)
	}
	busy := func(i int) version { return text(fmt.Sprint(i), "busy", fmt.Sprint(i/2)) }
	last, older, younger := 0, 0, 0
	for i := range 400 {
		files := tree{"shared": edited(), "busy": busy(i)}
		if last == 0 {
			last = f.commit(files)
		} else {
			last = f.commit(files, last)
		}
		switch i {
		case 340:
			older = last
		case 370:
			younger = last
		}
	}
	a := f.commit(tree{"shared": edited(1), "busy": busy(340)}, older)
	b := f.commit(tree{"shared": edited(1, 5), "busy": busy(370)}, younger) // with the same change, as after a rebase
	one := f.commit(tree{"shared": edited(1), "busy": busy(399)}, last, a)
	two := f.commit(tree{"shared": edited(1, 5), "busy": busy(399)}, one, b)
	ids := f.ids()
	seen := 0
	got, err := ownership.Update(t.Context(), f.Open(), f.build(ids[one], ownership.Options{}), ids[two], ownership.Options{Progress: func(n int) { seen = n }})
	if err != nil {
		t.Fatal(err)
	}
	f.equal(got)
	if !bytes.Equal(encoded(t, got), encoded(t, f.build(ids[two], ownership.Options{}))) {
		t.Error("not what a rebuild is")
	}
	if seen == 0 || seen > 100 {
		t.Errorf("%d commits looked at", seen)
	}
}

// TestUpdateOverManyCommits goes on over more commits than are looked at together.
func TestUpdateOverManyCommits(t *testing.T) {
	f := newFixture(t)
	ids := f.long(longHistory)
	tip := ids[len(ids)-1]
	got, err := ownership.Update(t.Context(), f.Open(), f.build(ids[100], ownership.Options{}), tip, ownership.Options{})
	if err != nil || !bytes.Equal(encoded(t, got), encoded(t, f.build(tip, ownership.Options{}))) {
		t.Errorf("not what a rebuild is: %v", err)
	}
}
