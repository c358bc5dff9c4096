package report

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// editorVariable makes the test program an editor for git. Its value holds, by turns, what to look for in a line and
// what to put for it; "+" means a line to put below.
const editorVariable = "REFWARD_TEST_EDITOR"

func TestMain(m *testing.M) {
	if script := os.Getenv(editorVariable); script != "" {
		if err := edit(os.Args[len(os.Args)-1], strings.Split(script, "\x1f")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func edit(file string, script []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		below := ""
		for i := 0; i+1 < len(script); i += 2 {
			if more, ok := strings.CutPrefix(script[i+1], "+"); ok && strings.Contains(line, script[i]) {
				below += more + "\n"
			} else if !ok {
				line = strings.ReplaceAll(line, script[i], script[i+1])
			}
		}
		out.WriteString(line + below)
	}
	return os.WriteFile(file, []byte(out.String()), 0o644)
}

// A repo is a repository of real git, cut off from the host's configuration.
type repo struct {
	t   *testing.T
	dir string
	env []string
}

func newRepo(t *testing.T) *repo {
	t.Helper()
	r := &repo{t: t, dir: t.TempDir()}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GIT_") {
			r.env = append(r.env, e)
		}
	}
	r.env = append(r.env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=2025-01-02T03:04:05Z",
		"GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=2025-01-02T03:04:05Z",
		"GIT_EDITOR='"+os.Args[0]+"'", editorVariable+"=fixup! \x1fdone: \x1fWIP \x1fdone: \x1f"+token+"\x1fnone")
	r.git("init", "-q", "-b", "main")
	return r
}

// keys makes a key that git signs with.
func (r *repo) keys() {
	r.t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		if os.Getenv("REFWARD_SSHD") == "required" { // where OpenSSH is installed for the tests
			r.t.Fatal(err)
		}
		r.t.Skip("no ssh-keygen on PATH")
	}
	key := filepath.Join(r.dir, ".git", "key")
	if _, err := r.run("", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key); err != nil {
		r.t.Fatal(err)
	}
	r.git("config", "gpg.format", "ssh")
	r.git("config", "user.signingKey", key)
}

// run runs a command in the work tree.
func (r *repo) run(stdin, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = r.dir, r.env, strings.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %q: %w\n%s%s", name, args, err, out, stderr.String())
	}
	return string(out), err
}

func (r *repo) git(args ...string) string {
	r.t.Helper()
	out, err := r.run("", "git", args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.TrimSuffix(out, "\n")
}

func (r *repo) write(file, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, file), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// commit commits a file and returns the commit's id.
func (r *repo) commit(file, text, message string) string {
	r.t.Helper()
	r.write(file, text)
	r.git("add", "--", file)
	r.git("commit", "-q", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

// change reads what ref gains over old, as gitio would.
func (r *repo) change(ref, old string) *analyzers.Change {
	r.t.Helper()
	tip := r.git("rev-parse", ref)
	c := &analyzers.Change{Kind: analyzers.KindPush}
	u := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: old, New: tip, Ref: ref}, FastForward: true}
	if r.git("cat-file", "-t", tip) == "tag" {
		c.Tags = []*analyzers.Tag{{ID: tip, Target: r.git("rev-parse", tip+"^{}"), Type: "commit"}}
		u.Tags = []int{0}
	}
	args := []string{"rev-list", "--topo-order", "--reverse", "--parents", tip}
	if !analyzers.IsZero(old) {
		args = append(args, "^"+old)
	}
	for i, line := range strings.Split(r.git(args...), "\n") {
		ids := strings.Fields(line)
		c.Commits = append(c.Commits, &analyzers.Commit{ID: ids[0], Parents: ids[1:], Message: r.git("log", "-1", "--format=%B", ids[0])})
		u.Commits = append(u.Commits, i)
	}
	c.Refs = []analyzers.RefChange{u}
	return c
}

// judge finds the token in files, WIP and fixup! in subjects, and what is unsigned by its own word, in each commit that brings them. No file
// *.bin can be read.
func (r *repo) judge(c *analyzers.Change) []policy.Finding {
	r.t.Helper()
	var out []policy.Finding
	for _, commit := range c.Commits {
		for _, file := range strings.Fields(r.git("ls-tree", "-r", "--name-only", commit.ID)) {
			bad := func(rev string) bool {
				text, err := r.run("", "git", "show", rev+":"+file)
				return err == nil && strings.Contains(text, token)
			}
			if bad(commit.ID) && !slices.ContainsFunc(commit.Parents, bad) {
				out = append(out, leak(file, 1, commit.ID))
			}
			blob := func(rev string) string {
				id, _ := r.run("", "git", "rev-parse", "-q", "--verify", rev+":"+file) // "" where there is none
				return id
			}
			if strings.HasSuffix(file, ".bin") && !slices.ContainsFunc(commit.Parents, func(p string) bool { return blob(p) == blob(commit.ID) }) {
				out = append(out, unreadable(file, commit.ID))
			}
		}
		if strings.HasPrefix(commit.Message, "WIP ") {
			f := wip(commit.ID, policy.LevelBlock)
			f.Analyzer, f.Line = "dod", 1 // which speaks of files, too
			out = append(out, f)
		}
		of := func(rule string) {
			f := wip(commit.ID, policy.LevelBlock)
			f.Analyzer, f.Rule, f.Group = "dod", rule, "history"
			out = append(out, f)
		}
		if strings.HasPrefix(commit.Message, "fixup! ") {
			of("wip")
		}
		if text := r.git("cat-file", "commit", commit.ID); strings.HasPrefix(commit.Message, "sealed ") && !strings.Contains(text, "\ngpgsig ") {
			f := wip(commit.ID, policy.LevelBlock)
			f.Analyzer, f.Rule, f.Group = "identity", "unsigned", "signature"
			out = append(out, f)
		}
		if strings.HasPrefix(commit.Message, "unsigned ") && !strings.Contains(commit.Message, "\nSigned-off-by: ") {
			of("sign-off")
		}
	}
	for _, t := range c.Tags {
		if strings.Contains(r.git("cat-file", "tag", t.ID), token) {
			f := leak("", 0, "")
			f.Ref = c.Refs[0].Ref
			out = append(out, f)
		}
		if text := r.git("cat-file", "tag", t.ID); strings.Contains(text, "\nsealed ") && !strings.Contains(text, "-----BEGIN SSH SIGNATURE-----") {
			f := leak("", 0, "")
			f.Analyzer, f.Rule, f.Group, f.Ref, f.Secrets = "identity", "unsigned", "signature", c.Refs[0].Ref, nil
			out = append(out, f)
		}
	}
	return on(c, out...)
}
