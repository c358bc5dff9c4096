//go:build unix

package main

import (
	"runtime"
	"syscall"
)

// usage is what a process has used.
type usage struct {
	cpu  float64 // seconds
	heap float64 // MB that the heap has taken from the system
}

func used() usage {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return usage{}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return usage{seconds(r.Utime) + seconds(r.Stime), float64(m.HeapSys) / 1e6}
}
