package history_test

import (
	"testing"

	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/internal/gitio/gitiotest"
)

// TestHeap: commits that share their trees cost next to nothing to make; what they change is not held all at once.
func TestHeap(t *testing.T) {
	b := gitiotest.New(t)
	tip := b.Alternate(600, 2000)
	repo := b.Open()
	peak := gitiotest.PeakHeap(t, func() {
		if _, err := history.Update(t.Context(), repo, nil, tip, history.Options{}); err != nil {
			t.Error(err)
		}
	})
	if t.Logf("%d MB", peak>>20); peak > 60<<20 {
		t.Errorf("%d MB of heap", peak>>20)
	}
}
