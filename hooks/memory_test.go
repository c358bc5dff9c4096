package hooks

import (
	"math"
	"runtime/debug"
	"testing"
	"time"
)

// Nothing is collected while little is in use; from then on garbage is collected early, and without a limit.
func TestSaveMemory(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	defer func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) }()
	for _, own := range []string{"GOGC=100", "GOMEMLIMIT=1GiB"} {
		if SaveMemory([]string{own}); debug.SetMemoryLimit(-1) != limit {
			t.Errorf("%s of the environment does not count", own)
		}
	}
	SaveMemory(nil)
	if now := debug.SetMemoryLimit(-1); now != gcFloor {
		t.Fatalf("the limit is %d", now)
	}
	var kept [][]byte
	for begin := time.Now(); debug.SetMemoryLimit(-1) != math.MaxInt64; {
		if time.Since(begin) > time.Minute {
			t.Fatal("much is in use, and nothing is collected")
		}
		if len(kept) < 64 {
			kept = append(kept, make([]byte, 1<<20))
		}
	}
	if now := debug.SetGCPercent(100); now != gcPercent || len(kept) == 0 {
		t.Errorf("%d per cent after %d MB", now, len(kept))
	}
}
