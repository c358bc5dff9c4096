package installer

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFreshRepository(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	remote := w.repo("remote.git", "--bare")
	done := w.install(w.client(repo))
	equal(t, "steps", dids(done), "pre-commit installed; pre-merge-commit installed; commit-msg installed; pre-push installed")
	equal(t, "warnings", len(done.Warnings), 0)

	w.file("repo/a", "a\n", 0o644)
	w.git(repo, "add", "a")
	w.git(repo, "commit", "-qm", "one")
	equal(t, "commit ran", w.recorded("argv"), "hook pre-commit\nhook commit-msg .git/COMMIT_EDITMSG\n")

	w.git(repo, "push", "-q", remote, "main")
	equal(t, "push ran", w.recorded("argv"), "hook pre-push "+remote+" "+remote+"\n")
	tip := strings.TrimSpace(w.git(repo, "rev-parse", "main"))
	equal(t, "push's stdin", w.recorded("stdin"), "refs/heads/main "+tip+" refs/heads/main "+strings.Repeat("0", 40)+"\n")

	w.git(repo, "checkout", "-qb", "side")
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "two")
	w.git(repo, "checkout", "-q", "main")
	w.recorded("argv")
	w.git(repo, "merge", "-q", "--no-ff", "-m", "join", "side")
	contains(t, "merge", w.recorded("argv"), "hook pre-merge-commit\n", "hook commit-msg ")

	w.verdict("1")
	contains(t, "a refused commit", w.refused(repo, "commit", "--allow-empty", "-m", "three"), "judged")
	contains(t, "a refused push", w.refused(repo, "push", remote, "main"), "judged")
}

func TestSomeHooks(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.repo("repo"))
	c.Hooks = []string{"pre-push", "pre-commit"}
	equal(t, "steps", dids(w.install(c)), "pre-commit installed; pre-push installed")
	c.Hooks = []string{"pre-rebase"}
	_, err := c.Install(context.Background())
	refusal(t, err, `"pre-rebase" is not a hook that Refward installs`, "choose from: pre-commit,")
}

func TestEarlierHookRunsAndCounts(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	said := filepath.Join(w.root, "said")
	hook := func(name, exit string) string {
		return w.file("repo/.git/hooks/"+name, "#!/bin/sh\necho \""+name+" $*\" >>"+quote(said)+"\nexit "+exit+"\n", 0o755)
	}
	hook("pre-commit", "0")
	done := w.install(w.client(repo))
	contains(t, "steps", dids(done), "pre-commit installed, and runs the hook that was there before; pre-merge-commit installed;")
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	equal(t, "refward ran", w.recorded("argv"), "hook pre-commit\nhook commit-msg .git/COMMIT_EDITMSG\n")
	data, _ := os.ReadFile(said)
	equal(t, "the earlier hook ran", string(data), "pre-commit \n")

	// Its refusal counts, and Refward reports all the same; Refward's own code wins.
	chained := hook("pre-commit.refward-chained", "7")
	contains(t, "a commit the earlier hook refuses", w.refused(repo, "commit", "--allow-empty", "-m", "two"),
		"judged\nerror: the hook pre-commit that was here before refused (exit 7)\n")
	code, _ := w.run(repo, ".git/hooks/pre-commit", "")
	equal(t, "exit code", code, 7)
	w.verdict("1")
	code, _ = w.run(repo, ".git/hooks/pre-commit", "")
	equal(t, "exit code when both refuse", code, 1)
	hook("pre-commit.refward-chained", "0")
	w.refused(repo, "commit", "--allow-empty", "-m", "two")

	// One that Git ignored, Refward ignores.
	w.verdict("0")
	hook("pre-commit.refward-chained", "7")
	if err := os.Chmod(chained, 0o644); err != nil {
		t.Fatal(err)
	}
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "two")
}

func TestMessageIsJudgedAsTheEarlierHookLeavesIt(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.file("repo/.git/hooks/commit-msg", "#!/bin/sh\necho 'Signed-off-by: A' >>\"$1\"\n", 0o755)
	w.install(w.client(repo))
	w.file("bin/refward", "#!/bin/sh\ntest \"$2\" != commit-msg || grep -q Signed-off-by \"$3\"\n", 0o755)
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	contains(t, "message", w.git(repo, "log", "-1", "--format=%B"), "Signed-off-by: A")
}

func TestInertEarlierHook(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n", 0o644)
	before := w.tree(filepath.Join(repo, ".git/hooks"))
	done := w.install(w.client(repo))
	contains(t, "warning", done.Steps[0].Warning, "not executable: Git ignored it")
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	w.uninstall(w.client(repo))
	equal(t, "hooks", w.tree(filepath.Join(repo, ".git/hooks")), before)
}

