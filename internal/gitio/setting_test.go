package gitio

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What git's own "git config --get" says is what Setting says.
func TestSetting(t *testing.T) {
	t.Parallel()
	dir, home := t.TempDir(), t.TempDir()
	environ := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "GIT_CONFIG_NOSYSTEM=1")
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Env = environ
		out, err := cmd.Output()
		if err != nil && len(args) > 1 && args[1] != "--get" {
			t.Fatalf("git %q: %v", args, err)
		}
		return strings.TrimSuffix(string(out), "\n")
	}
	git("init", "-q")
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[refward]\n\tbase = global\n[Mixed \"Sub.Section\"]\n\tKey = a\\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := os.OpenFile(filepath.Join(dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = config.WriteString("[refward]\n\tBASE = first\n\tbase = last\n\timplicit\n[refward \"x\"]\n\tempty =\n\thome = ~/list\n\trelative = lists/a\n\tabsolute = /lists/a\n")
	if err != nil || config.Close() != nil {
		t.Fatal(err)
	}
	repo, err := Open(t.Context(), Options{Dir: dir, Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = repo.Close() }()
	for _, key := range []string{"refward.base", "REFWARD.Base", "mixed.Sub.Section.key", "mixed.sub.section.key", "refward.none", "refward.implicit", "refward.x.empty", "core.bare"} {
		if got, err := repo.Setting(t.Context(), key, false); err != nil || got != git("config", "--get", key) {
			t.Errorf("%s: %q, %v", key, got, err)
		}
	}
	top := git("rev-parse", "--show-toplevel")
	for key, want := range map[string]string{
		"refward.x.home": filepath.Join(home, "list"), "refward.x.relative": filepath.Join(top, "lists", "a"), "refward.x.absolute": "/lists/a", "refward.x.none": "",
	} {
		if got, err := repo.Setting(t.Context(), key, true); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", key, got, err, want)
		}
	}
	for range 2 {
		if bare, err := repo.IsBare(t.Context()); err != nil || bare {
			t.Errorf("bare: %v, %v", bare, err)
		}
	}
}
