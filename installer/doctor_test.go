package installer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClientDoctor(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	repo := w.repo("repo")
	c := w.client(repo)
	c.Hooks = []string{"pre-commit", "pre-push"}
	state := func(what, want string) Diagnosis {
		t.Helper()
		all, err := c.Doctor(ctx)
		equal(t, what, w.states(all, err), "pre-commit: "+want+"\npre-push: ok\n")
		equal(t, what+" is a problem", all[0].Problem(), want != "ok")
		if all[0].Problem() && all[0].Hint == "" {
			t.Errorf("%s: no hint", what)
		}
		return all[0]
	}
	equal(t, "before", w.states(c.Doctor(ctx)), "pre-commit: missing\npre-push: missing\n")
	path := w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\n", 0o755)
	w.install(c)
	contains(t, "detail", state("installed", "ok").Detail, "runs pre-commit.refward-chained, then "+w.program)
	if err := os.Chmod(path+chainedSuffix, 0o644); err != nil {
		t.Fatal(err)
	}
	contains(t, "detail", state("earlier hook not executable", "ok").Detail, "the earlier hook pre-commit.refward-chained is not executable")

	data, _ := os.ReadFile(path)
	w.file(path, string(data), 0o644)
	contains(t, "hint", state("not executable", "not executable").Hint, "chmod +x ")
	w.file(path, string(data)+"exit 0\n", 0o755)
	contains(t, "hint", state("edited", "edited").Hint, "refward install --force")
	w.file(path, "#!/bin/sh\n", 0o755)
	state("somebody else's", "not ours")
	w.file(path, olderShim(w.program), 0o755)
	contains(t, "detail", state("older", "stale").Detail, "another version of Refward")
	other := w.fake("bin/other")
	w.file(path, shim{flavour: clientShim, hook: "pre-commit", program: other}.text(), 0o755)
	contains(t, "detail", state("another program", "stale").Detail, "it runs "+other+", not "+w.program)
	os.Remove(other)
	contains(t, "detail", state("no program", "stale").Detail, other+" cannot be read")
	w.file(path, shim{flavour: clientShim, hook: "commit-msg", program: w.program}.text(), 0o755)
	state("another hook's", "stale")
	os.Remove(path)
	if err := os.Symlink(w.file("repo/moved", string(data), 0o755), path); err != nil {
		t.Fatal(err)
	}
	state("moved and linked to", "edited")
	_, err := c.Install(ctx)
	refusal(t, err, "pre-commit is Refward's hook, but somebody changed it") // and is not chained to itself
}

func TestDoctorOfSomeHooks(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	c := w.client(w.repo("repo"))
	all, err := c.Doctor(ctx)
	equal(t, "none", w.states(all, err), "pre-commit: missing\npre-merge-commit: missing\ncommit-msg: missing\npre-push: missing\n")
	equal(t, "none is a problem", all[0].Problem(), true)

	some := c
	some.Hooks = []string{"pre-commit", "pre-push"}
	w.install(some)
	theirs := w.file("repo/.git/hooks/commit-msg", "#!/bin/sh\n", 0o755)
	all, err = c.Doctor(ctx)
	equal(t, "some", w.states(all, err), "pre-commit: ok\npre-merge-commit: not installed\ncommit-msg: not installed\npre-push: ok\n")
	for _, d := range all {
		if d.Problem() || d.Warning() || d.Hint != "" {
			t.Errorf("%v is made much of", d)
		}
	}
	// What was asked for is missed, and so is what was there once.
	asked := c
	asked.Hooks = []string{"pre-merge-commit", "pre-push"}
	equal(t, "asked for", w.states(asked.Doctor(ctx)), "pre-merge-commit: missing\npre-push: ok\n")
	w.file(theirs+chainedSuffix, "#!/bin/sh\n", 0o755)
	equal(t, "there once", w.states(c.Doctor(ctx)), "pre-commit: ok\npre-merge-commit: not installed\ncommit-msg: not ours\npre-push: ok\n")
	os.Remove(filepath.Join(w.root, "repo/.git/hooks/pre-commit"))
	os.Remove(filepath.Join(w.root, "repo/.git/hooks/pre-push"))
	contains(t, "the last one gone", w.states(c.Doctor(ctx)), "pre-commit: missing\n")
}

