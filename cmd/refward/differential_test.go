package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/policy"
)

// A leak is where a secret was found, as gitleaks and we both say it.
type leak struct {
	commit, path, rule string
	line, column       int
}

// TestSecretsEqualTheCLI commits the sources of our dependencies, one module after the other, and holds what "refward
// check history" finds in that history against what "gitleaks git" does: the same commits, files, rules, lines and columns, whether we
// read the repository ourselves or have git read it. What differs is listed in the log, each with the reason, or fails the test.
func TestSecretsEqualTheCLI(t *testing.T) {
	dir := t.TempDir()
	repo := filepath.Join(dir, "repo")
	dependencyHistory(t, repo)
	theirs := theirFindings(t, peer(t), repo, filepath.Join(dir, "cli.json"))
	if len(theirs) < 50 {
		t.Errorf("gitleaks finds %d secrets: too few to compare", len(theirs))
	}
	t.Chdir(repo)
	found := map[string]map[leak]int{}
	for _, reader := range []string{"builtin", "git"} {
		t.Run(reader, func(t *testing.T) {
			ours := ourFindings(t, reader)
			found[reader] = maps.Clone(ours)
			explain(t, theirs, ours)
		})
	}
	if !maps.Equal(found["builtin"], found["git"]) {
		t.Errorf("the readers do not find the same: the built-in one %d places, git %d", len(found["builtin"]), len(found["git"]))
	}
}

// theirFindings runs gitleaks.
func theirFindings(t *testing.T, cli, repo, report string) []leak {
	t.Helper()
	cmd := exec.Command(cli, "git", repo, "--no-banner", "--ignore-gitleaks-allow", "--exit-code", "0", "--report-format", "json", "--report-path", report)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gitleaks: %v: %s", err, out)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var findings []struct {
		Commit, File, RuleID   string
		StartLine, StartColumn int
	}
	if err := json.Unmarshal(data, &findings); err != nil {
		t.Fatal(err)
	}
	var leaks []leak
	for _, f := range findings {
		leaks = append(leaks, leak{f.Commit, f.File, f.RuleID, f.StartLine, f.StartColumn})
	}
	return leaks
}

// ourFindings checks the history of the repository in the current directory, read in one way, and counts what is found where.
func ourFindings(t *testing.T, reader string) map[leak]int {
	t.Helper()
	var stdout, stderr bytes.Buffer
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte("secrets: {mode: gitleaks}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code := program{environ: append(os.Environ(), "REFWARD_READER="+reader), stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}.
		run(t.Context(), []string{"refward", "check", "history", "--only", "secrets", "--format", "json", "--policy", file, "HEAD"})
	if code != policy.ExitAccepted && code != policy.ExitRefused {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var report struct {
		Findings []struct {
			Commit, Path, Rule string
			Line, Column       int
		}
		Truncated bool
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if report.Truncated {
		t.Fatal("our report is cut")
	}
	found := map[leak]int{}
	for _, f := range report.Findings {
		found[leak{f.Commit, f.Path, strings.TrimPrefix(f.Rule, "secrets/"), f.Line, f.Column}]++
	}
	return found
}

// explain holds our findings, which it uses up, against theirs.
func explain(t *testing.T, theirs []leak, ours map[leak]int) {
	t.Helper()
	same, columns := 0, 0
	for _, p := range theirs {
		said := p
		if ours[p] == 0 { // gitleaks counts columns from the line end before, which is one too many on all but a fragment's first line
			p.column--
		}
		if ours[p] == 0 {
			t.Errorf("only gitleaks finds %+v", said)
			continue
		}
		ours[p]--
		if same++; said != p {
			columns++
		}
	}
	for p, n := range ours {
		switch {
		case n == 0:
		case filepath.Ext(p.path) == ".tar": // text with NUL bytes
			t.Logf("only we find %+v: git calls the file binary and prints nothing of it, so gitleaks does not see it", p)
		default:
			t.Errorf("only we find %+v", p)
		}
	}
	t.Logf("%d findings are equal, %d of them but for the column", same, columns)
}

// dependencyHistory makes a repository of real code: a commit for each of several modules in the module cache, each in place of the
// one before, so that there are additions, changes, renames and deletions.
func dependencyHistory(t *testing.T, repo string) {
	t.Helper()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = repo
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
			"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_AUTHOR_DATE=1700000000 +0000",
			"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.org", "GIT_COMMITTER_DATE=1700000000 +0000")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	if err := os.Mkdir(repo, 0o755); err != nil {
		t.Fatal(err)
	}
	git("init", "-q", "-b", "main")
	for i, m := range []string{"github.com/zricethezav/gitleaks/v8", "github.com/spf13/viper", "github.com/go-git/go-git/v5", "github.com/rs/zerolog"} {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", m).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", m, err)
		}
		src := strings.TrimSpace(string(out))
		if err := os.RemoveAll(filepath.Join(repo, "module")); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(repo, "module"), os.DirFS(src)); err != nil {
			t.Fatal(err)
		}
		// gitleaks ships files of its own that tell its command line what to pass over.
		for _, name := range []string{".gitleaksignore", ".gitleaks.toml"} {
			_ = os.Remove(filepath.Join(repo, "module", name))
		}
		planted := fmt.Sprintf("stage %d\naws_key = AKIA%s\n\ttoken: \"ghp_%s\"\n", i, "Z7VRSQ5TJN2XMP"+string(rune('A'+i))+"L", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pI"+string(rune('A'+i))+"Ux")
		if err := os.WriteFile(filepath.Join(repo, "planted.txt"), []byte(planted), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", "-A", "-f", ".")
		git("commit", "-q", "-m", m)
	}
}
