//go:build unix

package cost

import (
	"os"
	"runtime"
	"syscall"
)

// peakMB returns the largest resident set among a process and the descendants that it waited for (getrusage(2)).
func peakMB(p *os.ProcessState) float64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss) / 1e6 // bytes there
	}
	return float64(usage.Maxrss) / 1e3 // kilobytes
}
