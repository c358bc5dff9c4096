package hooks

import (
	"runtime/debug"
	"slices"
	"strings"
)

// gcPercent is how much garbage may pile up before it is collected, in per cent of what is in use. Half of Go's own default takes some 8 % more time
// and a fifth less memory on a push of 2,000 commits (make bench-secrets), and a server runs many hooks at once.
const gcPercent = 50

// SaveMemory makes the process collect its garbage earlier than Go programs do, unless its environment has GOGC.
func SaveMemory(environ []string) {
	if !slices.ContainsFunc(environ, func(kv string) bool { return strings.HasPrefix(kv, "GOGC=") }) {
		debug.SetGCPercent(gcPercent)
	}
}
