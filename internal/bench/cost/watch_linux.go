package cost

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// interval is how often the processes are looked at. A process that lives shorter than two intervals is not seen.
const interval = 10 * time.Millisecond

// watch returns how much memory a process and its descendants have at the same time, in MB: the largest sum, over all looks, of the
// largest resident set that each has had so far (proc(5), VmHWM).
func watch(pid int, done <-chan struct{}) float64 {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	seen := map[int]bool{}
	var peak float64
	for {
		select {
		case <-done:
			return peak
		case <-tick.C:
		}
		var sum float64
		now := map[int]bool{}
		for _, p := range append(descendants(pid), pid) {
			now[p] = true
			// Between vfork and exec a child has the memory of its parent, which is not to be counted twice.
			if seen[p] {
				sum += peakOf(p)
			}
		}
		seen = now
		peak = max(peak, sum)
	}
}

// descendants lists the processes below one, as far as the system tells (proc(5), "children").
func descendants(pid int) []int {
	var list []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range tasks {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, word := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(word); err == nil {
				list = append(append(list, child), descendants(child)...)
			}
		}
	}
	return list
}

// peakOf returns the largest resident set of a process in MB, or 0 when it has ended.
func peakOf(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(data, []byte("VmHWM:"))
	var kilobytes float64
	_, _ = fmt.Sscan(string(rest), &kilobytes)
	return kilobytes / 1e3
}
