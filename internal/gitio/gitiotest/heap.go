package gitiotest

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
)

// PeakHeap returns the most bytes that were in use, at any garbage collection, while f ran.
func PeakHeap(t testing.TB, f func()) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	var most atomic.Uint64
	var ended atomic.Bool
	live := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	runtime.GC()
	before := live()
	// Each collection finalizes the last mark and leaves the next.
	type mark struct{ _ *int } // with a pointer, or it would share its memory with others and live as long
	var watch func(*mark)
	watch = func(*mark) {
		if n := live(); n > most.Load() {
			most.Store(n)
		}
		if !ended.Load() {
			runtime.SetFinalizer(&mark{}, watch)
		}
	}
	watch(nil)
	f()
	ended.Store(true)
	return most.Load() - min(before, most.Load())
}

// Alternate makes a branch main of n commits that alternate between two trees of so many files each, none of whose lines is in the other, and a last one that
// has one file alone. It returns the id of the last.
func (b Bare) Alternate(n, files int) (tip string) {
	b.T.Helper()
	head := func(mark int) string {
		return fmt.Sprintf("commit refs/heads/main\nmark :%d\nauthor A <a@example.com> %d +0000\ncommitter A <a@example.com> %[2]d +0000\ndata 1\nx\n", mark, 1_700_000_000+mark)
	}
	var in strings.Builder
	for k := 1; k <= 2; k++ {
		in.WriteString(head(k) + "deleteall\n")
		for i := range files {
			text := fmt.Sprintf("%d of %d\n", i, k)
			fmt.Fprintf(&in, "M 100644 inline dir/a-name-as-long-as-they-often-are-%d\ndata %d\n%s\n", i, len(text), text)
		}
	}
	b.Git(in.String(), "fast-import", "--quiet")
	trees := strings.Fields(b.Git("", "rev-parse", "main~1^{tree}", "main^{tree}"))
	in.Reset()
	for k := 3; k <= n; k++ {
		in.WriteString(head(k))
		if k == 3 {
			in.WriteString("from refs/heads/main^0\n")
		}
		fmt.Fprintf(&in, "M 040000 %s \n", trees[(k+1)%2])
	}
	in.WriteString(head(n+1) + "deleteall\nM 100644 inline alone\ndata 2\nx\n\n")
	b.Git(in.String(), "fast-import", "--quiet", "--force")
	return strings.TrimSpace(b.Git("", "rev-parse", "main"))
}
