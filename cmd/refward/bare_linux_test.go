package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/refward/refward/internal/audit"
	"github.com/refward/refward/internal/odb/odbtest"
)

// nobody is the user that judges: not the one who owns the repository.
const nobody = 65534

// A box is a folder that becomes the root of a file system, as the environment of hooks on GitHub Enterprise Server does, with
// less in it than that has: the static program, a repository in the middle of a push, a policy and a place for the record. There is no
// git, no shell, no /dev, no /proc, no /tmp and no home.
type box struct {
	t    *testing.T
	dir  string
	attr *syscall.SysProcAttr // what makes it the root; nil = nobody may
	root string               // prefix of paths in it, as the program sees them
	env  []string
}

const boxPolicy = "version: 1\naudit: {file: %s/record/audit.jsonl}\n"

// newBox fills a box with the repository as a pre-receive hook of git saw it during a real push, quarantine and all.
func newBox(t *testing.T, unpackLimit, line string, initOptions ...string) *box {
	t.Helper()
	t.Setenv("CGO_ENABLED", "0") // static
	buildReceive(t)
	b := &box{t: t, dir: t.TempDir()}
	work, srv := t.TempDir(), t.TempDir()
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + work, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "BOX=" + b.dir,
			"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
			"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=1700000000 +0000",
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	git(work, append([]string{"init", "-q", "-b", "main", "--template=", "."}, initOptions...)...)
	git(srv, append([]string{"init", "-q", "-b", "main", "--template=", "--bare", "."}, initOptions...)...)
	git(srv, "config", "receive.unpackLimit", unpackLimit)
	commit := func(text, message string) {
		b.write(filepath.Join(work, "app.env"), text, 0o644)
		git(work, "add", "-A")
		git(work, "commit", "-q", "-m", message)
		git(work, "push", "-q", srv, "main")
	}
	commit("mode=test\n", "feat: start (#1)")
	git(srv, "commit-graph", "write", "--reachable")
	b.write(filepath.Join(srv, "hooks", "pre-receive"), `#!/bin/sh
cat >"$BOX/stdin" && env | grep -E '^GIT_(DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH)=' >"$BOX/env" && cp -R . "$BOX/srv.git"
`, 0o755)
	commit("mode=test\n"+line+"\n", "feat: more (#1)")
	program, err := exec.LookPath("refward-receive")
	if err != nil {
		t.Fatal(err)
	}
	if os.Link(program, filepath.Join(b.dir, "refward-receive")) != nil { // on another file system
		data, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		b.write(filepath.Join(b.dir, "refward-receive"), string(data), 0o755)
	}
	b.enter()
	b.write(filepath.Join(b.dir, "policy.yaml"), fmt.Sprintf(boxPolicy, b.root), 0o644)
	if err := errors.Join(os.Mkdir(filepath.Join(b.dir, "record"), 0o777), os.Chmod(filepath.Join(b.dir, "record"), 0o777)); err != nil {
		t.Fatal(err)
	}
	// Anybody may read, so that permissions are what a test makes of them.
	err = filepath.WalkDir(filepath.Dir(b.dir), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && path != filepath.Join(b.dir, "record") {
			err = os.Chmod(path, 0o755)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	env, err := os.ReadFile(filepath.Join(b.dir, "env"))
	if err != nil {
		t.Fatal(err)
	}
	b.env = strings.Split(strings.TrimSpace(strings.ReplaceAll(string(env), srv, b.root+"/srv.git")), "\n")
	if len(b.env) != 4 {
		t.Fatalf("git gave the hook %q", b.env)
	}
	return b
}

func (b *box) write(path, text string, mode fs.FileMode) {
	b.t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), mode), os.Chmod(path, mode))
	if err != nil {
		b.t.Fatal(err)
	}
}

// enter finds a way to make the box the root: as the superuser, or in a user namespace of its own (user_namespaces(7)). Where neither is
// allowed, the program runs beside everything that this machine has, and the log says so.
func (b *box) enter() {
	as := &syscall.Credential{Uid: nobody, Gid: nobody}
	ways := []*syscall.SysProcAttr{{Chroot: b.dir, Credential: as}, {
		Chroot: b.dir, Credential: &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: true}, Cloneflags: syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}},
	}}
	for _, attr := range ways {
		cmd := exec.Command("/refward-receive", "--version")
		cmd.SysProcAttr = attr
		cmd.Dir = "/"
		out, err := cmd.CombinedOutput()
		if err == nil {
			b.attr = attr
			return
		}
		b.t.Logf("no chroot: %v: %s", err, out)
	}
	b.root = b.dir
	b.t.Log("this system lets nobody make a root of a folder: /dev, /proc and /tmp are there, only git, the environment and the home are not")
}

// judge runs the program as pre-receive.
func (b *box) judge(env ...string) judgement {
	b.t.Helper()
	return b.hook("pre-receive", append(b.env, env...))
}

