package objects

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestUnsafeAgainstFsck asks the git on this machine about each name, so that the rules cannot drift from Git's.
func TestUnsafeAgainstFsck(t *testing.T) {
	t.Parallel()
	names := []string{
		// refused
		".git", ".GIT", ".Git", ".git ", ".git.", ".git. . ", "git~1", "GIT~1", "git~1.", "Git~1 ", ".git:x", "git~1:x",
		".git::$INDEX_ALLOCATION", `a\.git`, `a\git~1\b`, `.git\config`, `\.git`, ".g\u200cit", "\u200e.git", ".GI\u202eT",
		".git\u206a", "\ufeff.git", ".git\xff", ".git\xffabc", ".git\u200c\xff", ".", "..",
		// accepted
		"git", "git~", "git~2", "git~10", ".gitx", "x.git", ".gi", ".g it", ".git-", ".git~1", " .git", "...", ".. ", "..\x01",
		".\u200b", ".git\u200b", "\xff.git", ".g\xffit", "a\nb", "a\x1bb", "a\tb", `a\b`, `..\x`, ".gitmodules2", "\u212a",
		strings.Repeat("x", 4096),
	}
	git := fsckRepository(t)
	blob := strings.TrimSpace(git("", "hash-object", "-w", "--stdin"))
	names = append(names, "has/slash") // fsck says fullPathname; here it is two good components
	trees := map[string]string{}
	for _, name := range names {
		if name == "has/slash" {
			continue
		}
		tree := strings.TrimSpace(git("100644 blob "+blob+"\t"+name+"\x00", "mktree", "-z"))
		trees[tree] = name
	}
	bad := map[string]bool{}
	for line := range strings.Lines(git("", "fsck", "--no-dangling")) {
		for tree, name := range trees {
			if strings.Contains(line, tree) && (strings.Contains(line, "hasDot") || strings.Contains(line, "emptyName")) {
				bad[name] = true
			}
		}
	}
	if len(bad) == 0 {
		t.Fatal("git fsck found nothing: the comparison is void")
	}
	for _, name := range trees {
		for _, path := range []string{name, "dir/" + name, name + "/file"} {
			if got := unsafe(path) != ""; got != bad[name] {
				t.Errorf("unsafe(%q) = %q, git fsck says bad: %v", path, unsafe(path), bad[name])
			}
		}
	}
}

func TestUnsafeFullPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/etc/passwd", "//x", "a//b", "a/", "a/./b", "a/../b", "..", "a/.."} {
		if unsafe(path) == "" {
			t.Errorf("unsafe(%q) accepts", path)
		}
	}
	if why := unsafe("has/slash"); why != "" {
		t.Errorf("unsafe(has/slash) = %q", why)
	}
}

func FuzzUnsafe(f *testing.F) {
	f.Add("a/b", ".git")
	f.Add("\xff", "git~1 .")
	f.Fuzz(func(t *testing.T, dir, name string) {
		if unsafe(name) != "" && unsafe(dir+"/"+name) == "" {
			t.Errorf("%q is unsafe alone and safe under %q", name, dir)
		}
		if strings.EqualFold(name, ".git") && unsafe(name) == "" {
			t.Errorf("%q accepted", name)
		}
	})
}

// fsckRepository returns a function that runs git in a new repository, cut off from the host's configuration.
func fsckRepository(t *testing.T) func(stdin string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	git := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR="+dir, "LC_ALL=C")
		cmd.Stdin = strings.NewReader(stdin)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil && args[0] != "fsck" { // fsck ends with a code when it finds something
			t.Fatalf("git %v: %v\n%s", args, err, out.String())
		}
		return out.String()
	}
	git("", "init", "-q", "--bare", dir)
	return git
}
