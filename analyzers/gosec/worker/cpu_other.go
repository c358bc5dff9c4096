//go:build !unix

package worker

import (
	"sync"
	"time"
)

var started = sync.OnceValue(time.Now)

// cpuTime returns the time that has passed, where the system does not say how much of it the process has used.
func cpuTime() time.Duration { return time.Since(started()) }
