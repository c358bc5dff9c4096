package cost

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// childEnv makes the test process a child that takes memory and, for each letter, starts another one.
const childEnv = "REFWARD_TEST_COST"

func TestMain(m *testing.M) {
	rest, ok := os.LookupEnv(childEnv)
	if !ok {
		os.Exit(m.Run())
	}
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 512 {
		held[i] = 1
	}
	if rest != "" {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+rest[1:])
		if err := cmd.Run(); err != nil {
			os.Exit(1)
		}
	}
	// Long enough to be looked at more than twice.
	for n := range 100_000_000 {
		held[n%len(held)]++
	}
	os.Exit(0)
}

func TestRun(t *testing.T) {
	run := func(rest string) Cost {
		t.Helper()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+rest)
		c, err := Run(cmd)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, two := run(""), run("x")
	if one.CPU <= 0 || two.CPU <= one.CPU {
		t.Errorf("one process takes %.3f s of CPU, two take %.3f s", one.CPU, two.CPU)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if one.Peak < 64 || one.Tree < one.Peak || two.Peak > 1.5*one.Peak {
		t.Errorf("one process: %+v, two: %+v", one, two)
	}
	if two.Tree < two.Peak+64 {
		t.Errorf("two processes of 64 MB at once have %.0f MB, the larger %.0f MB", two.Tree, two.Peak)
	}
}

func TestFailureCostsToo(t *testing.T) {
	c, err := Run(exec.Command(os.Args[0], "-no-such-flag"))
	if err == nil || c.Wall <= 0 {
		t.Errorf("cost %+v, error %v", c, err)
	}
	if _, err := Run(exec.Command("no-such-program")); err == nil {
		t.Error("a program that is not there runs")
	}
}

func TestMedian(t *testing.T) {
	list := []Cost{{CPU: 3}, {CPU: 1}, {CPU: 9}}
	if m := Median(list, func(c Cost) float64 { return c.CPU }); m != 3 {
		t.Errorf("median %v, want 3", m)
	}
}
