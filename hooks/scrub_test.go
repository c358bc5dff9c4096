package hooks_test

import (
	"bytes"
	"context"
	"errors"
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

// TestCutShortHides: an essential check that fails before it has come to the names of the refs does not let them into the record.
func TestCutShortHides(t *testing.T) {
	const ref = "refs/heads/hunter2"
	for name, tt := range map[string]struct {
		err  error // of the check
		want string
		exit int
	}{
		"cut short":       {errors.New("cut short"), "refs/heads/[redacted]", policy.ExitUnchecked},
		"nothing to hide": {nil, ref, policy.ExitAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			dir, id := bareWith(t, ref)
			check := &analyzers.Analyzer{Name: "secrets", Doc: "a check that is cut short", Essential: true}
			check.Rules = func() []analyzers.Rule { return nil }
			check.Run = func(_ context.Context, c *analyzers.Change) (r analyzers.Result, err error) {
				if c.Refs[0].Deletes() { // the push itself
					return r, tt.err
				}
				r.Hidden = []string{"hunter2"}
				return r, nil
			}
			var stderr, log bytes.Buffer
			gate := hooks.Gate{
				Version: "test", Dir: dir, Environ: append(os.Environ(), "GIT_DIR=."), Policy: filepath.Join(dir, "policy.yaml"),
				Log: zerolog.New(&log), Stderr: &stderr, Stdin: strings.NewReader(id + " " + zero + " " + ref + "\n"),
				List: func(*policy.Policy) ([]*analyzers.Analyzer, error) { return []*analyzers.Analyzer{check}, nil },
			}
			if code := gate.PreReceive(t.Context()); code != tt.exit {
				t.Errorf("exit code %d, want %d: %s", code, tt.exit, stderr.String())
			}
			record, err := os.ReadFile(filepath.Join(dir, "refward", "audit.jsonl"))
			if err != nil || !strings.Contains(string(record), `"ref":"`+tt.want+`"`) {
				t.Errorf("record %s, %v; want %s", record, err, tt.want)
			}
			if all := string(record) + stderr.String() + log.String(); tt.err != nil && strings.Contains(all, "hunter2") {
				t.Errorf("the name is in\n%s", all)
			}
		})
	}
}

// bareWith returns a bare repository with a policy file and one ref, and where that is.
func bareWith(t *testing.T, ref string) (dir, id string) {
	t.Helper()
	dir = t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "--bare", ".")
	id = git("commit-tree", "-m", "feat: start (#1)", git("mktree"))
	git("update-ref", ref, id)
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte("preset: starter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, id
}
