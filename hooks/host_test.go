package hooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/policy"
)

// TestForgedHost: what a client has set of a host's variables (ssh_config(5), "SendEnv") neither cuts the time of the checks, of which policy lets some run
// out of it, nor names another repository, whose allowances would count, nor is on record, once the policy says what kind of host this is.
func TestForgedHost(t *testing.T) {
	t.Parallel()
	forged := []string{"GITHUB_USER_LOGIN=root", "GITHUB_REPO_NAME=acme/sandbox", "GITHUB_VIA=git proxy", "GL_PROJECT_PATH=acme/lab", "GL_REPO=lite", "GITEA_REPO_NAME=tea", "GITEA_REPO_USER_NAME=acme"}
	for _, c := range []struct {
		name, host       string
		environ          []string
		wantHost, wantAs string // "" = by its path
		hurried          bool   // has the little time that GitHub Enterprise Server gives
	}{
		{"not named: believed", "", forged, "github", "acme/sandbox", true},
		{"ssh", "ssh", forged, "plain", "", false},
		{"http", "http", forged, "plain", "", false},
		{"plain", "plain", forged, "plain", "", false},
		{"gitlab", "gitlab", forged, "gitlab", "acme/lab", false},
		{"gitolite", "gitolite", forged, "gitolite", "lite", false},
		{"gitea", "gitea", forged, "gitea", "acme/tea", false},
		{"github", "github", forged, "github", "acme/sandbox", true},
		{"github, which has set nothing", "github", nil, "github", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			git := func(stdin string, args ...string) string {
				cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
				cmd.Stdin = strings.NewReader(stdin)
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("git %q: %v", args, err)
				}
				return strings.TrimSpace(string(out))
			}
			git("", "init", "-q", "--bare")
			tip := git("", "commit-tree", "-m", "docs: begin", git("", "mktree"))
			text := "preset: starter\ndeadline: 2m\n"
			if c.host != "" {
				text += "identity: {host: " + c.host + "}\n"
			}
			policyFile := filepath.Join(dir, "policy.yaml")
			if err := os.WriteFile(policyFile, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var left time.Duration
			watch := &analyzers.Analyzer{Name: "watch", Doc: "sees the time that is left\n\nIt finds nothing.", Rules: func() []analyzers.Rule { return nil }, Run: func(ctx context.Context, _ *analyzers.Change) (analyzers.Result, error) {
				until, _ := ctx.Deadline()
				left = time.Until(until)
				return analyzers.Result{}, nil
			}}
			var stderr bytes.Buffer
			gate := hooks.Gate{
				Version: "test", Dir: dir, Environ: append([]string{"PATH=" + os.Getenv("PATH"), "GIT_DIR=."}, c.environ...), Policy: policyFile,
				Log: zerolog.Nop(), Stderr: &stderr, Stdout: io.Discard, Stdin: strings.NewReader(zero + " " + tip + " refs/heads/main\n"),
				List: func(*policy.Policy) ([]*analyzers.Analyzer, error) { return []*analyzers.Analyzer{watch}, nil },
			}
			if code := gate.PreReceive(t.Context()); code != policy.ExitAccepted {
				t.Fatalf("exit code %d: %s", code, stderr.String())
			}
			if hurried := left <= 4*time.Second; hurried != c.hurried {
				t.Errorf("the checks have %s", left)
			}
			line, err := os.ReadFile(filepath.Join(dir, "refward", "audit.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			var rec struct{ Host, Repository string }
			if err := json.Unmarshal(line, &rec); err != nil {
				t.Fatal(err)
			}
			if c.wantAs == "" {
				c.wantAs = filepath.ToSlash(dir)
			}
			if rec.Host != c.wantHost || rec.Repository != c.wantAs {
				t.Errorf("recorded as %+v, want %s, %s", rec, c.wantHost, c.wantAs)
			}
		})
	}
}
