package hooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sourcegraph/conc/iter"
	"github.com/sourcegraph/conc/panics"

	"github.com/refward/refward/analyzers"
)

// grace is how long an analyzer may take, after the deadline, to hand over what it has found so far.
const grace = 100 * time.Millisecond

// A PanicError is an analyzer's panic, which ends its own check and nothing else.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Run runs the analyzers on the change, and returns an outcome for each in the order of the list. One failure does not
// stop the others, so that a pusher sees everything at once. Essential analyzers run first: the others, which may keep
// every core busy, cannot starve them. At the deadline of ctx what is unfinished is abandoned: its goroutine goes on
// until the process ends, which gitleaks' regular expressions and gosec leave no way around.
func Run(ctx context.Context, list []*analyzers.Analyzer, change *analyzers.Change) []analyzers.Outcome {
	outcomes := make([]analyzers.Outcome, len(list))
	for _, essential := range []bool{true, false} {
		var wave []int
		for i, a := range list {
			if a.Essential == essential {
				wave = append(wave, i)
			}
		}
		// iter.Mapper, since conc's result pool of v0.3.0 does not keep the order.
		m := iter.Mapper[int, analyzers.Outcome]{MaxGoroutines: max(1, len(wave))}
		for k, o := range m.Map(wave, func(i *int) analyzers.Outcome { return runOne(ctx, list[*i], change) }) {
			outcomes[wave[k]] = o
		}
	}
	return outcomes
}

// runOne runs one analyzer and waits for it, but no longer than the deadline and the grace after it.
func runOne(ctx context.Context, a *analyzers.Analyzer, change *analyzers.Change) analyzers.Outcome {
	start := time.Now()
	o := analyzers.Outcome{Analyzer: a.Name}
	done := make(chan analyzers.Outcome, 1)
	go func() {
		o := analyzers.Outcome{Analyzer: a.Name} // its own: the other is written at the deadline
		if p := panics.Try(func() { o.Result, o.Err = a.Run(ctx, change) }); p != nil {
			o.Err = &PanicError{Value: p.Value, Stack: p.Stack}
		}
		done <- o
	}()
	select {
	case o = <-done:
	case <-ctx.Done():
		select {
		case o = <-done:
		case <-time.After(grace):
			o.Err = fmt.Errorf("abandoned: %w", context.Cause(ctx))
		}
	}
	// What failed after the deadline failed because of it, whatever its error says: a killed child, a closed pipe. A signal that
	// ends the process is no deadline.
	o.TimedOut = o.Err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded)
	o.Took = time.Since(start)
	return o
}
