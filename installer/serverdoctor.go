package installer

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Doctor says how the server hooks of a repository, or of all repositories in a tree, are. In a tree a repository
// without pre-receive hook is one diagnosis.
func (s Server) Doctor(ctx context.Context) ([]Diagnosis, error) {
	repos, unseen, err := s.repositories()
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(s.Dir)
	if err != nil {
		return nil, err
	}
	var all []Diagnosis
	var needed []string // programs and policies, each once
	seen := map[string]bool{}
	need := func(path string, policy bool) {
		if path == "" || seen[path] {
			return
		}
		seen[path] = true
		if policy && s.CheckPolicy != nil {
			if err := s.CheckPolicy(path); err != nil {
				all = append(all, Diagnosis{path, Broken, err.Error(), "refward policy check " + word(path)})
			}
		}
		needed = append(needed, path)
	}
	for _, repo := range repos {
		found, hooks, err := s.diagnose(ctx, repo)
		if err != nil {
			return nil, err
		}
		single := repo == root || filepath.Dir(repo) == root && filepath.Base(repo) == ".git"
		if !single && (found[0].State == Missing || found[0].State == NotOurs) {
			found = []Diagnosis{{repo, Uncovered, found[0].Detail, found[0].Hint}}
		} else if !single {
			for i := range found {
				found[i].Subject = repo + " " + found[i].Subject
			}
		}
		all = append(all, found...)
		for _, h := range hooks {
			need(filepath.FromSlash(h.program), false)
			need(filepath.FromSlash(h.policy), true)
			needed = append(needed, h.path)
		}
	}
	told := map[string]bool{}
	for _, path := range needed {
		for _, d := range exposed(path) {
			if !told[d.Subject] {
				told[d.Subject] = true
				all = append(all, d)
			}
		}
	}
	for _, path := range unseen {
		all = append(all, Diagnosis{path, Unseen, fmt.Sprintf("a link, unreadable, or more than %d directories deep", depth),
			fmt.Sprintf("refward server doctor %s %s", s.Kind, word(path))})
	}
	return all, nil
}

type serverHook struct {
	shim
	path string
}

// diagnose says how the hooks of one repository are, pre-receive first, and which of them are ours.
func (s Server) diagnose(ctx context.Context, repo string) ([]Diagnosis, []serverHook, error) {
	var all []Diagnosis
	var hooks []serverHook
	again := command{"refward server install", fmt.Sprintf(" %s %s", s.Kind, word(repo))}
	if s.Policy != "" {
		again.verb += " --policy " + word(s.Policy)
	}
	elsewhere, unknown := hooksElsewhere(ctx, repo)
	for _, hook := range ServerHooks() {
		path := s.path(repo, hook)
		d, err := examine(path, s.shim(hook), again)
		if err != nil {
			return nil, nil, err
		}
		f, err := look(path)
		if err != nil {
			return nil, nil, err
		}
		if f.condition == ours {
			hooks = append(hooks, serverHook{f.shim, path})
		}
		if d.State == OK && elsewhere != "" {
			d.State, d.Detail = Shadowed, "core.hooksPath makes Git look for hooks in "+elsewhere
			d.Hint = "as the user that runs Git: git -C " + word(repo) + " config --show-origin core.hooksPath, and unset it"
		}
		if s.Kind == Gitea && d.State == OK {
			if d, err = s.delegate(repo, hook, d); err != nil {
				return nil, nil, err
			}
		}
		all = append(all, d)
	}
	if unknown != nil {
		all = append(all, Diagnosis{"core.hooksPath", Unseen, unknown.Error(), ""})
	}
	return all, hooks, nil
}

// delegate looks whether Gitea's own hook would run ours, which is well by itself.
func (s Server) delegate(repo, hook string, d Diagnosis) (Diagnosis, error) {
	path := filepath.Join(repo, "hooks", hook)
	f, err := look(path)
	switch {
	case err != nil:
		return d, err
	case f.condition != foreign || !runsDirectory(f.text):
		d.State, d.Detail, d.Hint = Broken, path+" does not run the programs in "+path+".d", "gitea admin regenerate hooks"
	case f.inert:
		d.State, d.Detail, d.Hint = NotExecutable, "Git ignores "+path+", which should run Refward's", "chmod +x "+word(path)
	}
	return d, nil
}

// exposed warns of a file, or of the directory that holds it, which others than its owner may write: they could
// replace what judges them. Both ends of a symbolic link count. On Windows the mode says nothing.
func exposed(path string) []Diagnosis {
	if runtime.GOOS == "windows" {
		return nil
	}
	paths := []string{path, filepath.Dir(path)}
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		paths = append(paths, filepath.Dir(real))
	}
	var all []Diagnosis
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || info.Mode().Perm()&0o022 == 0 || info.IsDir() && info.Mode()&fs.ModeSticky != 0 {
			continue // in a sticky directory only its owner replaces a file (inode(7))
		}
		all = append(all, Diagnosis{p, Exposed, fmt.Sprintf("others than its owner may write it (%s)", info.Mode()), "chmod go-w " + word(p)})
	}
	return all
}
