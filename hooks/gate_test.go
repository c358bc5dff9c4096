package hooks_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/policy"
)

// TestPanicIsUnchecked: what we do wrong outside of an analyzer ends as "could not check" too, with a record and without a stack
// trace for the pusher.
func TestPanicIsUnchecked(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", "--bare", dir).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
	policyFile := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policyFile, []byte("preset: starter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	gate := hooks.Gate{
		Version: "test", Dir: dir, Environ: append(os.Environ(), "GIT_DIR=."), Policy: policyFile, Log: zerolog.Nop(), Stderr: &stderr,
		Stdin: strings.NewReader(zero + " " + one + " refs/heads/main\n"),
		List:  func(*policy.Policy) ([]*analyzers.Analyzer, error) { panic("at the disco") },
	}
	if code := gate.PreReceive(t.Context()); code != policy.ExitUnchecked {
		t.Errorf("exit code %d, want %d", code, policy.ExitUnchecked)
	}
	if said := stderr.String(); !strings.Contains(said, "at the disco") || strings.Contains(said, "goroutine") {
		t.Errorf("said %q", said)
	}
	record, err := os.ReadFile(filepath.Join(dir, "refward", "audit.jsonl"))
	if err != nil || !strings.Contains(string(record), `"result":"error"`) {
		t.Errorf("record %q, %v", record, err)
	}
}
