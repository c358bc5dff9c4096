package installer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServerDoctor(t *testing.T) {
	ctx := context.Background()
	g := newGate(t, Plain)
	g.ReadPolicy = func(path string) (PolicyFacts, error) {
		equal(t, "policy", path, filepath.Join(g.root, "etc/it's a policy.yaml"))
		return PolicyFacts{File: path}, nil
	}
	const record = "ROOT/srv/it's.git/refward/audit.jsonl: ok\n"
	hook := filepath.Join(g.hooks, "pre-receive")
	equal(t, "before", g.states(g.Doctor(ctx)), "pre-receive: missing\npost-receive: missing\n")
	g.put()
	equal(t, "after", g.states(g.Doctor(ctx)), "pre-receive: ok\npost-receive: ok\n"+record)

	s := g.Server
	s.Policy = filepath.Join(g.root, "other.yaml")
	equal(t, "another policy", g.states(s.Doctor(ctx)), "pre-receive: stale\npost-receive: stale\n"+record)
	s.Policy, s.Program = "", ""
	equal(t, "any policy and program", g.states(s.Doctor(ctx)), "pre-receive: ok\npost-receive: ok\n"+record)
	other := g.fake("bin/other")
	s.Program = other
	equal(t, "another program", g.states(s.Doctor(ctx)), "pre-receive: stale\npost-receive: stale\n"+record)
	hint := func(what, want string) {
		t.Helper()
		all, _ := s.Doctor(ctx)
		equal(t, what, all[0].Hint, want)
	}
	hint("hint for another program", "refward server install --policy "+word(g.Policy)+" --receive "+word(s.Program)+" plain "+word(g.Dir))
	s.ReadPolicy = func(path string) (PolicyFacts, error) { return PolicyFacts{File: path}, errors.New("line 1: no") }
	s.Program = ""
	equal(t, "a bad policy", g.states(s.Doctor(ctx)), "pre-receive: ok\npost-receive: ok\nROOT/etc/it's a policy.yaml: broken\n"+record)
	s.ReadPolicy = func(path string) (PolicyFacts, error) { return PolicyFacts{File: path, Off: true}, nil }
	all, err := s.Doctor(ctx)
	equal(t, "a policy that is off", g.states(all, err), "pre-receive: ok\npost-receive: ok\nROOT/etc/it's a policy.yaml: off\n"+record)
	equal(t, "off is a warning", all[2].Warning() && !all[2].Problem(), true)
	contains(t, "detail", all[2].Detail, "nothing is judged")

	data, _ := os.ReadFile(hook)
	g.file(hook, string(data), 0o644)
	equal(t, "not executable", g.states(g.Doctor(ctx)), "pre-receive: not executable\npost-receive: ok\n"+record)
	hint("hint", "chmod +x "+word(hook))
	g.file(hook, string(data)+"\n", 0o755)
	equal(t, "edited", g.states(g.Doctor(ctx)), "pre-receive: edited\npost-receive: ok\n"+record)
	hint("hint", "refward server install --policy "+word(g.Policy)+" --force plain "+word(g.Dir))
	g.file(hook, "#!/bin/sh\n", 0o755)
	equal(t, "somebody else's", g.states(g.Doctor(ctx)), "pre-receive: not ours\npost-receive: ok\n"+record)
	hint("hint with the other hook's policy", "refward server install --policy "+word(g.Policy)+" plain "+word(g.Dir))
	for program, receive := range map[string]string{"/gone": "", other: " --receive " + word(other)} { // install would ask which of two
		g.file(hook, strings.Replace(string(data), quote(g.Program), quote(program), 1), 0o755)
		hint("hint with "+program, "refward server install --policy "+word(g.Policy)+receive+" --force plain "+word(g.Dir))
	}
	g.file(hook, string(data), 0o755)
	g.git(g.Dir, "config", "core.hooksPath", "elsewhere")
	equal(t, "shadowed", g.states(g.Doctor(ctx)), "pre-receive: shadowed\npost-receive: shadowed\n"+record)
	g.takeOut()
	all, err = g.Doctor(ctx)
	equal(t, "shadowed before anything is there", g.states(all, err), "pre-receive: shadowed\npost-receive: shadowed\n")
	contains(t, "detail", all[0].Detail, "core.hooksPath makes Git look for hooks in "+filepath.Join(g.Dir, "elsewhere"), "besides, no "+hook)
	contains(t, "hint", all[0].Hint, "config --show-origin core.hooksPath, and unset it")
	g.git(g.Dir, "config", "--unset", "core.hooksPath")
	g.put()
	os.Remove(g.Program)
	equal(t, "no program", g.states(g.Doctor(ctx)), "pre-receive: stale\npost-receive: stale\n"+record)
}

