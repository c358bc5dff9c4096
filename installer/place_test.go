package installer

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHooksPath(t *testing.T) {
	for name, tc := range map[string]struct{ set, dir, warns string }{
		"relative":         {"my hooks", "repo/my hooks", "in the work tree"},
		"absolute":         {"ROOT/shared 'hooks'", "shared 'hooks'", "in every repository that uses it"},
		"home":             {"~/hooks", "home/hooks", "in every repository that uses it"},
		"inside .git":      {".git/other", "repo/.git/other", ""},
		"the usual place":  {".git/hooks", "repo/.git/hooks", ""},
		"a hook manager's": {".husky/_", "repo/.husky/_", "call \"refward hook NAME\" from its configuration instead"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			repo := w.repo("repo")
			set := tc.set
			if rest, is := strings.CutPrefix(set, "ROOT"); is {
				set = w.root + rest
			}
			w.git(repo, "config", "core.hooksPath", set)
			dir := filepath.Join(w.root, tc.dir)
			sub := filepath.Dir(w.file("repo/sub/dir/x", "", 0o644))
			done := w.install(w.client(sub)) // from below: a relative path counts from the top
			equal(t, "first hook", done.Steps[0].Path, filepath.Join(dir, "pre-commit"))
			warned := false
			for _, warning := range done.Warnings {
				warned = warned || tc.warns != "" && strings.Contains(warning, tc.warns)
			}
			equal(t, "warned", warned, tc.warns != "")
			w.git(sub, "commit", "-q", "--allow-empty", "-m", "one")
			contains(t, "commit ran", w.recorded("argv"), "hook pre-commit\n")
			w.uninstall(w.client(sub))
			equal(t, "left", w.tree(dir), "")
		})
	}
}

func TestHooksPathThatIsNoDirectory(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.git(repo, "config", "core.hooksPath", os.DevNull)
	_, err := w.client(repo).Install(context.Background())
	refusal(t, err, "core.hooksPath is /dev/null, which is not a directory: Git runs no hooks", "git config --show-origin core.hooksPath")
	equal(t, "doctor", w.states(w.client(repo).Doctor(context.Background())), "pre-commit: missing\npre-merge-commit: missing\ncommit-msg: missing\npre-push: missing\n")
}

func TestUninstallFindsHooksThatWereShadowedLater(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.install(w.client(repo))
	w.git(repo, "config", "core.hooksPath", "elsewhere")
	contains(t, "steps", dids(w.uninstall(w.client(repo))), "pre-commit removed")
	equal(t, "left", w.tree(filepath.Join(repo, ".git/hooks")), "")
}

func TestLinkedWorkTree(t *testing.T) {
	w := newWorld(t)
	repo := w.repo("repo")
	w.git(repo, "commit", "-q", "--allow-empty", "-m", "one")
	linked := filepath.Join(w.root, "linked")
	w.git(repo, "worktree", "add", "-q", "-b", "side", linked)
	done := w.install(w.client(linked))
	equal(t, "first hook", done.Steps[0].Path, filepath.Join(repo, ".git/hooks/pre-commit"))
	equal(t, "warnings", len(done.Warnings), 0)
	for _, dir := range []string{linked, repo} {
		w.git(dir, "commit", "-q", "--allow-empty", "-m", "two")
		contains(t, "commit in "+dir, w.recorded("argv"), "hook pre-commit\n")
	}
	contains(t, "twice", dids(w.install(w.client(repo))), "pre-commit already installed")
}

func TestSubmodule(t *testing.T) {
	w := newWorld(t)
	part := w.repo("part")
	w.git(part, "commit", "-q", "--allow-empty", "-m", "one")
	repo := w.repo("repo")
	w.git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", part, "sub")
	done := w.install(w.client(filepath.Join(repo, "sub")))
	equal(t, "first hook", done.Steps[0].Path, filepath.Join(repo, ".git/modules/sub/hooks/pre-commit"))
	equal(t, "warnings", len(done.Warnings), 0)
	w.git(filepath.Join(repo, "sub"), "commit", "-q", "--allow-empty", "-m", "two")
	contains(t, "commit ran", w.recorded("argv"), "hook pre-commit\n")
	w.git(repo, "commit", "-q", "-m", "outside")
	equal(t, "commit of the outer repository ran", w.recorded("argv"), "")
}

func TestBareRepository(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	repo := w.repo("bare.git", "--bare")
	_, err := w.client(repo).Install(ctx)
	refusal(t, err, repo+" is a bare repository", "refward server install plain "+word(repo))
	equal(t, "hooks", w.tree(filepath.Join(repo, "hooks")), "")
	_, err = w.client(repo).Doctor(ctx)
	refusal(t, err, repo+" is a bare repository", "refward server doctor plain "+word(repo))

	// Somebody commits in a work tree of one.
	seed := w.repo("seed")
	w.git(seed, "commit", "-q", "--allow-empty", "-m", "one")
	w.git(seed, "push", "-q", repo, "main")
	linked := filepath.Join(w.root, "linked")
	w.git(repo, "worktree", "add", "-q", linked, "main")
	w.install(w.client(linked))
	w.git(linked, "commit", "-q", "--allow-empty", "-m", "two")
	contains(t, "commit ran", w.recorded("argv"), "hook pre-commit\n")
}

func TestOutsideARepository(t *testing.T) {
	w := newWorld(t)
	t.Setenv("GIT_CEILING_DIRECTORIES", w.root)
	_, err := w.client(filepath.Join(w.root, "home")).Install(context.Background())
	refusal(t, err, "not a git repository", "run it in a repository")
	_, err = w.client(filepath.Join(w.repo("repo"), ".git")).Install(context.Background())
	refusal(t, err, "run it in the work tree")
}
