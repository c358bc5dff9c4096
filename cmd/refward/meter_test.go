package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	at := time.Unix(0, 0)
	meterAt := func(w *bytes.Buffer, bar bool) *meter {
		return &meter{w: w, bar: bar, every: time.Second, now: func() time.Time { return at }, last: at}
	}
	var lines, bar bytes.Buffer
	for _, m := range []*meter{meterAt(&lines, false), meterAt(&bar, true)} {
		m.show(1, 4, "commits read") // too early
		for _, c := range [][2]int{{1, 4}, {2, 0}, {5, 4}, {4, 4}} {
			at = at.Add(time.Second)
			m.show(c[0], c[1], "commits read")
			m.show(9, 9, "commits read") // not that often
		}
		m.clear()
		m.clear()
	}
	if got, want := lines.String(), "25 %, 1 of 4 commits read\n2 commits read\n5 commits read\n100 %, 4 of 4 commits read\n"; got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
	// What a terminal shows in the end is nothing, and no line was longer than it is wide.
	shown := ""
	for _, part := range strings.Split(bar.String(), "\r") {
		if len(part) > 0 {
			shown = part + shown[min(len(part), len(shown)):]
		}
		if strings.Contains(part, "\n") || len(part) > 79 {
			t.Errorf("%q does not stay in its line", part)
		}
	}
	if strings.TrimSpace(shown) != "" || !strings.Contains(bar.String(), "\r[######..................]  25 %, 1 of 4 commits read\r2 commits read ") {
		t.Errorf("%q is left of %q", shown, bar.String())
	}
	(&meter{}).show(1, 2, "nothing") // the zero meter
}
