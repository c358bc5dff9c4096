package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// peer returns the path of the gitleaks program that go.mod pins. The go command builds it at most once and keeps it in its
// cache, also from one run of the tests to the next; it is never built with the race detector, which is for our code.
func peer(t *testing.T) string {
	t.Helper()
	path, err := builtPeer()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var builtPeer = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("go", "tool", "-n", "gitleaks")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // the same program for every kind of test run
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("build gitleaks: %w: %s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
})
