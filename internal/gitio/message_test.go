//go:build unix

package gitio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCleanMessageUnedited holds what commit-msg makes of a message that no editor has shown against what git commits: "git commit -F" keeps
// comments where nothing says otherwise. The hook knows by GIT_EDITOR (githooks(5), "pre-commit").
func TestCleanMessageUnedited(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "a\n")
	captured, editor, text := filepath.Join(t.TempDir(), "captured"), filepath.Join(t.TempDir(), "editor"), filepath.Join(t.TempDir(), "text")
	hook := filepath.Join(f.dir, ".git/hooks/commit-msg")
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ncp \"$1\" "+captured+"\nprintf %s \"$GIT_EDITOR\" >"+editor+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	texts := append([]string{"subject\n\nbody\n#12 is fixed\n\nRisk: low\n", "#12 is fixed\n", "subject\n\n; one\n# two\n% three\nlast\n"}, messages...)
	for _, config := range [][]string{
		nil, {"core.commentChar=;"}, {"core.commentChar=auto"}, {"commit.verbose=true"}, {"commit.cleanup=default"},
		{"commit.cleanup=strip"}, {"commit.cleanup=strip", "core.commentChar=;"}, {"commit.cleanup=strip", "core.commentChar=auto"},
		{"commit.cleanup=whitespace"}, {"commit.cleanup=verbatim"}, {"commit.cleanup=scissors"}, {"commit.cleanup=scissors", "core.commentChar=%"},
	} {
		for _, kv := range config {
			key, value, _ := strings.Cut(kv, "=")
			f.git("config", key, value)
		}
		for i, message := range texts {
			if err := os.WriteFile(text, []byte(message), 0o600); err != nil {
				t.Fatal(err)
			}
			_ = os.Remove(captured)
			if _, err := f.try("", "commit", "-q", "--allow-empty-message", "--allow-empty", "--amend", "--reset-author", "-F", text); err != nil {
				t.Fatalf("%s, %q: %v", config, message, err)
			}
			file, err := os.ReadFile(captured)
			if err != nil {
				t.Fatal(err)
			}
			told, err := os.ReadFile(editor)
			if err != nil {
				t.Fatal(err)
			}
			_, want, _ := strings.Cut(f.gitRaw("cat-file", "commit", "HEAD"), "\n\n")
			got, err := f.with("GIT_EDITOR="+string(told)).open().CleanMessage(t.Context(), string(file))
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

// TestCleanMessageEditorColon is the same of people who name the editor ":" to take a message as it is: git puts its comments below and drops
// them.
func TestCleanMessageEditorColon(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a", "a\n")
	f = f.with("GIT_EDITOR=:")
	captured := filepath.Join(t.TempDir(), "captured")
	hook := filepath.Join(f.dir, ".git/hooks/commit-msg")
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ncp \"$1\" "+captured+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, config := range []string{"commit.cleanup=default", "commit.verbose=true", "commit.cleanup=scissors", "core.commentChar=;"} {
		key, value, _ := strings.Cut(config, "=")
		f.git("config", key, value)
		for _, message := range []string{"subject\n\n# comment\n; other\n\nbody\n", "subject\n"} {
			f.git("commit", "-q", "--allow-empty", "--amend", "--reset-author", "-e", "-m", message)
			file, err := os.ReadFile(captured)
			if err != nil {
				t.Fatal(err)
			}
			_, want, _ := strings.Cut(f.gitRaw("cat-file", "commit", "HEAD"), "\n\n")
			if got, err := f.open().CleanMessage(t.Context(), string(file)); err != nil || got != want {
				t.Errorf("%s, %q: %v, got\n%.300q, git commits\n%.300q, of\n%.600q", config, message, err, got, want, file)
			}
		}
		f.git("config", "--unset", key)
	}
}
