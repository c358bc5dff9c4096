//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/internal/policy/replay"
	"github.com/refward/refward/internal/report"
)

// TestReplayAgreesWithCheck holds each verdict of a replay against that of "refward check range" for the same commit: refs, verdict and findings,
// byte for byte. REFWARD_REPLAY_REPO names a bare repository; without it one is made.
func TestReplayAgreesWithCheck(t *testing.T) {
	repo, every := os.Getenv("REFWARD_REPLAY_REPO"), 97
	revs := []string{"HEAD~1000..HEAD"}
	if repo == "" {
		repo, every, revs = smallHistory(t), 1, nil
	}
	state := filepath.Join(t.TempDir(), "state")
	refward := func(args ...string) []byte {
		cmd := exec.Command("refward", args...)
		cmd.Dir = repo
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() != 1) {
			t.Fatalf("refward %q: %v: %s", args, err, stderr.String())
		}
		return out
	}
	dir, only := t.TempDir(), "secrets,objects,refs,dor,dod,rules"
	for _, preset := range []string{"starter", "strict"} {
		refward("policy", "init", "--preset", preset, filepath.Join(dir, preset))
	}
	args := []string{"policy", "replay", "--policy", filepath.Join(dir, "strict"), "--against", filepath.Join(dir, "starter"), "--only", only, "--resume", state}
	refward(append(args, revs...)...)
	data, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	compared, refused := 0, 0
	for i, line := range slices.Collect(strings.Lines(string(data)))[1:] {
		var r replay.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if i%every != 0 || exec.Command("git", "-C", repo, "rev-parse", "-q", "--verify", r.ID+"^").Run() != nil { // a range has a beginning
			continue
		}
		for preset, side := range map[string]replay.Side{"starter": r.Before, "strict": r.After} {
			out := refward("check", "range", "--policy", filepath.Join(dir, preset), "--only", only, "--format", "json", r.ID+"^.."+r.ID)
			var full report.Report
			if err := json.Unmarshal(out, &full); err != nil {
				t.Fatal(err)
			}
			same, err := json.Marshal([]any{full.Refs, full.Verdict, full.Findings})
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(same)
			if want := "sha256:" + hex.EncodeToString(sum[:]); side.Digest != want || side.Exit != full.Verdict.Exit {
				t.Errorf("%s by %s: replay says exit %d, check says %d: %s", r.ID, preset, side.Exit, full.Verdict.Exit, same)
			}
			if compared++; side.Exit == 1 {
				refused++
			}
		}
	}
	if compared < 10 || refused == 0 {
		t.Errorf("only %d verdicts compared, %d of them refusals", compared, refused)
	}
	t.Logf("%d verdicts are the same, %d of them refusals", compared, refused)
}

// smallHistory makes a bare repository with a line of commits, merges among them, that policies see in different ways.
func smallHistory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	git("init", "-q")
	token := "ghp_" + "x7Rq2LmN9vKpT4sWbY1zCd8EfGh3JkUo5AiZ"
	for i, subject := range []string{"feat: begin (#1)", "no type", "fix: mend (#2)", "WIP", "docs: say (#3)\n\nSigned-off-by: A <a@example.com>", "token"} {
		if err := os.WriteFile(filepath.Join(dir, "f.go"), []byte(strings.Repeat("line\n", i)+"token = \""+token[:4+i*6]+"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", ".")
		git("commit", "-q", "-m", subject)
		git("checkout", "-q", "-b", "topic")
		git("commit", "-q", "--allow-empty", "-m", "fixup! "+subject)
		git("checkout", "-q", "main")
		git("merge", "-q", "--no-ff", "--no-edit", "topic")
		git("branch", "-q", "-D", "topic")
	}
	git("clone", "-q", "--bare", ".", "bare.git")
	return filepath.Join(dir, "bare.git")
}

// TestReplayIsKilled kills a replay in its midst, some lines of its file being written: what goes on from there says the same as one that nothing
// has disturbed.
func TestReplayIsKilled(t *testing.T) {
	repo := longHistory(t, 400)
	state := filepath.Join(t.TempDir(), "state")
	args := []string{"policy", "replay", "--policy", "strict", "--against", "starter", "--only", "dor,refs", "--jobs", "1", "--format", "json"}
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command("refward", args...)
		cmd.Dir = repo
		return cmd
	}
	whole, err := command(args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := func() int {
		data, err := os.ReadFile(state)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return bytes.Count(data, []byte("\n"))
	}
	resumed := append(args, "--resume", state)
	first := command(resumed...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- first.Wait() }()
	for running := true; running && lines() < 5; {
		select {
		case <-ended:
			running = false
		default:
		}
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatalf("it had ended before it was killed: %v", err)
	}
	if err := <-ended; err == nil {
		t.Fatal("it had ended before it was killed")
	}
	before := lines()
	if before >= 400 {
		t.Fatalf("%d lines: nothing was left to do", before)
	}
	after, err := command(resumed...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(whole, after) {
		t.Errorf("killed with %d lines, it says\n%s\nwithout that\n%s", before, after, whole)
	}
	if got := lines(); got != 401 {
		t.Errorf("%d lines: each of 400 changes is judged once, behind a header", got)
	}
}

// longHistory makes a bare repository with so many commits in one line.
func longHistory(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "long.git")
	if out, err := exec.Command("git", "-c", "init.defaultBranch=main", "init", "-q", "--bare", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var b strings.Builder
	for i := range n {
		message := fmt.Sprintf("fix: number %d", i)
		if i%3 == 0 {
			message = fmt.Sprintf("number %d", i)
		}
		fmt.Fprintf(&b, "commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata %d\n%s\nM 100644 inline f\ndata 4\n%04d\n", 1700000000+60*i, len(message), message, i)
	}
	cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet")
	cmd.Stdin = strings.NewReader(b.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}
