package advice

import (
	"fmt"
	"slices"
	"testing"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/linediff"
)

// The index is of a branch that went on since the change began: its lines are where the older version has them.
func TestBefore(t *testing.T) {
	runs := []ownership.Run{{Commit: 0, Lines: 3}, {Commit: 1, Lines: 2}}
	hunks := []linediff.Hunk{{Old: 1, OldLines: 2, New: 1}, {Old: 5, New: 3, NewLines: 1}}
	u := ownership.Unknown
	if got, want := before(runs, hunks), []int32{0, u, u, 0, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := before(runs, nil), []int32{0, 0, 0, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// Hunks of another file than the runs are of must not reach beyond its lines.
	if got := before(runs, []linediff.Hunk{{Old: 9, OldLines: 1, New: 9, NewLines: 1}}); len(got) != 6 {
		t.Errorf("%v", got)
	}
}

func TestSpread(t *testing.T) {
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprint(i))
	}
	if got := spread(list, 4); !slices.Equal(got, []string{"0", "25", "50", "75"}) {
		t.Error(got)
	}
	if got := spread(list[:3], 4); len(got) != 3 {
		t.Error(got)
	}
}

func TestLanguages(t *testing.T) {
	if got := Languages([]string{"a.py", "b.go", "c.go", "x.unknown-to-all"}); !slices.Equal(got, []string{"Go", "Python"}) {
		t.Error(got)
	}
}

// What a share is of is all lines, also those that nobody is known to own and those of more owners than count.
func TestAllLines(t *testing.T) {
	u := ownership.Unknown
	v := &version{status: 'M', owners: []int32{0, u, 1, u}, hunks: []linediff.Hunk{{Old: 0, OldLines: 2, New: 0, NewLines: 1}, {Old: 4, New: 3, NewLines: 1}}}
	c := &touch{touched: map[int32]int{}, whole: map[int32]int{}}
	c.count(v)
	if c.allTouched != 5 || c.touched[0] != 2 || c.allWhole != 4 || len(c.whole) != 2 {
		t.Errorf("touched %d, of owners %v; whole %d, of owners %v", c.allTouched, c.touched, c.allWhole, c.whole)
	}
}