// hook runs the program in the box with what git gave the hook on its standard input, and with no variables but git's and the policy's.
func (b *box) hook(name string, env []string) judgement {
	b.t.Helper()
	stdin, err := os.Open(filepath.Join(b.dir, "stdin"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer stdin.Close()
	cmd := exec.Command(b.root+"/refward-receive", name)
	cmd.SysProcAttr, cmd.Stdin = b.attr, stdin
	cmd.Dir = b.root + "/srv.git"
	cmd.Env = append([]string{"REFWARD_POLICY=" + b.root + "/policy.yaml"}, env...)
	return run(b.t, cmd)
}

// recorded returns the decisions in the record of the box.
func (b *box) recorded() []audit.Record {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, "record", "audit.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.t.Fatal(err)
	}
	var all []audit.Record
	for line := range strings.Lines(string(data)) {
		var r audit.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			b.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestBare judges a real push with nothing around the program.
func TestBare(t *testing.T) {
	secret := "token=" + fakeSecrets()["GHP"]
	for name, limit := range map[string]string{"loose objects": "100", "pack": "1"} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, limit, secret)
			wants(t, b.judge(), 1, "error: push refused", "file app.env", "block secrets/github-pat, line 2")
			if j := b.judge(); strings.Contains(j.said, secret) {
				t.Errorf("it says the secret: %s", j.said)
			}
			if all := b.recorded(); len(all) != 2 || all[0].Verdict.Exit != 1 || len(all[0].Findings) != 1 || all[0].Findings[0].Rule != "secrets/github-pat" {
				t.Errorf("recorded is %+v", all)
			}
			b = newBox(t, limit, "mode=other")
			wants(t, b.judge(), 0)
			wants(t, b.hook("post-receive", []string{"GIT_DIR=."}), 0)
			if all := b.recorded(); len(all) != 2 || all[0].Kind != audit.Decision || all[0].Verdict.Exit != 0 ||
				all[1].Kind != audit.Applied || all[1].PushID != all[0].PushID {
				t.Errorf("recorded is %+v", all)
			}
		})
	}
}

// TestBareRefuses has what cannot be read, found or written, one thing at a time: each is told as what it is.
func TestBareRefuses(t *testing.T) {
	denied := func(words ...string) []string { return append(words, "permission denied") }
	unrecorded := denied("could not check: refward: the decision could not be recorded: ")
	incoming := "srv.git/objects/tmp_objdir-incoming-*"
	type spoiled struct {
		name  string
		close string                     // pattern of the files that may not be read
		env   func(b *box) []string      // or what git says wrongly
		do    func(t *testing.T, b *box) // or something else
		exit  int
		words []string
	}
	elsewhere := func(names ...string) func(b *box) []string {
		return func(b *box) (env []string) {
			for _, name := range names {
				env = append(env, name+"="+b.root+"/elsewhere")
			}
			return env
		}
	}
	both := []spoiled{
		{name: "nothing"},
		{name: "commit-graph, which only saves time", close: "srv.git/objects/info/commit-graph"},
		{name: "the quarantine", close: incoming, exit: 3, words: denied("could not check: refward: ")},
		{name: "all objects", close: "srv.git/objects", exit: 3, words: denied("could not check: refward: ")},
		{name: "folder of packs", close: "srv.git/objects/pack", exit: 3, words: denied("could not check: refward: ", "objects/pack")},
		{name: "ref", close: "srv.git/refs/heads/main", exit: 3, words: denied("could not check: refward: ", "refs/heads/main")},
		{name: "refs", close: "srv.git/refs", exit: 3, words: denied("could not check: refward: ")},
		{name: "HEAD", close: "srv.git/HEAD", exit: 3, words: denied("could not check: refward: ", "HEAD")},
		{name: "configuration", close: "srv.git/config", exit: 3, words: denied("could not check: refward: ", "config")},
		{name: "policy", close: "policy.yaml", exit: 2, words: denied("policy.yaml")},
		{name: "place of the record", close: "record", exit: 3, words: unrecorded},
		{name: "record in the repository, which is read-only", exit: 3, words: unrecorded, do: func(t *testing.T, b *box) {
			b.write(filepath.Join(b.dir, "policy.yaml"), "version: 1\n", 0o644)
			if err := os.Chmod(filepath.Join(b.dir, "srv.git"), 0o555); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = os.Chmod(filepath.Join(b.dir, "srv.git"), 0o755)
				b.write(filepath.Join(b.dir, "policy.yaml"), fmt.Sprintf(boxPolicy, b.root), 0o644)
			})
		}},
		{name: "told to use git", env: func(*box) []string { return []string{"REFWARD_READER=git"} }, exit: 3, words: []string{"no git program in PATH"}},
		{name: "told to log to a journal", env: func(*box) []string { return []string{"REFWARD_LOG=journald"} }, exit: 2,
			words: []string{"journald is not here, name a file", "/run/systemd/journal/socket"}},
		{name: "no quarantine where it is said to be", env: elsewhere("GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"), exit: 3,
			words: []string{"elsewhere", "no such file"}},
		{name: "no alternates where they are said to be", env: elsewhere("GIT_ALTERNATE_OBJECT_DIRECTORIES"), exit: 3, words: []string{"object not found"}},
		{name: "no repository where it is said to be", env: elsewhere("GIT_DIR"), exit: 3, words: []string{"elsewhere", "no such file"}},
	}
	for _, kind := range []struct {
		name, unpackLimit string
		tests             []spoiled
	}{
		{"loose objects", "100", []spoiled{
			{name: "folders of the push", close: incoming + "/[0-9a-f][0-9a-f]", exit: 3, words: denied("could not check: ")},
			{name: "objects of the push", close: incoming + "/[0-9a-f][0-9a-f]/*", exit: 3, words: denied("could not check: ")},
			{name: "objects of the repository", close: "srv.git/objects/[0-9a-f][0-9a-f]", exit: 3, words: denied("could not check: ")},
		}},
		{"packs", "1", []spoiled{
			{name: "pack of the push", close: incoming + "/pack/*.pack", exit: 3, words: denied("could not check: refward: ", ".pack")},
			{name: "index of the push", close: incoming + "/pack/*.idx", exit: 3, words: denied("could not check: refward: ", ".idx")},
			{name: "packs of the push", close: incoming + "/pack", exit: 3, words: denied("could not check: refward: ")},
			{name: "pack of the repository", close: "srv.git/objects/pack/*.pack", exit: 3, words: denied("could not check: refward: ", ".pack")},
		}},
	} {
		b := newBox(t, kind.unpackLimit, "mode=other")
		for _, test := range slices.Concat(both, kind.tests) {
			t.Run(kind.name+"/"+test.name, func(t *testing.T) {
				if b.attr == nil && os.Getuid() == 0 && slices.Contains(test.words, "permission denied") {
					t.Log("the superuser, who is not kept in the box here, may read and write everything")
					return
				}
				var env []string
				switch {
				case test.close != "":
					b.close(t, test.close)
				case test.env != nil:
					env = test.env(b)
				case test.do != nil:
					test.do(t, b)
				}
				if b.attr == nil && test.name == "told to log to a journal" {
					return // there may be one
				}
				wants(t, b.judge(env...), test.exit, test.words...)
			})
		}
	}
}

