package hooks_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/hooks"
)

type runFunc func(context.Context, *analyzers.Change) (analyzers.Result, error)

func found(rule string) analyzers.Result {
	return analyzers.Result{Findings: []analyzers.Finding{{Rule: rule}}}
}

func TestRunKeepsOrderAndGoesOn(t *testing.T) {
	broken := errors.New("broken")
	slowly := func(d time.Duration, rule string) runFunc {
		return func(context.Context, *analyzers.Change) (analyzers.Result, error) {
			time.Sleep(d)
			return found(rule), nil
		}
	}
	list := []*analyzers.Analyzer{
		{Name: "slow", Run: slowly(50*time.Millisecond, "a")},
		{Name: "fails", Run: func(context.Context, *analyzers.Change) (analyzers.Result, error) { return found("b"), broken }},
		{Name: "panics", Run: func(context.Context, *analyzers.Change) (analyzers.Result, error) { panic("at the disco") }},
		{Name: "fast", Essential: true, Run: slowly(0, "d")},
	}
	got := hooks.Run(context.Background(), list, &analyzers.Change{})
	if len(got) != 4 {
		t.Fatalf("%d outcomes", len(got))
	}
	for i, a := range list {
		if got[i].Analyzer != a.Name || got[i].TimedOut {
			t.Errorf("outcome %d is %+v, want that of %s", i, got[i], a.Name)
		}
	}
	if got[0].Err != nil || got[0].Result.Findings[0].Rule != "a" || got[0].Took < 50*time.Millisecond {
		t.Errorf("slow: %+v", got[0])
	}
	if !errors.Is(got[1].Err, broken) || len(got[1].Result.Findings) != 1 {
		t.Errorf("what was found before the failure is lost: %+v", got[1])
	}
	var p *hooks.PanicError
	if !errors.As(got[2].Err, &p) || p.Value != "at the disco" || len(p.Stack) == 0 {
		t.Errorf("panics: %+v", got[2])
	}
	if got[3].Err != nil {
		t.Errorf("fast: %+v", got[3])
	}
}

// TestRunDeadline: one analyzer hands over what it has at the deadline, another does not look at ctx and is abandoned.
func TestRunDeadline(t *testing.T) {
	cause := fmt.Errorf("ran out of time after 30ms")
	ctx, cancel := context.WithDeadlineCause(context.Background(), time.Now().Add(30*time.Millisecond), cause)
	defer cancel()
	release := make(chan struct{})
	defer close(release)
	got := hooks.Run(ctx, []*analyzers.Analyzer{
		{Name: "polite", Run: func(ctx context.Context, _ *analyzers.Change) (analyzers.Result, error) {
			<-ctx.Done()
			return found("so far"), ctx.Err()
		}},
		{Name: "deaf", Run: func(context.Context, *analyzers.Change) (analyzers.Result, error) {
			<-release
			return analyzers.Result{}, nil
		}},
		{Name: "done", Run: func(context.Context, *analyzers.Change) (analyzers.Result, error) { return found("all"), nil }},
	}, &analyzers.Change{})
	if !got[0].TimedOut || len(got[0].Result.Findings) != 1 {
		t.Errorf("polite: %+v", got[0])
	}
	if !got[1].TimedOut || !errors.Is(got[1].Err, cause) {
		t.Errorf("deaf: %+v", got[1])
	}
	if got[2].TimedOut || got[2].Err != nil {
		t.Errorf("done: %+v", got[2])
	}
}

// TestRunDoesNotStarveEssential: an analyzer that keeps every core busy until the deadline, and does not look at ctx, costs
// the essential one nothing. Were both started together, the essential one would get a small share of one processor.
func TestRunDoesNotStarveEssential(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var essentialDone, greedyBegan, ended atomic.Bool
	defer ended.Store(true)
	release := make(chan struct{})
	defer close(release)
	greedy := func(context.Context, *analyzers.Change) (analyzers.Result, error) {
		if !essentialDone.Load() {
			t.Error("the greedy analyzer began before the essential one had ended")
		}
		greedyBegan.Store(true)
		for range 8 {
			go func() {
				for !ended.Load() { // keeps a processor busy
				}
			}()
		}
		<-release
		return analyzers.Result{}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	got := hooks.Run(ctx, []*analyzers.Analyzer{
		{Name: "greedy", Run: greedy},
		{Name: "secrets", Essential: true, Run: func(ctx context.Context, _ *analyzers.Change) (analyzers.Result, error) {
			for i := range 1000 { // give way to whoever else wants to run
				runtime.Gosched()
				if i%100 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			essentialDone.Store(true)
			return found("a"), ctx.Err()
		}},
	}, &analyzers.Change{})
	if got[1].Err != nil || len(got[1].Result.Findings) != 1 {
		t.Errorf("essential: %+v", got[1])
	}
	if !greedyBegan.Load() || !got[0].TimedOut {
		t.Errorf("greedy: %+v", got[0])
	}
}

// TestRunCancelled: a signal that ends the process is no deadline. A developer's hook, where a deadline only warns, would else
// let through whatever it is interrupted at.
func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got := hooks.Run(ctx, []*analyzers.Analyzer{{Name: "polite", Run: func(ctx context.Context, _ *analyzers.Change) (analyzers.Result, error) {
		return analyzers.Result{}, ctx.Err()
	}}}, &analyzers.Change{})
	if got[0].TimedOut || got[0].Err == nil {
		t.Errorf("got %+v", got[0])
	}
}
