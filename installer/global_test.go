package installer

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (w *world) global() Client { return Client{Dir: w.root, Program: w.program, Global: true} }

func TestGlobal(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	said := filepath.Join(w.root, "said")
	for _, hook := range []string{"pre-commit", "post-commit"} {
		w.file("repo/.git/hooks/"+hook, "#!/bin/sh\necho "+hook+" >>"+quote(said)+"\n", 0o755)
	}
	own := w.tree(filepath.Join(repo, ".git/hooks"))
	contains(t, "steps", dids(w.install(w.global())), "pre-commit installed; pre-merge-commit installed; commit-msg installed; pre-push installed")
	managed := filepath.Join(w.config, "refward", "hooks")
	equal(t, "core.hooksPath", w.git(w.root, "config", "--global", "core.hooksPath"), managed+"\n")

	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	equal(t, "commit ran", w.recorded("argv"), "hook pre-commit\nhook commit-msg .git/COMMIT_EDITMSG\n")
	data, _ := os.ReadFile(said)
	equal(t, "the repository's own hooks ran", string(data), "pre-commit\npost-commit\n")

	linked := filepath.Join(w.root, "linked")
	w.git(repo, "worktree", "add", "-q", "-b", "side", linked)
	w.recorded("argv")
	w.git(linked, "commit", "-q", "--allow-empty", "-m", "two")
	contains(t, "commit in a linked work tree ran", w.recorded("argv"), "hook pre-commit\n")
	data, _ = os.ReadFile(said)
	equal(t, "the repository's own hooks ran", string(data), "pre-commit\npost-commit\npre-commit\npost-commit\n")

	// A push sees the own hook and Refward, with the same input; the own hooks of a repository on this machine still run.
	w.file("repo/.git/hooks/pre-push", "#!/bin/sh\ncat >"+quote(said)+"\n", 0o755)
	remote := w.repo("remote.git", "--bare")
	w.file("remote.git/hooks/pre-receive", "#!/bin/sh\ngrep -q refs/heads/main && exit 0\necho no >&2\nexit 1\n", 0o755)
	w.git(repo, "push", "-q", remote, "main")
	in := w.recorded("stdin")
	data, _ = os.ReadFile(said)
	equal(t, "the own hook's input", string(data), in)
	contains(t, "Refward's input", in, "refs/heads/main ")
	contains(t, "a push that the other side refuses", w.refused(repo, "push", remote, "HEAD:refs/heads/x"), "no")
	os.Remove(filepath.Join(repo, ".git/hooks/pre-push"))

	w.file("repo/.git/hooks/pre-push", "#!/bin/sh\nexit 1\n", 0o755)
	contains(t, "a push that the own hook refuses", w.refused(repo, "push", remote, "main"), "judged\nerror: the repository's own hook pre-push refused (exit 1)\n")
	os.Remove(filepath.Join(repo, ".git/hooks/pre-push"))

	before := w.tree(managed)
	contains(t, "twice", dids(w.install(w.global())), "pre-commit already installed")
	equal(t, "hooks", w.tree(managed), before)
	done := w.install(w.client(repo))
	contains(t, "in the repository", dids(done), "pre-commit already installed")
	contains(t, "warnings", strings.Join(done.Warnings, "\n"), "for all your repositories")
	equal(t, "hooks", w.tree(managed), before)
	contains(t, "warnings", strings.Join(w.uninstall(w.client(repo)).Warnings, "\n"), "refward uninstall --global")
	equal(t, "hooks", w.tree(managed), before)

	equal(t, "own hooks", w.tree(filepath.Join(repo, ".git/hooks")), own)
	contains(t, "uninstall", dids(w.uninstall(w.global())), "pre-commit removed")
	if _, err := os.Stat(managed); !os.IsNotExist(err) {
		t.Errorf("%s is still there", managed)
	}
	w.refused(w.root, "config", "--global", "core.hooksPath")
}

