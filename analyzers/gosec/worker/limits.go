package worker

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/refward/refward/analyzers/gosec/wire"
)

const (
	// look is how often the limits are looked at.
	look = 10 * time.Millisecond

	// overtime is how much more CPU time than the limit a step may use that does not stop when it is told to: gosec does not look at
	// contexts within a function. The process then ends itself.
	overtime = 500 * time.Millisecond

	// maxStack is the size of the largest stack of a goroutine, in bytes. What needs more recurses without end; to find that out at Go's own
	// gigabyte would take the machine's memory first.
	maxStack = 64 << 20
)

// errCPU is why a job stops when its time is used up.
var errCPU = errors.New("there was no CPU time left")

// limit watches over a job until stop is called: the context that it returns ends when the CPU time is used up, and the process when it
// has used much more, or more memory than it may, or when whoever started it is gone.
func limit(j *wire.Job, exit func(int)) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	debug.SetMaxStack(maxStack)
	if j.Memory > 0 {
		debug.SetMemoryLimit(j.Memory * 3 / 4) // where the collector begins to work harder
	}
	start, parent := cpuTime(), os.Getppid()
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			used := cpuTime() - start
			switch {
			case os.Getppid() != parent:
				exit(wire.ExitOrphan)
			case j.Memory > 0 && memory() > j.Memory:
				exit(wire.ExitMemory)
			case j.CPU > 0 && used > j.CPU+overtime:
				exit(wire.ExitCPU)
			case j.CPU > 0 && used > j.CPU:
				cancel(errCPU)
			}
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}

// memory returns the bytes that the process has from the system and not given back.
func memory() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64() - sample[1].Value.Uint64()) // #nosec G115 -- no machine has that much
}