// close takes all permissions from the files of the box that a pattern names, until the test ends.
func (b *box) close(t *testing.T, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(b.dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%q names %q: %v", pattern, paths, err)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil {
			err = os.Chmod(path, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, info.Mode().Perm()) })
	}
}

// TestBareNeedsGit: a repository that only git can read is refused where there is none, and says what of it git is needed for.
func TestBareNeedsGit(t *testing.T) {
	b := newBox(t, "100", "mode=other", "--object-format=sha256")
	wants(t, b.judge(), 3, "could not check", "objectformat", "sha256", "git: ", "executable file not found")
}

// TestBareWithoutStdin closes the standard input. Go's runtime puts /dev/null in its place before the program begins, and where there is
// none it ends the process with 2, which refuses the push as well.
func TestBareWithoutStdin(t *testing.T) {
	b := newBox(t, "100", "mode=other")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p, err := os.StartProcess(b.root+"/refward-receive", []string{"refward-receive", "pre-receive"}, &os.ProcAttr{
		Dir: b.root + "/srv.git", Env: append(b.env, "REFWARD_POLICY="+b.root+"/policy.yaml"), Files: []*os.File{nil, write, write}, Sys: b.attr,
	})
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(io.LimitReader(read, 1<<20))
	state, waitErr := p.Wait()
	if err = errors.Join(err, waitErr); err != nil {
		t.Fatal(err)
	}
	want, exit := "standard file descriptor 0 closed, unable to open /dev/null", 2
	if b.attr == nil {
		want, exit = "stdin: no ref update", 3
	}
	if state.ExitCode() != exit || !strings.Contains(string(said), want) {
		t.Errorf("%v, %s", state, said)
	}
}

// TestFullLog: an operator's log on a full disk is no business of the pusher's.
func TestFullLog(t *testing.T) {
	d := deliver(t, "")
	p := odbtest.NewPack()
	tip := p.AddCommit("feat: more (#1)", p.Add("tree", odbtest.Entry("100644", "file", p.Add("blob", "good\n"))))
	d.pack(p)
	d.environ = append(d.environ, "REFWARD_LOG=/dev/full")
	if j := d.judge("builtin", tip); j.exit != 0 || j.said != "success: refward accepted 1 commit" {
		t.Errorf("exit code %d: %s", j.exit, j.said)
	}
}