func TestHookThatKnowsItsName(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nrun-all \"$(basename \"$0\")\"\n", 0o755)
	done := w.install(w.client(repo))
	contains(t, "warning", done.Steps[0].Warning, "looks at its own name, which is now pre-commit.refward-chained")
}

func TestBothHooksGetTheSameInput(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	first := filepath.Join(w.root, "first")
	w.file("repo/.git/hooks/pre-push", "#!/bin/sh\ncat >"+quote(first)+"\nenv >"+quote(first+".env")+"\n", 0o755)
	w.install(w.client(repo))
	for _, in := range []string{"", "a b c d\n", "a\n\n\n", "\n", "no line end", "back\\slash \\n %s $x `y` \xff\xfe\n.", strings.Repeat("a long line ......\n", 50_000)} {
		code, out := w.run(repo, ".git/hooks/pre-push", in, "origin", "a url")
		equal(t, "exit code", code, 0)
		equal(t, "output", out, "judged\n")
		got, _ := os.ReadFile(first)
		equal(t, "the earlier hook's input", string(got), in)
		equal(t, "Refward's input", w.recorded("stdin"), in)
		equal(t, "Refward's arguments", w.recorded("argv"), "hook pre-push origin a url\n")
	}
	env, _ := os.ReadFile(first + ".env")
	if strings.Contains(string(env), "refward_") {
		t.Errorf("the earlier hook's environment has the shim's variables:\n%s", env)
	}
	// A hook that does not read its input does not disturb the other.
	w.file("repo/.git/hooks/pre-push.refward-chained", "#!/bin/sh\nexit 0\n", 0o755)
	in := strings.Repeat("line\n", 100_000)
	code, out := w.run(repo, ".git/hooks/pre-push", in)
	equal(t, "exit code", code, 0)
	equal(t, "output", out, "judged\n")
	equal(t, "Refward's input", w.recorded("stdin"), in)
}

func TestInstallTwice(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nexit 0\n", 0o755)
	w.install(w.client(repo))
	before := w.tree(filepath.Join(repo, ".git/hooks"))
	equal(t, "steps", dids(w.install(w.client(repo))),
		"pre-commit already installed; pre-merge-commit already installed; commit-msg already installed; pre-push already installed")
	equal(t, "hooks", w.tree(filepath.Join(repo, ".git/hooks")), before)
}

func TestUpgrade(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	hooks := filepath.Join(repo, ".git/hooks")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nexit 0\n", 0o755)
	w.install(w.client(repo))
	before := w.tree(hooks)

	// Another version wrote it, for a program elsewhere; the checksum is right.
	old := w.file("repo/.git/hooks/pre-commit", olderShim("/gone/refward"), 0o755)
	done := w.install(w.client(repo))
	contains(t, "steps", dids(done), "pre-commit updated; pre-merge-commit already installed")
	equal(t, "hooks", w.tree(hooks), before)

	// Not executable any more: mended.
	if err := os.Chmod(old, 0o644); err != nil {
		t.Fatal(err)
	}
	contains(t, "steps", dids(w.install(w.client(repo))), "pre-commit updated")
	equal(t, "hooks", w.tree(hooks), before)
}

func TestUninstallRestores(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	hooks := filepath.Join(repo, ".git/hooks")
	w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nexit 0 # no line end, \xff", 0o750)
	w.file("repo/tools/hook", "#!/bin/sh\nexit 0\n", 0o755)
	if err := os.Symlink("../../tools/hook", filepath.Join(hooks, "pre-push")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(hooks, "commit-msg")); err != nil {
		t.Fatal(err)
	}
	before := w.tree(hooks)
	w.install(w.client(repo))
	info, err := os.Lstat(filepath.Join(hooks, "pre-push.refward-chained"))
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the symbolic link was not kept as one: %v %v", info, err)
	}
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	equal(t, "steps", dids(w.uninstall(w.client(repo))), "pre-commit removed, and the earlier hook is back; pre-merge-commit removed; "+
		"commit-msg removed, and the earlier hook is back; pre-push removed, and the earlier hook is back")
	equal(t, "hooks", w.tree(hooks), before)
	equal(t, "a second time", dids(w.uninstall(w.client(repo))), "")
	equal(t, "hooks", w.tree(hooks), before)
}