func TestGlobalRunsRefwardOnceWhereItIsInstalledTwice(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	said := filepath.Join(w.root, "said")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\necho earlier >>"+quote(said)+"\n", 0o755)
	w.install(w.client(repo))
	w.install(w.global())
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	equal(t, "commit ran", w.recorded("argv"), "hook pre-commit\nhook commit-msg .git/COMMIT_EDITMSG\n")
	data, _ := os.ReadFile(said)
	equal(t, "the earlier hook ran", string(data), "earlier\n")
}

func TestGlobalDoesNotSwitchOffAServerHook(t *testing.T) {
	w := newWorld(t)
	repo, remote := w.repo("repo"), w.repo("remote.git", "--bare")
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	if _, err := (Server{Kind: Plain, Dir: remote, Program: w.program}).Install(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.install(w.global())
	w.git(repo, "push", "-q", "--no-verify", remote, "main")
	contains(t, "push ran", w.recorded("argv"), "pre-receive\n")
}

func TestGlobalSomeHooks(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	c := w.global()
	c.Hooks = []string{"commit-msg"}
	equal(t, "steps", dids(w.install(c)), "commit-msg installed")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n", 0o755)
	w.refused(repo, "commit", "--allow-empty", "-m", "one")
	os.Remove(filepath.Join(repo, ".git/hooks/pre-commit"))
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	equal(t, "commit ran", w.recorded("argv"), "hook commit-msg .git/COMMIT_EDITMSG\n")
	_, err := w.client(repo).Install(context.Background())
	refusal(t, err, "its pre-commit needs an update", "refward install --global")
	equal(t, "doctor", w.states(w.client(repo).Doctor(context.Background())), "pre-commit: not installed\npre-merge-commit: not installed\ncommit-msg: ok\npre-push: not installed\n")
	equal(t, "doctor of all", w.states(w.global().Doctor(context.Background())), "pre-commit: not installed\npre-merge-commit: not installed\ncommit-msg: ok\npre-push: not installed\n")
}

func TestGlobalRefusals(t *testing.T) {
	w := newWorld(t)
	w.git(w.root, "config", "--global", "core.hooksPath", "~/.githooks")
	_, err := w.global().Install(context.Background())
	refusal(t, err, "core.hooksPath is "+filepath.Join(w.root, "home/.githooks")+" already", "git config --global --unset core.hooksPath")
	equal(t, "core.hooksPath", w.git(w.root, "config", "--global", "core.hooksPath"), "~/.githooks\n")
	w.git(w.root, "config", "--global", "--unset", "core.hooksPath")

	t.Setenv("GIT_CONFIG_SYSTEM", w.file("system", "[core]\n\thooksPath = /opt/hooks\n", 0o644))
	_, err = w.global().Install(context.Background())
	refusal(t, err, "core.hooksPath is /opt/hooks already (git config --system)")
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)

	mine := w.file(filepath.Join(w.config, "refward/hooks/pre-push"), "#!/bin/sh\n", 0o755)
	_, err = w.global().Install(context.Background())
	refusal(t, err, "pre-push is there already and is not Refward's")
	w.refused(w.root, "config", "--global", "core.hooksPath")
	os.Remove(mine)

	w.install(w.global())
	data, _ := os.ReadFile(mine)
	w.file(mine, string(data)+"# mine\n", 0o755)
	_, err = w.global().Uninstall(context.Background())
	refusal(t, err, "somebody changed", "refward uninstall --global --force")
	c := w.global()
	c.Force = true
	contains(t, "forced", dids(w.uninstall(c)), "pre-push removed")
}

func TestGlobalMissingProgramLetsThrough(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.install(w.global())
	os.Remove(w.program)
	contains(t, "commit", w.git(repo, "commit", "--allow-empty", "-m", "one"), "warning: cannot run "+w.program,
		"git config --global --unset core.hooksPath")
	w.file("repo/.git/hooks/commit-msg", "#!/bin/sh\nexit 1\n", 0o755)
	w.refused(repo, "commit", "--allow-empty", "-m", "two")
}
