//go:build unix

package gitio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var messages = []string{
	"subject\n", "subject", "subject\n\nbody\n\n\n", "\n\n\nsubject\n\n\n\nbody  \t\n", "subject\r\n\r\nbody\r\n", "# comment\nsubject\n# more\n", "subject\n#no space\n #indented\n",
	"subject\n\n; semicolon\n; two\n", "subject\n\n// slashes\n", "subject\n\nSigned-off-by: A <a@example.com>\n", "caf\u00e9\n", "subject\n\n" + strings.Repeat("long ", 5000) + "\n",
	"subject\n" + "#" + scissors + "\nhidden\n", ";" + scissors + "\nhidden\n", "subject\n x" + scissors + "\nstays\n", "# only\n", "", "   \n\n",
	"subject\n\n@ at\n! bang\n$ money\n", "\tsubject\n", "subject\n\n\x1b[31mred\n", "subject #1\n\n#2 is fixed\n",
}

// TestCleanMessage holds what commit-msg makes of a message against what git commits, with a message that an editor wrote
// above git's own comments.
func TestCleanMessage(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "a\n")
	f.write("a", "a\n# b\n")
	f.git("add", "a")
	captured, text := filepath.Join(t.TempDir(), "captured"), filepath.Join(t.TempDir(), "text")
	hook := filepath.Join(f.dir, ".git/hooks/commit-msg")
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ncp \"$1\" "+captured+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.env = append(f.env, "GIT_EDITOR=sh -c 'cat "+text+" \"$1\" >"+text+".new && cp "+text+".new \"$1\"' -")
	for _, config := range [][]string{
		nil, {"commit.verbose=true"}, {"core.commentChar=;"}, {"core.commentChar=;", "commit.verbose=true"}, {"core.commentChar=auto"},
		{"commit.cleanup=strip"}, {"commit.cleanup=whitespace"}, {"commit.cleanup=scissors"}, {"commit.cleanup=verbatim"},
		{"commit.cleanup=verbatim", "commit.verbose=true"}, {"commit.cleanup=scissors", "core.commentChar=%"}, {"commit.cleanup=whitespace", "commit.verbose=true"},
	} {
		for _, kv := range config {
			key, value, _ := strings.Cut(kv, "=")
			f.git("config", key, value)
		}
		r := f.open()
		for i, message := range messages {
			if err := os.WriteFile(text, []byte(message), 0o600); err != nil {
				t.Fatal(err)
			}
			_ = os.Remove(captured)
			if _, err := f.try("", "commit", "-q", "--allow-empty-message", "--amend", "--reset-author", "-e", "-m", ""); err != nil {
				t.Fatalf("%s, %q: %v", config, message, err)
			}
			file, err := os.ReadFile(captured)
			if err != nil {
				t.Fatal(err)
			}
			_, want, _ := strings.Cut(f.gitRaw("cat-file", "commit", "HEAD"), "\n\n")
			got, err := r.CleanMessage(t.Context(), string(file))
			if err != nil || got != want {
				t.Errorf("%s, message %d: %v, got\n%.300q, git commits\n%.300q, of\n%.600q", config, i, err, got, want, file)
			}
		}
		for _, kv := range config {
			key, _, _ := strings.Cut(kv, "=")
			f.git("config", "--unset", key)
		}
	}
}

func (f *fixture) gitRaw(args ...string) string {
	f.t.Helper()
	out, err := f.try("", args...)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// TestMessage reads the parents of the commit in the making.
func TestMessage(t *testing.T) {
	f := newFixture(t)
	if c, err := f.open().Message(t.Context(), f.environ(), "first\n", Scope{}); err != nil || len(c.Commits[0].Parents) != 0 {
		t.Errorf("first commit: %+v, %v", c, err)
	}
	f.commit("base", "a", "base\n")
	conflict(f)
	c, err := f.open().Message(t.Context(), f.environ(), "merge\n", Scope{Protected: protect})
	if err != nil || !c.Commits[0].Merge() || c.Commits[0].Parents[1] != f.id("topic") || !c.Refs[0].Protected || c.Refs[0].Ref != "refs/heads/main" {
		t.Errorf("merge: %+v, %v", c, err)
	}
	if out := show(t, c); out != "" {
		t.Errorf("a message has content: %s", out)
	}
}
