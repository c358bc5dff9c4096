//go:build unix

package ownership_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

// used returns the processor time of this process and of its children that have ended.
func used(t testing.TB) time.Duration {
	t.Helper()
	total := time.Duration(0)
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			t.Fatal(err)
		}
		total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return total
}

// BenchmarkUpdate brings the index of a real repository up to date, one commit of the line of first parents after the other, from and to the file. The
// repository is that of the variable REFWARD_BENCH_REPO. REFWARD_BENCH_INDEX names a directory that keeps the first index, whose making takes
// longest, for the next run.
func BenchmarkUpdate(b *testing.B) {
	dir := os.Getenv("REFWARD_BENCH_REPO")
	if dir == "" {
		b.Skip("REFWARD_BENCH_REPO names no repository")
	}
	open := func() *gitio.Repo {
		repo, err := gitio.Open(b.Context(), gitio.Options{Dir: dir, Environ: os.Environ()})
		if err != nil {
			b.Fatal(err)
		}
		return repo
	}
	repo := open()
	defer repo.Close()
	const commits = 40
	var ids []string
	for n := range commits + 1 {
		id, err := repo.Resolve(b.Context(), fmt.Sprintf("HEAD~%d", commits-n))
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	keep := os.Getenv("REFWARD_BENCH_INDEX")
	if keep == "" {
		keep = b.TempDir()
	}
	first := filepath.Join(keep, ids[0])
	index, err := ownership.Open(first)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ownership.ErrFormat) {
		if index, err = ownership.Build(b.Context(), repo, ids[0], ownership.Options{}); err == nil {
			err = index.Write(first)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	data, err := index.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "index")
	var each []time.Duration
	for b.Loop() {
		for _, id := range ids[1:] {
			if id == ids[1] {
				if err := os.WriteFile(path, data, 0o600); err != nil {
					b.Fatal(err)
				}
			}
			before := used(b)
			repo := open()
			old, err := ownership.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			next, err := ownership.Update(b.Context(), repo, old, id, ownership.Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := next.Write(path); err != nil {
				b.Fatal(err)
			}
			if err := repo.Close(); err != nil {
				b.Fatal(err)
			}
			each = append(each, used(b)-before)
		}
	}
	slices.Sort(each)
	ms := func(at int) float64 { return each[at].Seconds() * 1000 }
	b.ReportMetric(ms(len(each)/2), "cpu-ms/median")
	b.ReportMetric(ms(len(each)*9/10), "cpu-ms/p90")
	b.ReportMetric(ms(len(each)-1), "cpu-ms/most")
	end, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	if keep := filepath.Join(keep, ids[commits]); os.Getenv("REFWARD_BENCH_INDEX") != "" {
		want, err := os.ReadFile(keep)
		if errors.Is(err, fs.ErrNotExist) {
			var built *ownership.Index
			if built, err = ownership.Build(b.Context(), repo, ids[commits], ownership.Options{}); err == nil {
				if err = built.Write(keep); err == nil {
					want, err = os.ReadFile(keep)
				}
			}
		}
		if err != nil || !bytes.Equal(want, end) {
			b.Errorf("not what a rebuild is: %v", err)
		}
	}
}
