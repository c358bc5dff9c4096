//go:build unix

package ownership_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/internal/gitio"
)

// TestKilledBuildGoesOn kills a process that builds, and goes on in this one.
func TestKilledBuildGoesOn(t *testing.T) {
	if dir := os.Getenv("REFWARD_TEST_BUILD"); dir != "" { // the process that is killed
		repo, err := gitio.Open(t.Context(), gitio.Options{Dir: dir, Environ: os.Environ()})
		if err != nil {
			t.Fatal(err)
		}
		steps := 0
		_, err = ownership.Build(t.Context(), repo, os.Getenv("REFWARD_TEST_TIP"), ownership.Options{
			Part: ownership.PartPath(dir), PartEvery: time.Nanosecond,
			Progress: func(int) {
				if steps++; steps == 2 {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
			},
		})
		t.Fatalf("it lives: %v", err)
	}
	f := newFixture(t)
	ids := f.long(longHistory)
	tip := ids[len(ids)-1]
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestKilledBuildGoesOn$")
	cmd.Env = append(os.Environ(), "REFWARD_TEST_BUILD="+f.Dir, "REFWARD_TEST_TIP="+tip, "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); err == nil || !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("%v\n%s", err, out)
	}
	left, err := filepath.Glob(filepath.Join(f.Dir, "refward", "*"))
	if err != nil || len(left) != 1 || left[0] != ownership.PartPath(f.Dir) {
		t.Fatalf("left behind: %q %v", left, err)
	}
	first := 0
	x, err := ownership.Build(t.Context(), f.Open(), tip, ownership.Options{Part: left[0], PartEvery: time.Hour, Progress: func(n int) {
		if first == 0 {
			first = n
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if first <= 4096 {
		t.Errorf("it began again: %d commits looked at", first)
	}
	if !bytes.Equal(encoded(t, x), encoded(t, f.build(tip, ownership.Options{}))) {
		t.Error("it is another index")
	}
}
