//go:build unix

package plumbing

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestKilledScratch: what a killed process leaves goes with the next one, and what a living one has stays however old it is.
func TestKilledScratch(t *testing.T) {
	if parent := os.Getenv("REFWARD_TEST_SCRATCH"); parent != "" {
		dir, _, err := scratchDir(parent)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "x"), nil, 0o600)
		}
		fmt.Println(dir, err)
		select {}
	}
	parent := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledScratch$") // #nosec G204 -- this test
	child.Env = append(os.Environ(), "REFWARD_TEST_SCRATCH="+parent)
	out, err := child.StdoutPipe()
	if err = errors.Join(err, child.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	left := func() int {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(parent, ScratchPrefix+"*"))
		if err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-2 * scratchAge)
		for _, dir := range found {
			if err := os.Chtimes(dir, old, old); err != nil {
				t.Fatal(err)
			}
		}
		return len(found)
	}
	if n := left(); n != 1 {
		t.Fatalf("%d directories of a process", n)
	}
	sweepScratch(parent)
	if n := left(); n != 1 {
		t.Fatalf("%d directories of a living process", n)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	dir, lock, err := scratchDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 1 || filepath.Dir(dir) != parent {
		t.Errorf("%d directories after a killed process; the new one is %s", n, dir)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
}
