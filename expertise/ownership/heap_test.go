package ownership_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// TestHeap: commits that share their trees cost next to nothing to make; what they change is not held all at once.
func TestHeap(t *testing.T) {
	f := newFixture(t)
	tip := f.Alternate(600, 2000)
	repo := f.Open()
	peak := gitiotest.PeakHeap(t, func() {
		if _, err := ownership.Build(t.Context(), repo, tip, ownership.Options{}); err != nil {
			t.Error(err)
		}
	})
	if t.Logf("%d MB", peak>>20); peak > 40<<20 {
		t.Errorf("%d MB of heap", peak>>20)
	}
}

// TestBounds: where chunks are cut changes no byte of an index, of a build and of an update.
func TestBounds(t *testing.T) {
	f := newFixture(t)
	last, side := 0, 0
	for i := range 60 {
		files := tree{}
		for n := range 8 {
			text := ""
			for line := range 12 {
				text += fmt.Sprintf("%d %d %d\n", n, line, (i+n+line)/(2+line))
			}
			files[fmt.Sprintf("d%d/f%d", (i+n)/20, n)] = version{"100644", text}
		}
		switch {
		case last == 0:
			last = f.commit(files)
		case i%7 == 3:
			side = f.commit(files, last)
		case side > 0 && i%7 == 6:
			last = f.commit(files, last, side)
		default:
			last = f.commit(files, last)
		}
	}
	ids := f.ids()
	bytesOf := func(x *ownership.Index, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		data, err := x.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	tip, repo := ids[last], f.Open()
	want := bytesOf(ownership.Build(t.Context(), repo, tip, ownership.Options{}))
	old, err := ownership.Build(t.Context(), repo, ids[20], ownership.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]int{{1, 1, 1}, {5, 1 << 20, 1 << 20}, {1 << 20, 9, 1 << 20}, {1 << 20, 100, 30}, {13, 40, 1 << 20}} {
		restore := ownership.Bounds(c[0], c[1], c[2])
		if !bytes.Equal(bytesOf(ownership.Build(t.Context(), repo, tip, ownership.Options{})), want) {
			t.Errorf("bounds %v: another index is built", c)
		}
		if !bytes.Equal(bytesOf(ownership.Update(t.Context(), repo, old, tip, ownership.Options{})), want) {
			t.Errorf("bounds %v: an update makes another index", c)
		}
		restore()
	}
}