func TestServerDoctorWarnsOfWhatOthersMayWrite(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"bin/refward", "bin", "etc/it's a policy.yaml", "etc", "srv/it's.git/hooks/pre-receive", "srv/it's.git/hooks"} {
		g := newGate(t, Plain)
		g.put()
		path := filepath.Join(g.root, name)
		if err := os.Chmod(path, mustLstat(t, path).Mode().Perm()|0o020); err != nil {
			t.Fatal(err)
		}
		all, err := g.Doctor(ctx)
		equal(t, name, g.states(all, err), "pre-receive: ok\npost-receive: ok\nROOT/srv/it's.git/refward/audit.jsonl: ok\nROOT/"+name+": exposed\n")
		last := all[len(all)-1]
		equal(t, "hint", last.Hint, "chmod go-w "+word(path))
		equal(t, "a problem", last.Problem(), false)
	}
	// The other end of a link counts, a sticky directory does not.
	g := newGate(t, Plain)
	real := g.fake("real/refward")
	os.Remove(g.Program)
	if err := os.Symlink(real, g.Program); err != nil {
		t.Fatal(err)
	}
	g.put()
	if err := errors.Join(os.Chmod(filepath.Dir(real), 0o777), os.Chmod(filepath.Dir(g.Policy), 0o777|os.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	equal(t, "doctor", g.states(g.Doctor(ctx)), "pre-receive: ok\npost-receive: ok\nROOT/srv/it's.git/refward/audit.jsonl: ok\nROOT/real: exposed\n")
}

func TestServerDoctorOfATree(t *testing.T) {
	ctx := context.Background()
	g := newGate(t, Plain)
	g.put()
	g.repo("srv/a/b/uncovered.git", "--bare")
	g.repo("srv/worktree")
	half := g.Server
	half.Dir = g.repo("srv/a/half.git", "--bare")
	if _, err := half.Install(ctx); err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(half.Dir, "hooks/post-receive"))
	g.repo("srv/1/2/3/4/deep.git", "--bare")
	if err := os.Symlink(g.client, filepath.Join(g.root, "srv/link")); err != nil {
		t.Fatal(err)
	}
	s := g.Server
	s.Dir = filepath.Join(g.root, "srv")
	all, err := s.Doctor(ctx)
	equal(t, "doctor", g.states(all, err), "ROOT/srv/a/b/uncovered.git: not covered\n"+
		"ROOT/srv/a/half.git pre-receive: ok\nROOT/srv/a/half.git post-receive: missing\n"+
		"ROOT/srv/it's.git pre-receive: ok\nROOT/srv/it's.git post-receive: ok\n"+
		"ROOT/srv/worktree/.git: not covered\n"+
		"ROOT/srv/a/half.git/refward/audit.jsonl: ok\nROOT/srv/it's.git/refward/audit.jsonl: ok\n"+
		"ROOT/srv/1/2/3/4: not looked at\nROOT/srv/link: not looked at\n")
	equal(t, "hint", all[0].Hint, "refward server install --policy "+word(g.Policy)+" --receive "+word(g.Program)+" plain "+word(filepath.Join(g.root, "srv/a/b/uncovered.git")))
	equal(t, "hint for what was not looked at", all[len(all)-1].Hint,
		"refward server doctor --policy "+word(g.Policy)+" --receive "+word(g.Program)+" plain "+word(filepath.Join(g.root, "srv/link")))
	s.Policy, s.Program = "", ""
	all, _ = s.Doctor(ctx)
	equal(t, "hint with the policy of the others", all[0].Hint, "refward server install --policy "+word(g.Policy)+" plain "+word(filepath.Join(g.root, "srv/a/b/uncovered.git")))
	g.git(filepath.Join(g.root, "srv/a/b/uncovered.git"), "config", "core.hooksPath", "elsewhere")
	all, _ = s.Doctor(ctx)
	equal(t, "not covered, with core.hooksPath", all[0].State, Uncovered)
	contains(t, "not covered, with core.hooksPath", all[0].Detail, "core.hooksPath")
	equal(t, "not covered is a problem", all[0].Problem(), true)
	s.Dir = filepath.Join(g.root, "bin")
	_, err = s.Doctor(ctx)
	refusal(t, err, "no Git repository in "+s.Dir)
	s.Dir = filepath.Join(g.root, "links")
	if err := errors.Join(os.Mkdir(s.Dir, 0o755), os.Symlink(g.Dir, filepath.Join(s.Dir, "a.git"))); err != nil {
		t.Fatal(err)
	}
	_, err = s.Doctor(ctx)
	refusal(t, err, "no Git repository in "+s.Dir, "a.git was not looked at: a link", "refward server doctor plain "+word(filepath.Join(s.Dir, "a.git")))
}

func TestGiteaDoctor(t *testing.T) {
	ctx := context.Background()
	g := newGate(t, Gitea)
	equal(t, "before", g.states(g.Doctor(ctx)), "pre-receive: missing\npost-receive: missing\n")
	const record = "ROOT/srv/it's.git/refward/audit.jsonl: ok\n"
	g.put()
	equal(t, "after", g.states(g.Doctor(ctx)), "pre-receive: ok\npost-receive: ok\n"+record)
	g.file(filepath.Join(g.hooks, "pre-receive"), giteaDelegate, 0o644)
	g.file(filepath.Join(g.hooks, "post-receive"), "#!/bin/sh\n", 0o755)
	equal(t, "no delegates", g.states(g.Doctor(ctx)), "pre-receive: not executable\npost-receive: broken\n"+record)
	g.takeOut()
	all, err := g.Doctor(ctx)
	equal(t, "neither", g.states(all, err), "pre-receive: missing\npost-receive: missing\n")
	contains(t, "hint", all[0].Hint, "chmod +x ") // what install would say
}
