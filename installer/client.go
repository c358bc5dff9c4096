package installer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ClientHooks returns the names of the hooks that a client gets, in the order in which Git runs them.
func ClientHooks() []string {
	return []string{"pre-commit", "pre-merge-commit", "commit-msg", "pre-push"}
}

// A Client is where and how Refward's client hooks are installed.
type Client struct {
	Dir       string   // a directory in the repository; "" = the current one
	Program   string   // absolute path of refward
	Hooks     []string // some of ClientHooks; nil = all
	Global    bool     // for all repositories of the user, through core.hooksPath of the user's configuration
	ConfigDir string   // the user's configuration directory; "" = as os.UserConfigDir says
	Force     bool     // write over, or delete, a shim that somebody changed

	// ReadPolicy is as in [Server]; only Doctor asks it, for the default policy.
	ReadPolicy func(path string) (PolicyFacts, error)
}

// Install puts the hooks in. Nothing is changed if any of them cannot be put in.
func (c Client) Install(ctx context.Context) (Result, error) {
	if err := checkProgram(c.Program); err != nil {
		return Result{}, err
	}
	hooks, err := c.hooks()
	if err != nil {
		return Result{}, err
	}
	if c.Global {
		return c.installGlobal(ctx, hooks)
	}
	p, err := c.locate(ctx)
	if err != nil {
		return Result{}, err
	}
	if err := p.checkWorkTree("install"); err != nil {
		return Result{}, err
	}
	if sameDir(p.effective, p.managed) {
		return c.alreadyGlobal(p, hooks)
	}
	if info, err := os.Stat(p.effective); err == nil && !info.IsDir() {
		return Result{}, refuse("see who set it, and unset it: git config --show-origin core.hooksPath",
			"core.hooksPath is %s, which is not a directory: Git runs no hooks", p.effective)
	}
	var jobs []job
	for _, hook := range hooks {
		s := shim{flavour: clientShim, hook: hook, program: filepath.ToSlash(c.Program)}
		jobs = append(jobs, job{path: filepath.Join(p.effective, hook), want: s, chain: true, force: c.Force})
	}
	done, err := perform(jobs)
	if err == nil && !sameDir(p.effective, p.own) {
		done.Warnings = append(done.Warnings, fmt.Sprintf("core.hooksPath is %s: the hooks are there, not in %s", p.effective, p.own))
		switch {
		case p.top != "" && inside(p.effective, p.top):
			done.Warnings = append(done.Warnings, "that directory is in the work tree, and the hooks hold a path of this machine: do not commit them; "+
				"where a hook manager writes the directory, call \"refward hook NAME\" from its configuration instead")
		case !inside(p.effective, p.common):
			done.Warnings = append(done.Warnings, "that directory is not the repository's own: the hooks run in every repository that uses it")
		}
	}
	return done, err
}

// alreadyGlobal answers where the hooks that Git runs are those of a global installation.
func (c Client) alreadyGlobal(p place, hooks []string) (Result, error) {
	var done Result
	for _, hook := range hooks {
		path := filepath.Join(p.managed, hook)
		f, err := look(path)
		if err != nil {
			return Result{}, err
		}
		if f.condition != ours || f.shim.flavour != globalShim || f.shim.program != filepath.ToSlash(c.Program) {
			return Result{}, refuse("refward install --global", "core.hooksPath is Refward's directory for all repositories, and its %s needs an update", hook)
		}
		done.Steps = append(done.Steps, Step{Hook: hook, Path: path, Did: Unchanged})
	}
	done.Warnings = []string{"these are the hooks for all your repositories, this one included"}
	return done, nil
}

// Uninstall takes the hooks out and puts back what was there before. A hook that somebody changed since is kept, and
// its Step says so, unless Force is set.
func (c Client) Uninstall(ctx context.Context) (Result, error) {
	hooks, err := c.hooks()
	if err != nil {
		return Result{}, err
	}
	if c.Global {
		return c.uninstallGlobal(ctx)
	}
	p, err := c.locate(ctx)
	if err != nil {
		return Result{}, err
	}
	var done Result
	dirs := []string{p.effective}
	if sameDir(p.effective, p.managed) {
		dirs = nil
		done.Warnings = append(done.Warnings, "hooks for all your repositories stay: to take them out, refward uninstall --global")
	}
	if !sameDir(p.effective, p.own) { // core.hooksPath may have been set after we installed
		dirs = append(dirs, p.own)
	}
	for _, dir := range dirs {
		for _, hook := range hooks {
			step, err := remove(filepath.Join(dir, hook), hook, c.Force, "refward uninstall --force")
			if err != nil {
				return done, err
			}
			if step.Did != Absent || step.Warning != "" {
				done.Steps = append(done.Steps, step)
			}
		}
	}
	return done, nil
}

