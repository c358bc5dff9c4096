// Command helper stands in for refward-gosec where that is to misbehave. What it does is its own name.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/refward/refward/analyzers/gosec/wire"
)

func main() {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	hello := wire.Hello{Protocol: wire.Protocol}
	switch name {
	case "mute":
		return
	case "chatty":
		fmt.Println("usage: chatty [flags]")
		return
	case "old":
		hello.Protocol--
	}
	err := wire.Serve(os.Stdin, os.Stdout, hello, func(h *wire.Helper, j *wire.Job) (time.Duration, error) {
		for _, stage := range []wire.Stage{wire.Reading, wire.Rules, wire.SSA} {
			for _, dir := range j.Dirs {
				if err := step(h, j, wire.Step{Dir: dir, Stage: stage}, name); err != nil {
					return 0, err
				}
			}
		}
		return 0, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(wire.ExitProtocol)
	}
}

// step does a step: packages whose directory is called bad are those at which it misbehaves, in the stage of rules.
func step(h *wire.Helper, j *wire.Job, s wire.Step, name string) error {
	for _, done := range append(j.Done, j.Fatal...) {
		if done == s {
			return nil
		}
	}
	if err := h.Begin(s); err != nil {
		return err
	}
	if strings.HasPrefix(s.Dir, "bad") && s.Stage == wire.Rules {
		switch name {
		case "overflow":
			overflow(0)
		case "panic":
			panic("no")
		case "memory":
			os.Exit(wire.ExitMemory)
		case "hang":
			time.Sleep(time.Hour)
		}
	}
	f := wire.Found{Step: s}
	if s.Stage == wire.Reading {
		f.Due = []wire.Stage{wire.Rules, wire.SSA}
	}
	if s.Stage == wire.Rules {
		f.Result.Issues = []wire.Issue{{Rule: "G401", What: "weak", Path: s.Dir + "/a.go", Line: 1, EndLine: 1, Severity: wire.High, Confidence: wire.High}}
	}
	return h.Found(f)
}

// overflow needs more stack than there is.
func overflow(n int) int {
	var pad [1 << 10]byte
	pad[n%len(pad)] = 1
	return overflow(n+1) + int(pad[0])
}
