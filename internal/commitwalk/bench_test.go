//go:build unix

package commitwalk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/refward/refward/internal/odb"
)

// cpu returns the processor time in seconds that this process and its children have used.
func cpu() float64 {
	total := 0.0
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			total += float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
		}
	}
	return total
}

// measure runs what is measured and reports the processor time, which other load on the machine changes least.
func measure(b *testing.B, run func() int, want int) {
	b.Helper()
	start := cpu()
	for b.Loop() {
		if got := run(); got != want {
			b.Fatalf("%d commits, want %d", got, want)
		}
	}
	b.ReportMetric((cpu()-start)*1000/float64(b.N), "cpu-ms/op")
}

// BenchmarkNewCommits pushes 1, 100 and 5,000 commits to a repository of 60,000 commits and 20,000 refs beside git rev-list.
func BenchmarkNewCommits(b *testing.B) {
	f := newFixture(b)
	f.packed = map[odb.ID][]byte{}
	r := rand.New(rand.NewPCG(1, 1))
	var ids []odb.ID
	for i := range 60_000 {
		parents := ids[max(0, i-1):]
		if i > 20 && r.IntN(4) == 0 {
			parents = []odb.ID{parents[0], ids[i-2-r.IntN(18)]}
		}
		ids = append(ids, f.commit(i, 1_000_000+int64(i), parents...))
	}
	left := f.commit(60_000, 2_000_000, ids[40_000]) // reachable from no ref
	f.pack()
	var refs []odb.ID
	for i := 0; i < len(ids); i += 3 {
		refs = append(refs, ids[i])
	}
	refs = append(refs, last(ids))
	f.refs(refs)
	git := func(b *testing.B, quarantine *fixture, tip odb.ID, want int) {
		at := *f
		at.t, at.env = b, []string{"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + quarantine.objects()}
		measure(b, func() int { return len(at.ids(at.git("", "rev-list", tip.String(), "--not", "--all"))) }, want)
	}
	own := func(b *testing.B, quarantine *fixture, tip odb.ID, near []odb.ID, want int) {
		measure(b, func() int {
			store, err := odb.Open([]string{quarantine.objects(), f.objects()}, odb.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			w, err := New(Options{Objects: store, Quarantine: quarantine.objects()})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			order, _, err := w.NewCommits(context.Background(), []odb.ID{tip}, Boundary{Near: near, All: list(refs)})
			if err != nil {
				b.Fatal(err)
			}
			return len(order)
		}, want)
	}
	empty := newFixture(b)
	for _, graph := range []string{"plain", "graph"} {
		if graph == "graph" {
			f.git("", "commit-graph", "write", "--reachable")
		}
		for _, n := range []int{1, 100, 5000} {
			quarantine := newFixture(b)
			quarantine.packed = map[odb.ID][]byte{}
			tip, below := last(ids), ids[len(ids)-2]
			for i := range n {
				tip = quarantine.commit(100_000+i, 3_000_000+int64(i), tip)
			}
			merge := quarantine.commit(200_000, 4_000_000, tip, below)
			quarantine.pack()
			name := fmt.Sprintf("%s/%d", graph, n)
			b.Run(name+"/git", func(b *testing.B) { git(b, quarantine, tip, n) })
			b.Run(name+"/near", func(b *testing.B) { own(b, quarantine, tip, []odb.ID{last(ids)}, n) })
			b.Run(name+"/merge", func(b *testing.B) { own(b, quarantine, merge, []odb.ID{last(ids)}, n+1) })
		}
		b.Run(graph+"/left-over/git", func(b *testing.B) { git(b, empty, left, 1) })
		b.Run(graph+"/left-over/own", func(b *testing.B) { own(b, empty, left, nil, 1) })
	}
}
