//go:build unix

package linediff

import (
	"errors"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// cpu returns the processor time in seconds that this process or its children have used.
func cpu(b *testing.B, who int) float64 {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// BenchmarkAdded compares made-up source files, and reports the processor time as a share of what "git diff" takes for the same files beyond
// what it takes to list them ("of-git").
func BenchmarkAdded(b *testing.B) {
	c := corpus{dir: b.TempDir()}
	size := 0
	sources(11, 1000, func(old, new []byte) {
		c.add(b, old, new)
		size += len(old) + len(new)
	})
	git := func(args ...string) float64 {
		best := 0.0
		for range 3 {
			start := cpu(b, unix.RUSAGE_CHILDREN)
			var exit *exec.ExitError
			if err := c.command(args...).Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
				b.Fatal(err)
			}
			if took := cpu(b, unix.RUSAGE_CHILDREN) - start; best == 0 || took < best {
				best = took
			}
		}
		return best
	}
	peer := git("-U0", "--text") - git("--raw")
	b.SetBytes(int64(size))
	b.ReportAllocs()
	start := cpu(b, unix.RUSAGE_SELF)
	var d Differ
	for b.Loop() {
		for i := range c.old {
			d.Added(c.old[i], c.new[i])
		}
	}
	b.ReportMetric((cpu(b, unix.RUSAGE_SELF)-start)/float64(b.N)/peer, "of-git")
}
