//go:build unix

package installer

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestUnwritableHooksDirectory installs in a child: root may write everywhere, so that the child is nobody then.
func TestUnwritableHooksDirectory(t *testing.T) {
	w := newWorld(t)
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "safe.directory")
	t.Setenv("GIT_CONFIG_VALUE_0", "*")
	repo := w.repo("repo")
	hooks := filepath.Join(repo, ".git/hooks")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\n", 0o755)
	before := w.tree(hooks)
	for dir := w.root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	if err := os.Chmod(hooks, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(hooks, 0o755)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		if self, err = os.ReadFile(os.Args[0]); err != nil {
			t.Fatal(err)
		}
	}
	child := exec.Command(w.file("installer.test", string(self), 0o755), "install-as-nobody", repo)
	child.Dir = w.root
	if os.Geteuid() == 0 {
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := child.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	equal(t, "error", string(out), "cannot change "+hooks+": permission denied\nhint: do it as the owner of the directory, or let yourself write there: chmod u+w "+word(hooks))
	equal(t, "hooks", w.tree(hooks), before)
}