func TestClientDoctorReadsThePolicy(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	for _, c := range []Client{w.client(w.repo("repo")), w.global()} {
		w.install(c)
		c.ReadPolicy = func(path string) (PolicyFacts, error) {
			equal(t, "policy", path, "") // the default one
			return PolicyFacts{File: "/etc/p.yaml", Off: true}, nil
		}
		all, err := c.Doctor(ctx)
		contains(t, "off", w.states(all, err), "pre-push: ok\n/etc/p.yaml: off\n")
		c.ReadPolicy = func(string) (PolicyFacts, error) { return PolicyFacts{File: "/etc/p.yaml"}, errors.New("no") }
		all, err = c.Doctor(ctx)
		contains(t, "broken", w.states(all, err), "pre-push: ok\n/etc/p.yaml: broken\n")
	}
}

func TestDoctorFindsShadows(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	repo := w.repo("repo")
	c := w.client(repo)
	c.Hooks = []string{"pre-commit"}
	w.install(c)
	w.git(repo, "config", "core.hooksPath", ".husky/_")
	all, err := c.Doctor(ctx)
	equal(t, "a hook manager came later", w.states(all, err), "pre-commit: shadowed\n")
	contains(t, "detail", all[0].Detail, filepath.Join(repo, ".git/hooks"), "Git looks in "+filepath.Join(repo, ".husky/_"), "set in .git/config")
	w.file("repo/.husky/_/pre-commit", "#!/bin/sh\n", 0o755)
	equal(t, "with a hook of its own", w.states(c.Doctor(ctx)), "pre-commit: shadowed\n")
	w.install(c)
	equal(t, "installed there", w.states(c.Doctor(ctx)), "pre-commit: ok\n")
	w.uninstall(c)
	w.git(repo, "config", "--unset", "core.hooksPath")

	w.install(w.global())
	equal(t, "global", w.states(c.Doctor(ctx)), "pre-commit: ok\n")
	w.git(repo, "config", "core.hooksPath", ".githooks")
	equal(t, "the repository's setting over the user's", w.states(c.Doctor(ctx)), "pre-commit: shadowed\n")
	w.git(repo, "config", "--unset", "core.hooksPath")
	w.file("repo/.git/hooks/push-to-checkout", "#!/bin/sh\n", 0o755)
	all, err = c.Doctor(ctx)
	equal(t, "a hook that is not passed on", w.states(all, err), "pre-commit: ok\npush-to-checkout: shadowed\n")
}

func TestGlobalDoctor(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(w.root))
	c := w.global()
	equal(t, "before", w.states(c.Doctor(ctx)), "pre-commit: missing\npre-merge-commit: missing\ncommit-msg: missing\npre-push: missing\n")
	w.install(c)
	ok := "pre-commit: ok\npre-merge-commit: ok\ncommit-msg: ok\npre-push: ok\n"
	equal(t, "after", w.states(c.Doctor(ctx)), ok)
	w.git(w.root, "config", "--global", "core.hooksPath", "/opt/hooks")
	equal(t, "another core.hooksPath", w.states(c.Doctor(ctx)), strings.ReplaceAll(ok, "ok", "shadowed"))
	w.git(w.root, "config", "--global", "--unset", "core.hooksPath")
	all, err := c.Doctor(ctx)
	equal(t, "no core.hooksPath", w.states(all, err), strings.ReplaceAll(ok, "ok", "shadowed"))
	contains(t, "hint", all[0].Hint, "git config --global core.hooksPath ")
	contains(t, "install", dids(w.install(c)), "pre-commit already installed")
	equal(t, "installed again", w.states(c.Doctor(ctx)), ok)
}
