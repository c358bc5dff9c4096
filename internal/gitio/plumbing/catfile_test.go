package plumbing

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/internal/gitio/source"
)

// TestRequestsAfterAnEnd ends a request, then git itself: the next request is answered all the same.
func TestRequestsAfterAnEnd(t *testing.T) {
	dir := t.TempDir()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
	git := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env, cmd.Stdin = dir, env, strings.NewReader(stdin)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %s: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git("", "init", "-q", "--bare", "--template=")
	blob := git("two\n", "hash-object", "-w", "--stdin")
	g := New(Options{Dir: dir, GitDir: dir, Environ: append(env, "GIT_DIR="+filepath.Clean(dir))})
	t.Cleanup(func() { _ = g.Close() })
	good := func(after string) {
		t.Helper()
		if _, data, err := g.Read(t.Context(), blob, 100); string(data) != "two\n" || err != nil {
			t.Errorf("after %s: %q, %v", after, data, err)
		}
	}
	late, end := context.WithCancel(t.Context())
	if err := g.InfoAll(late, []string{blob}, func(int, source.Object, error) error { end(); return nil }); err != nil {
		t.Errorf("a request that was answered: %v", err)
	}
	good("a context that ended with the answer")
	if err := g.objects.command.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Read(t.Context(), blob, 100); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("after git was killed: %v", err)
	}
	good("git was killed")
}
