package installer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	Kind  Kind
	Dir   string // the repository: bare, or a work tree with its .git directory. For Doctor also a tree of repositories
	Force bool   // write over, or delete, a shim that somebody changed

	// Program is the absolute path of refward-receive. Without it Install keeps the one that the hooks there run, or else
	// takes Beside, and Doctor takes any.
	Program string
	Beside  string

	// Policy is the absolute path of the policy. Without it Install keeps the one that the hooks there name; if they name
	// none, the program looks for its own default at each push. Doctor takes any.
	Policy string

	// ReadPolicy reads a policy file, or, without a path, the program's own default, and reports why it cannot be used. It
	// may be nil.
	ReadPolicy func(path string) (PolicyFacts, error)
}

// PolicyFacts are what the installer needs to know of a policy.
type PolicyFacts struct {
	File   string // where it was read, or should have been; "" = it is built in
	Record string // absolute path of the record of decisions; "" = in the repository
	Off    bool   // nothing is judged
}

// Install puts the hooks into one repository. Nothing is changed if any of them cannot be put in. Program and policy of
// hooks of ours that are there are kept, unless others are given.
func (s Server) Install(ctx context.Context) (Result, error) {
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
	if s, done.Notes, err = s.keep(repo); err != nil {
		return Result{}, err
	}
	if err := checkProgram(s.Program); err != nil {
		return Result{}, err
	}
	if s.Policy != "" && s.ReadPolicy != nil {
		if _, err := s.ReadPolicy(s.Policy); err != nil {
			return Result{}, refuse("refward policy check "+word(s.Policy), "%v", err)
		}
	}
	switch elsewhere, err := hooksElsewhere(ctx, repo); {
	case err != nil:
		done.Warnings = append(done.Warnings, "core.hooksPath is not looked at: "+err.Error())
	case elsewhere != "":
		return Result{}, refuse("as the user that runs Git: git -C "+word(repo)+" config --show-origin core.hooksPath, and unset it",
			"core.hooksPath makes Git look for hooks in %s, not in %s", elsewhere, filepath.Join(repo, "hooks"))
	}
	var jobs []job
	for _, hook := range ServerHooks() {
		jobs = append(jobs, job{path: s.path(repo, hook), want: s.shim(hook), chain: s.Kind == Plain, force: s.Force})
	}
	installed, err := perform(jobs)
	if err != nil {
		done.Notes = nil // they tell how the hooks are, and they are not yet
	}
	done.Steps = installed.Steps
	return done, err
}

// keep returns s with program and policy of the hooks that are there where s has none, and a note about each.
func (s Server) keep(repo string) (Server, []string, error) {
	shims, err := s.present(repo)
	if err != nil {
		return s, nil, err
	}
	var notes []string
	program := ""
	switch one, err := agreed(runnable(shims), "program", func(h shim) string { return h.program }); {
	case s.Program != "":
	case err != nil:
		return s, nil, refuse("say which one they are to run: add --receive PATH", "%v", err)
	case one == "" && len(shims) > 0:
		gone := filepath.FromSlash(shims[0].program)
		s.Program, program = s.Beside, fmt.Sprintf(", for %s %s", gone, unrunnable(gone))
	case one == "":
		s.Program = s.Beside
	default:
		s.Program, program = one, ", kept from before; --receive names another"
	}
	notes = append(notes, "they run "+s.Program+program)

	one, err := agreed(shims, "policy", func(h shim) string { return h.policy })
	switch {
	case s.Policy != "":
		notes = append(notes, "their policy is "+s.Policy)
	case err != nil:
		return s, nil, refuse("say which one they are to use: add --policy FILE", "%v", err)
	case one != "":
		s.Policy = one
		notes = append(notes, "their policy is "+one+", kept from before; --policy names another")
	default:
		notes = append(notes, "they name no policy: it is what REFWARD_POLICY names where Git runs, or /etc/refward/policy.yaml, or the preset starter")
	}
	return s, notes, nil
}

// present returns the shims of ours in a repository, pre-receive first, edited ones too.
func (s Server) present(repo string) ([]shim, error) {
	var all []shim
	for _, hook := range ServerHooks() {
		f, err := look(s.path(repo, hook))
		if err != nil {
			return nil, err
		}
		if f.condition == ours || f.condition == edited {
			all = append(all, f.shim)
		}
	}
	return all, nil
}

// runnable returns the shims whose program can be run.
func runnable(shims []shim) []shim {
	return slices.DeleteFunc(slices.Clone(shims), func(h shim) bool { return unrunnable(filepath.FromSlash(h.program)) != "" })
}

// agreed returns the path that all the shims have; "" when there is none.
func agreed(shims []shim, what string, of func(shim) string) (string, error) {
	for _, h := range shims {
		if of(h) != of(shims[0]) {
			return "", fmt.Errorf("the hooks that are there do not have the same %s: %s has %q, %s has %q", what, shims[0].hook, of(shims[0]), h.hook, of(h))
		}
	}
	if len(shims) == 0 {
		return "", nil
	}
	return filepath.FromSlash(of(shims[0])), nil
}

// command is what to type for a server command of the same kind about dir, with the same policy and program.
func (s Server) command(verb, dir string) command {
	c := command{"refward server " + verb, fmt.Sprintf(" %s %s", s.Kind, word(dir))}
	if s.Policy != "" {
		c.verb += " --policy " + word(s.Policy)
	}
	if s.Program != "" {
		c.verb += " --receive " + word(s.Program)
	}
	return c
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
			s.Kind = Gitea
			return refuse(s.command("install", repo).plain(),
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

// unlooked says why a directory was not looked into.
func unlooked() string {
	return fmt.Sprintf("a link, unreadable, or more than %d directories deep", depth)
}

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
		if len(unseen) > 0 {
			err = refuse(s.command("doctor", unseen[0]).plain(), "no Git repository in %s, but %s was not looked at: %s", root, unseen[0], unlooked())
		}
	}
	return repos, unseen, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
