package installer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Kind is a kind of Git server.
type Kind string

// The kinds of server that Refward installs itself behind.
const (
	Plain Kind = "plain" // Git's own transports: ssh, http-backend, daemon; hooks/pre-receive is the hook
	Gitea Kind = "gitea" // hooks/pre-receive belongs to Gitea, and runs every program in hooks/pre-receive.d
)

// Kinds returns the kinds of server.
func Kinds() []Kind { return []Kind{Plain, Gitea} }

// ServerHooks returns the names of the hooks that a server gets.
func ServerHooks() []string { return []string{"pre-receive", "post-receive"} }

// giteaName comes after "gitea" in the order in which Gitea runs a directory's programs, so that its own checks of
// permission and branch protection come first.
const giteaName = "zz-refward"

// A Server is where and how Refward's server hooks are installed.
type Server struct {
	Kind    Kind
	Dir     string // the repository: bare, or a work tree with its .git directory. For Doctor also a tree of repositories
	Program string // absolute path of refward-receive; Doctor compares hooks with it unless it is ""
	Policy  string // absolute path; "" = the program's own default; Doctor compares hooks with it unless it is ""
	Force   bool   // write over, or delete, a shim that somebody changed

	// CheckPolicy reports why a policy file cannot be used. Doctor calls it for each file that a hook names.
	CheckPolicy func(path string) error
}

// Install puts the hooks into one repository. Nothing is changed if any of them cannot be put in.
func (s Server) Install(ctx context.Context) (Result, error) {
	if err := checkProgram(s.Program); err != nil {
		return Result{}, err
	}
	if s.Policy != "" && (!filepath.IsAbs(s.Policy) || strings.ContainsAny(s.Policy, "\n\x00")) {
		return Result{}, fmt.Errorf("policy %q: not an absolute path on one line", s.Policy)
	}
	repo, err := s.repository()
	if err != nil {
		return Result{}, err
	}
	if err := s.checkLayout(repo); err != nil {
		return Result{}, err
	}
	var done Result
	switch elsewhere, err := hooksElsewhere(ctx, repo); {
	case err != nil:
		done.Warnings = append(done.Warnings, "core.hooksPath is not looked at: "+err.Error())
	case elsewhere != "":
		return done, refuse("as the user that runs Git: git -C "+word(repo)+" config --show-origin core.hooksPath, and unset it",
			"core.hooksPath makes Git look for hooks in %s, not in %s", elsewhere, filepath.Join(repo, "hooks"))
	}
	var jobs []job
	for _, hook := range ServerHooks() {
		jobs = append(jobs, job{path: s.path(repo, hook), want: s.shim(hook), chain: s.Kind == Plain, force: s.Force})
	}
	installed, err := perform(jobs)
	done.Steps = installed.Steps
	return done, err
}

// Uninstall takes the hooks out of one repository and puts back what was there before. A hook that somebody changed
// since is kept, and its Step says so, unless Force is set.
func (s Server) Uninstall(context.Context) (Result, error) {
	var done Result
	repo, err := s.repository()
	if err != nil {
		return done, err
	}
	command := fmt.Sprintf("refward server uninstall --force %s %s", s.Kind, word(repo))
	for _, hook := range ServerHooks() {
		step, err := remove(s.path(repo, hook), hook, s.Force, command)
		if err != nil {
			return done, err
		}
		if step.Did != Absent || step.Warning != "" {
			done.Steps = append(done.Steps, step)
		}
	}
	return done, nil
}

func (s Server) shim(hook string) shim {
	f := serverShim
	if s.Kind == Gitea {
		f = giteaShim
	}
	return shim{flavour: f, hook: hook, program: filepath.ToSlash(s.Program), policy: filepath.ToSlash(s.Policy)}
}

func (s Server) path(repo, hook string) string {
	if s.Kind == Gitea {
		return filepath.Join(repo, "hooks", hook+".d", giteaName)
	}
	return filepath.Join(repo, "hooks", hook)
}

