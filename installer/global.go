package installer

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// passedOn are the other hooks of githooks(5). core.hooksPath replaces a repository's hooks altogether, and so the
// directory for all repositories holds a shim for each, which runs the repository's own. Left out are
// reference-transaction and post-index-change, which would start a shell at every step of Git, and push-to-checkout,
// which changes what Git does by being there: doctor names a repository that has one.
func passedOn() []string {
	return []string{
		"applypatch-msg", "pre-applypatch", "post-applypatch", "prepare-commit-msg", "post-commit", "pre-rebase",
		"post-checkout", "post-merge", "pre-receive", "update", "proc-receive", "post-receive", "post-update",
		"pre-auto-gc", "post-rewrite", "sendemail-validate",
		"p4-changelist", "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit",
	}
}

func notPassedOn() []string {
	return []string{"reference-transaction", "post-index-change", "push-to-checkout"}
}

// managed returns Refward's directory of hooks for all repositories.
func (c Client) managed() (string, error) {
	dir := c.ConfigDir
	if dir == "" {
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "refward", "hooks"), nil
}

// hooksPath returns core.hooksPath of one scope ("--global" or "--system"); "" when it is not set there.
func (c Client) hooksPath(ctx context.Context, scope string) (string, error) {
	path, err := git(ctx, c.Dir, "config", scope, "--path", "--get", "core.hooksPath")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // not set (git-config(1))
		return "", nil
	}
	return filepath.FromSlash(path), err
}

func (c Client) installGlobal(ctx context.Context, hooks []string) (Result, error) {
	dir, err := c.managed()
	if err != nil {
		return Result{}, err
	}
	global := ""
	for _, scope := range []string{"--system", "--global"} {
		set, err := c.hooksPath(ctx, scope)
		switch {
		case err != nil && scope == "--system": // a system file that this user may not read is no obstacle to Git either
		case err != nil:
			return Result{}, err
		case set != "" && !sameDir(set, dir):
			return Result{}, refuse("install into one repository after another (refward install), or, if nobody needs that directory: git config "+
				scope+" --unset core.hooksPath", "core.hooksPath is %s already (git config %s)", set, scope)
		case scope == "--global":
			global = set
		}
	}
	var jobs []job
	for _, hook := range append(ClientHooks(), passedOn()...) {
		s := shim{flavour: passShim, hook: hook}
		if slices.Contains(hooks, hook) {
			s = shim{flavour: globalShim, hook: hook, program: filepath.ToSlash(c.Program)}
		}
		jobs = append(jobs, job{path: filepath.Join(dir, hook), want: s, force: c.Force})
	}
	done, err := perform(jobs)
	if err != nil {
		return done, err
	}
	done.Steps = slices.DeleteFunc(done.Steps, func(s Step) bool { return !slices.Contains(hooks, s.Hook) })
	if global == "" {
		_, err = git(ctx, c.Dir, "config", "--global", "core.hooksPath", filepath.ToSlash(dir))
	}
	return done, err
}

func (c Client) uninstallGlobal(ctx context.Context) (Result, error) {
	var done Result
	dir, err := c.managed()
	if err != nil {
		return done, err
	}
	all := append(ClientHooks(), passedOn()...)
	for _, hook := range all {
		path := filepath.Join(dir, hook)
		f, err := look(path)
		if err != nil {
			return done, err
		}
		if f.condition == edited && !c.Force {
			return done, refuse("save what you need from it, then: refward uninstall --global --force", "somebody changed %s since Refward wrote it", path)
		}
	}
	set, err := c.hooksPath(ctx, "--global")
	if err != nil {
		return done, err
	}
	if set != "" && sameDir(set, dir) { // first, so that Git never looks into a half empty directory
		if _, err := git(ctx, c.Dir, "config", "--global", "--unset", "core.hooksPath"); err != nil {
			return done, err
		}
	}
	for _, hook := range all {
		step, err := remove(filepath.Join(dir, hook), hook, c.Force, "")
		if err != nil {
			return done, err
		}
		if step.Did != Absent && slices.Contains(ClientHooks(), hook) {
			done.Steps = append(done.Steps, step)
		}
	}
	left, err := os.ReadDir(dir)
	switch {
	case err == nil && len(left) == 0:
		err = os.Remove(dir)
	case err == nil:
		done.Warnings = append(done.Warnings, dir+" holds hooks that are not Refward's: they stay, and Git no longer runs them")
	case errors.Is(err, os.ErrNotExist):
		err = nil
	}
	return done, err
}
