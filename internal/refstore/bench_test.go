//go:build unix

package refstore

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
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

// measure reports the processor time, which other load on the machine changes least.
func measure(b *testing.B, run func() error) {
	b.Helper()
	start := cpu()
	for b.Loop() {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-start)*1000/float64(b.N), "cpu-ms/op")
}

// BenchmarkRefs reads 100,000 packed refs, of which loose ones hide some, beside git.
func BenchmarkRefs(b *testing.B) {
	for _, loose := range []int{0, 100, 10_000} {
		f := newFixture(b)
		const refs = 100_000
		var in strings.Builder
		for n := range refs {
			fmt.Fprintf(&in, "create refs/heads/team%d/topic-%06d %s\n", n%100, n, f.commits[n%20])
		}
		f.git(in.String(), "update-ref", "--stdin")
		f.git("", "pack-refs", "--all")
		f.git(fmt.Sprintf("create refs/heads/z-last %s\n", f.commits[25]), "update-ref", "--stdin")
		f.git("", "pack-refs", "--all")
		in.Reset()
		for n := range loose {
			fmt.Fprintf(&in, "update refs/heads/team%d/topic-%06d %s\n", n%100, n, f.commits[20+n%5])
		}
		f.git(in.String(), "update-ref", "--stdin")
		s := f.open()
		run := func(name string, run func() error) {
			b.Run(fmt.Sprintf("loose=%d/%s", loose, name), func(b *testing.B) { measure(b, run) })
		}
		git := func(args ...string) func() error {
			return func() error {
				cmd := exec.Command("git", args...)
				cmd.Dir = f.dir
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
				out, err := cmd.StdoutPipe()
				if err != nil {
					return err
				}
				if err := cmd.Start(); err != nil {
					return err
				}
				if _, err := io.Copy(io.Discard, out); err != nil {
					return err
				}
				return cmd.Wait()
			}
		}
		which := func(id odb.ID, want bool) func() error {
			return func() error {
				got, err := s.Which([]odb.ID{id})
				if err == nil && got[id] != want {
					err = fmt.Errorf("Which says %v", got)
				}
				return err
			}
		}
		run("Which/found", which(f.commits[25], true))
		run("Which/absent", which(f.commits[28], false))
		run("Lookup", func() error {
			_, ok, err := s.Lookup("refs/heads/team77/topic-099977")
			if err == nil && !ok {
				err = fmt.Errorf("not found")
			}
			return err
		})
		run("All", func() error {
			n := 0
			for _, err := range s.All("refs/") {
				if n++; err != nil {
					return err
				}
			}
			if n != refs+1 {
				return fmt.Errorf("%d refs", n)
			}
			return nil
		})
		run("git/for-each-ref", git("for-each-ref", "--format=%(refname) %(objectname)"))
		run("git/points-at", git("for-each-ref", "--points-at="+f.commits[25].String(), "--format=%(refname)"))
		run("git/rev-parse", git("rev-parse", "--verify", "refs/heads/team77/topic-099977"))
		run("git/rev-list", git("rev-list", "-n1", f.commits[25].String(), "--not", "--all"))
	}
}