func TestEditedShimIsKept(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	hooks := filepath.Join(repo, ".git/hooks")
	w.install(w.client(repo))
	path := filepath.Join(hooks, "pre-commit")
	data, _ := os.ReadFile(path)
	for name, text := range map[string]string{
		"a line more": string(data) + "# mine\n", "a line before": "#!/bin/bash\n" + string(data), "no checksum": strings.Replace(string(data), "# sha256 ", "# ", 1),
		"other line ends": strings.ReplaceAll(string(data), "\n", "\r\n"),
	} {
		w.file(path, text, 0o755)
		before := w.tree(hooks)
		_, err := w.client(repo).Install(context.Background())
		refusal(t, err, "pre-commit is Refward's hook, but somebody changed it", "--force")
		equal(t, name+": after install", w.tree(hooks), before)
		c := w.client(repo)
		c.Hooks = []string{"pre-commit"}
		done := w.uninstall(c)
		equal(t, name+": steps", dids(done), "pre-commit kept")
		contains(t, name+": hint", done.Steps[0].Hint, "refward uninstall --force")
		equal(t, name+": after uninstall", w.tree(hooks), before)
	}
	c := w.client(repo)
	c.Force = true
	contains(t, "forced install", dids(w.install(c)), "pre-commit updated")
	w.file(path, string(data)+"# mine\n", 0o755)
	contains(t, "forced uninstall", dids(w.uninstall(c)), "pre-commit removed")
	equal(t, "hooks", w.tree(hooks), "")
}

func TestLeftoversAreNeverOverwritten(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	hooks := filepath.Join(repo, ".git/hooks")
	w.file("repo/.git/hooks/commit-msg.refward-chained", "#!/bin/sh\n# precious\n", 0o755)
	before := w.tree(hooks)
	_, err := w.client(repo).Install(context.Background())
	refusal(t, err, "commit-msg.refward-chained is there from before, without Refward's hook", "put it back: mv ")
	equal(t, "hooks", w.tree(hooks), before) // and no other hook either

	w.file("repo/.git/hooks/commit-msg", "#!/bin/sh\n# newer\n", 0o755)
	before = w.tree(hooks)
	_, err = w.client(repo).Install(context.Background())
	refusal(t, err, "commit-msg cannot be kept under that name", "mv ")
	equal(t, "hooks", w.tree(hooks), before)
	done := w.uninstall(w.client(repo))
	contains(t, "warning", done.Steps[0].Warning, "is there from before, without Refward's hook")
	equal(t, "hooks", w.tree(hooks), before)
	if err := duplicate(filepath.Join(hooks, "commit-msg"), mustLstat(t, filepath.Join(hooks, "commit-msg")), filepath.Join(hooks, "commit-msg.refward-chained")); err == nil {
		t.Error("a leftover that appeared meanwhile was accepted")
	}
	equal(t, "hooks", w.tree(hooks), before)

	os.Remove(filepath.Join(hooks, "commit-msg"))
	if err := os.Mkdir(filepath.Join(hooks, "commit-msg"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = w.client(repo).Install(context.Background())
	refusal(t, err, "commit-msg is a directory")
}

func TestInterruptedInstallIsFinished(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	path := w.file("repo/.git/hooks/pre-commit", "#!/bin/sh\nexit 0\n", 0o755)
	link := filepath.Join(repo, ".git/hooks/pre-push")
	if err := os.Symlink("x", link); err != nil {
		t.Fatal(err)
	}
	before := w.tree(filepath.Dir(path))
	for _, p := range []string{path, link} {
		if err := duplicate(p, mustLstat(t, p), p+chainedSuffix); err != nil {
			t.Fatal(err)
		}
	}
	w.install(w.client(repo))
	w.uninstall(w.client(repo))
	equal(t, "hooks", w.tree(filepath.Dir(path)), before)
}

func mustLstat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestMissingProgramLetsThroughWithAWarning(t *testing.T) {
	for name, breakIt := range map[string]func(string) error{
		"gone":           os.Remove,
		"not executable": func(p string) error { return os.Chmod(p, 0o644) },
		"empty":          func(p string) error { return os.Truncate(p, 0) },
		"no interpreter": func(p string) error { return os.WriteFile(p, []byte("#!/nowhere/sh\n"), 0o755) },
	} {
		w := newWorld(t)
		repo := w.repo("repo")
		w.install(w.client(repo))
		if err := breakIt(w.program); err != nil {
			t.Fatal(err)
		}
		out := w.git(repo, "commit", "--allow-empty", "-m", "one")
		contains(t, name, out, "warning: cannot run "+w.program+": Refward's pre-commit check is left out\n",
			`hint: install Refward again and run "refward install", or take this hook out: rm '.git/hooks/pre-commit'`)
		w.file("repo/.git/hooks/pre-commit.refward-chained", "#!/bin/sh\necho earlier\nexit 1\n", 0o755)
		contains(t, name+", with an earlier hook", w.refused(repo, "commit", "--allow-empty", "-m", "two"), "earlier", "warning: cannot run",
			"mv '.git/hooks/pre-commit.refward-chained' '.git/hooks/pre-commit'")
	}
}

func TestProgramMustBeThere(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.repo("repo"))
	c.Program = filepath.Join(w.root, "nothing")
	_, err := c.Install(context.Background())
	refusal(t, err, "nothing cannot be read: no such file")
	c.Program = "bin/refward"
	if _, err = c.Install(context.Background()); err == nil {
		t.Error("a relative program was accepted")
	}
}