// repository returns the absolute path of the repository at Dir.
func (s Server) repository() (string, error) {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return "", err
	}
	if repo, is := repositoryAt(dir); is {
		return repo, nil
	}
	return "", refuse("give the directory that holds HEAD, objects and refs", "%s is not a Git repository", dir)
}

// repositoryAt returns dir, or dir/.git, if it is a repository as Git tells one (gitrepository-layout(5)).
func repositoryAt(dir string) (string, bool) {
	for _, d := range []string{dir, filepath.Join(dir, ".git")} {
		_, err := os.Lstat(filepath.Join(d, "HEAD"))
		if err == nil && isDir(filepath.Join(d, "objects")) && isDir(filepath.Join(d, "refs")) {
			return d, true
		}
	}
	return "", false
}

// checkLayout reports why Refward's hook would not be run in this repository, or would stop others from running.
func (s Server) checkLayout(repo string) error {
	for _, hook := range ServerHooks() {
		path := filepath.Join(repo, "hooks", hook)
		f, err := look(path)
		if err != nil {
			return err
		}
		delegate := f.condition == foreign && runsDirectory(f.text)
		switch {
		case s.Kind == Plain && delegate && isDir(path+".d"):
			return refuse(fmt.Sprintf("refward server install gitea %s", word(repo)),
				"%s runs every program in %s.d, as Gitea's does, and goes by its own name: it cannot be moved", path, path)
		case s.Kind == Gitea && !delegate:
			return refuse("let Gitea write its hooks first: gitea admin regenerate hooks",
				"%s does not run the programs in %s.d: Refward's would never be run", path, path)
		case s.Kind == Gitea && f.inert:
			return refuse("chmod +x "+word(path), "%s is not executable: Git ignores it", path)
		}
	}
	return nil
}

// runsDirectory reports whether a hook runs the programs of a directory, as Gitea's does: "for hook in
// ${GIT_DIR}/hooks/${hookname}.d/*".
func runsDirectory(text string) bool { return strings.Contains(text, ".d/") }

// hooksElsewhere returns the directory where Git looks for hooks, if it is not repo/hooks. It sees the configuration of
// the user who asks. An error says that it could not be found out.
func hooksElsewhere(ctx context.Context, repo string) (string, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return "", errors.New("no git on PATH")
	}
	// An explicit --git-dir is not subject to safe.directory: an administrator need not own the repository.
	out, err := git(ctx, repo, "--git-dir="+repo, "rev-parse", "--git-path", "hooks")
	if err != nil {
		return "", err
	}
	path := filepath.FromSlash(out)
	if !filepath.IsAbs(path) { // a relative core.hooksPath is relative to where hooks run, here the repository
		path = filepath.Join(repo, path)
	}
	if sameDir(path, filepath.Join(repo, "hooks")) {
		return "", nil
	}
	return path, nil
}

// depth is how many directories below the given one doctor looks for repositories: enough for HOST/GROUP/NAME.git.
const depth = 4

// repositories returns the repositories at or below Dir, and the directories that were not looked into.
func (s Server) repositories() (repos, unseen []string, err error) {
	root, err := filepath.Abs(s.Dir)
	if err != nil {
		return nil, nil, err
	}
	if repo, is := repositoryAt(root); is {
		return []string{repo}, nil, nil
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == root:
			return err
		case err != nil:
			unseen = append(unseen, path)
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0 && isDir(path):
			unseen = append(unseen, path)
			return nil
		case !d.IsDir():
			return nil
		}
		if repo, is := repositoryAt(path); is {
			repos = append(repos, repo)
			return fs.SkipDir
		}
		if rel, _ := filepath.Rel(root, path); rel != "." && strings.Count(rel, string(filepath.Separator))+1 >= depth {
			unseen = append(unseen, path)
			return fs.SkipDir
		}
		return nil
	})
	if err == nil && len(repos) == 0 {
		err = refuse("give a repository, or a directory of repositories", "no Git repository in %s", root)
	}
	return repos, unseen, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
