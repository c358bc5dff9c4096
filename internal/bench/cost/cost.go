package cost

import (
	"cmp"
	"os/exec"
	"slices"
	"time"
)

// A Cost is what one run of a program took.
type Cost struct {
	CPU  float64 // seconds, user and system, of the program and the descendants that it waited for (getrusage(2))
	Wall float64 // seconds
	Peak float64 // MB, the largest resident set of one process; 0 where it is not known
	Tree float64 // MB, of the processes that ran at the same time, each at its largest; Peak where only that is known
}

// Run runs a command that was not started. It returns the cost also of one that fails.
//
// The largest resident set of a child is never below that of the caller: Linux hands the figure on at fork. A caller that wants to
// measure small programs must be small itself.
func Run(cmd *exec.Cmd) (Cost, error) {
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return Cost{}, err
	}
	done := make(chan struct{})
	tree := make(chan float64)
	go func() { tree <- watch(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	c := Cost{Wall: time.Since(start).Seconds()}
	close(done)
	c.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	c.Peak = peakMB(cmd.ProcessState)
	c.Tree = max(c.Peak, <-tree)
	return c, err
}

// Median returns the median of one figure of several costs, of which there is at least one.
func Median(costs []Cost, of func(Cost) float64) float64 {
	s := slices.SortedFunc(slices.Values(costs), func(a, b Cost) int { return cmp.Compare(of(a), of(b)) })
	return of(s[len(s)/2])
}