// hooks returns the chosen hooks in ClientHooks' order.
func (c Client) hooks() ([]string, error) {
	all := ClientHooks()
	if len(c.Hooks) == 0 {
		return all, nil
	}
	for _, h := range c.Hooks {
		if !slices.Contains(all, h) {
			return nil, refuse("choose from: "+strings.Join(all, ","), "%q is not a hook that Refward installs", h)
		}
	}
	return slices.DeleteFunc(all, func(h string) bool { return !slices.Contains(c.Hooks, h) }), nil
}

// perform does all jobs, or none when one cannot be done.
func perform(jobs []job) (Result, error) {
	var done Result
	var errs []error
	for _, j := range jobs {
		errs = append(errs, j.check())
	}
	if err := errors.Join(errs...); err != nil {
		return done, err
	}
	for _, j := range jobs {
		step, err := j.do()
		if err != nil {
			return done, err
		}
		done.Steps = append(done.Steps, step)
	}
	return done, nil
}

// checkProgram reports why path cannot be written into a shim.
func checkProgram(path string) error {
	if !filepath.IsAbs(path) || strings.ContainsAny(path, "\n\x00") {
		return fmt.Errorf("program %q: not an absolute path on one line", path)
	}
	if why := unrunnable(path); why != "" {
		return refuse("give the path of the program", "%s %s", path, why)
	}
	return nil
}

// A place is where a repository's hooks are. All paths are absolute.
type place struct {
	top       string // work tree; "" in a bare repository
	common    string // the directory that all work trees of the repository share
	effective string // where Git looks for hooks: core.hooksPath, or own
	own       string // the repository's own hooks directory
	managed   string // Refward's directory for all repositories; it need not exist. "" = none
}

// locate asks Git where the repository's hooks are: "git rev-parse --git-path hooks" minds core.hooksPath, linked work
// trees and submodules (git-rev-parse(1)). It is asked at the top, since a relative core.hooksPath is relative to where
// hooks run (git-config(1)).
func (c Client) locate(ctx context.Context) (place, error) {
	var p place
	p.managed, _ = c.managed() // without a home there is no such directory: "" is none
	at := c.Dir
	bare, err := git(ctx, at, "rev-parse", "--is-bare-repository")
	if err != nil {
		return p, refuse("run it in a repository, or for all of them: add --global", "%v", err)
	}
	if bare != "true" {
		if at, err = git(ctx, at, "rev-parse", "--show-toplevel"); err != nil {
			return p, refuse("run it in the work tree", "%v", err)
		}
		at = filepath.FromSlash(at)
		p.top = at
	} else if at, err = git(ctx, at, "rev-parse", "--absolute-git-dir"); err != nil {
		return p, err
	}
	if p.effective, err = gitPath(ctx, at, "--git-path", "hooks"); err != nil {
		return p, err
	}
	if p.common, err = gitPath(ctx, at, "--git-common-dir"); err != nil {
		return p, err
	}
	p.own = filepath.Join(p.common, "hooks")
	return p, nil
}

// checkWorkTree reports that a repository is bare: nobody commits there, and a push into it runs server hooks alone.
func (p place) checkWorkTree(verb string) error {
	if p.top != "" {
		return nil
	}
	return refuse(fmt.Sprintf("for the pushes that it receives: refward server %s %s %s", verb, Plain, word(filepath.ToSlash(p.common))),
		"%s is a bare repository: client hooks belong where commits are made", p.common)
}

func gitPath(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := git(ctx, dir, append([]string{"rev-parse"}, args...)...)
	if err != nil {
		return "", err
	}
	path := filepath.FromSlash(out)
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.Abs(path)
}

// git runs a Git command and returns its output without the last line end.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if said, _, _ := strings.Cut(strings.TrimPrefix(stderr.String(), "fatal: "), "\n"); said != "" {
			return "", fmt.Errorf("git %s: %s: %w", args[0], said, err)
		}
		return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(out), "\n"), "\r"), nil
}

// sameDir reports whether two absolute paths name one directory, which need not exist.
func sameDir(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// inside reports whether path is dir or below it.
func inside(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
