package installer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Doctor says how the server hooks of a repository, or of all repositories in a tree, are. In a tree a repository
// without pre-receive hook is one diagnosis. What it says of core.hooksPath and of the record holds for the user who asks.
func (s Server) Doctor(ctx context.Context) ([]Diagnosis, error) {
	repos, unseen, err := s.repositories()
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(s.Dir)
	if err != nil {
		return nil, err
	}
	usual, err := s.usualPolicy(repos)
	if err != nil {
		return nil, err
	}
	var all, about []Diagnosis
	var needed []string // files that judge
	policies, records := map[string]PolicyFacts{}, map[string]bool{}
	for _, repo := range repos {
		found, hooks, err := s.diagnose(ctx, repo, usual)
		if err != nil {
			return nil, err
		}
		single := repo == root || filepath.Dir(repo) == root && filepath.Base(repo) == ".git"
		switch {
		case single:
		case len(hooks) == 0 || hooks[0].path != s.path(repo, "pre-receive"):
			found = []Diagnosis{{repo, Uncovered, found[0].Detail, found[0].Hint}}
		default:
			for i := range found {
				found[i].Subject = repo + " " + found[i].Subject
			}
		}
		all = append(all, found...)
		for _, h := range hooks {
			policy := filepath.FromSlash(h.policy)
			facts, known := policies[policy]
			if !known {
				var said []Diagnosis
				facts, said = readPolicy(s.ReadPolicy, policy)
				policies[policy], about = facts, append(about, said...)
			}
			needed = append(needed, filepath.FromSlash(h.program), facts.File, h.path)
			record := facts.Record
			if record == "" {
				record = filepath.Join(repo, "refward", "audit.jsonl")
			}
			if !records[record] {
				records[record] = true
				about = append(about, s.recordable(record, repo))
			}
		}
	}
	all = append(all, about...)
	told := map[string]bool{"": true}
	for _, path := range needed {
		if told[path] {
			continue
		}
		told[path] = true
		for _, d := range exposed(path) {
			if subject := "exposed " + d.Subject; !told[subject] {
				told[subject] = true
				all = append(all, d)
			}
		}
	}
	for _, path := range unseen {
		all = append(all, Diagnosis{path, Unseen, unlooked(), s.command("doctor", path).plain()})
	}
	return all, nil
}

// usualPolicy returns the policy that all the repositories' hooks name, if it is one.
func (s Server) usualPolicy(repos []string) (string, error) {
	var all []shim
	for _, repo := range repos {
		shims, err := s.present(repo)
		if err != nil {
			return "", err
		}
		all = append(all, shims...)
	}
	policy, err := agreed(all, "policy", func(h shim) string { return h.policy })
	if err != nil {
		return "", nil // there is no usual one
	}
	return policy, nil
}

type serverHook struct {
	shim
	path string
}

// diagnose says how the hooks of one repository are, pre-receive first, and which of them are ours,
// edited ones too. Its hints name the
// policy that the hooks have, or else the usual one, unless there is a given one.
func (s Server) diagnose(ctx context.Context, repo, usual string) ([]Diagnosis, []serverHook, error) {
	var all []Diagnosis
	var hooks []serverHook
	there, err := s.present(repo)
	if err != nil {
		return nil, nil, err
	}
	typed := s
	for _, h := range there {
		typed.Policy = cmp.Or(typed.Policy, filepath.FromSlash(h.policy))
	}
	if len(there) == 0 {
		typed.Policy = cmp.Or(typed.Policy, usual)
	}
	there = runnable(there)
	if _, err := agreed(there, "program", func(h shim) string { return h.program }); err != nil { // install would ask
		typed.Program = cmp.Or(typed.Program, filepath.FromSlash(there[0].program))
	}
	elsewhere, unknown := hooksElsewhere(ctx, repo)
	for _, hook := range ServerHooks() {
		path := s.path(repo, hook)
		d, err := examine(path, s.shim(hook), typed.command("install", repo))
		if err != nil {
			return nil, nil, err
		}
		f, err := look(path)
		if err != nil {
			return nil, nil, err
		}
		if f.condition == ours || f.condition == edited {
			hooks = append(hooks, serverHook{f.shim, path})
		}
		var refused *Refusal
		switch {
		case elsewhere != "": // install refuses then, and so this comes first
			besides := ""
			if d.State != OK {
				besides = "; besides, " + d.Detail
			}
			d.State, d.Detail = Shadowed, "core.hooksPath makes Git look for hooks in "+elsewhere+besides
			d.Hint = "as the user that runs Git: git -C " + word(repo) + " config --show-origin core.hooksPath, and unset it"
		case (d.State == Missing || d.State == NotOurs) && errors.As(typed.checkLayout(repo), &refused): // what install would say
			d.Detail, d.Hint = refused.Reason, refused.Hint
		case s.Kind == Gitea && d.State == OK:
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
