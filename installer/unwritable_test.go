//go:build unix

package installer

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

const nobody = 65534

// asNobody runs a part of actAsNobody in a child and returns what it says. Where the tests run as root, who may write
// everywhere, the child is nobody.
func (w *world) asNobody(what, repo string) string {
	w.t.Helper()
	for dir := w.root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		if self, err = os.ReadFile(os.Args[0]); err != nil {
			w.t.Fatal(err)
		}
	}
	child := exec.Command(w.file("installer.test", string(self), 0o755), what+"-as-nobody", repo)
	child.Dir = w.root
	child.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
	if os.Geteuid() == 0 {
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := child.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestUnwritableHooksDirectory installs in a child: root may write everywhere, so that the child is nobody then.
func TestUnwritableHooksDirectory(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	hooks := filepath.Join(repo, ".git/hooks")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\n", 0o755)
	before := w.tree(hooks)
	if err := os.Chmod(hooks, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(hooks, 0o755)
	equal(t, "error", w.asNobody("install", repo), "cannot change "+hooks+": permission denied\nhint: do it as the owner of the directory, or let yourself write there: chmod u+w "+word(hooks))
	equal(t, "hooks", w.tree(hooks), before)
}

// TestRecordOfAnotherUser is root's business: nobody else can give a file away. Otherwise the modes alone are looked at.
func TestRecordOfAnotherUser(t *testing.T) {
	root := os.Geteuid() == 0
	g := newGate(t, Plain)
	g.put()
	// A directory that Git's user may not enter.
	dir := filepath.Join(g.Dir, "refward")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	give := func() {
		if !root {
			return
		}
		out, err := exec.Command("chown", "-R", "65534:65534", g.Dir).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if err := os.Chown(dir, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	give()
	if !root {
		if err := os.Chmod(dir, 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(dir, 0o700)
	}
	said := g.asNobody("doctor", g.Dir)
	contains(t, "doctor as the user that runs Git", said, dir+"/audit.jsonl: broken: ", "cannot write the record of decisions, and so every push is refused: ", "permission denied")
	if root {
		all, err := g.Doctor(context.Background())
		contains(t, "doctor as root", g.states(all, err), "audit.jsonl: not looked at\n")
		contains(t, "detail", all[2].Detail, "user root can write the record of decisions; the repository belongs to user ")
		contains(t, "hint", all[2].Hint, "as the user that runs Git: refward server doctor --policy ")
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		contains(t, "without the directory", g.asNobody("doctor", g.Dir), dir+"/audit.jsonl: ok: ")
		if err := os.Chown(g.Dir, 0, 0); err != nil {
			t.Fatal(err)
		}
		contains(t, "nobody's doctor of root's repository", g.asNobody("doctor", g.Dir), dir+"/audit.jsonl: not looked at: ", "permission denied")
	}
}
