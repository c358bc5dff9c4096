//go:build unix

package gitio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
)

// script writes a program that stands in for git. $GIT is the real one.
func script(t testing.TB, lines ...string) string {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "git")
	text := "#!/bin/sh\nGIT=" + git + "\nlog=" + path + ".log\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll reads a push to a new ref and everything in it.
func readAll(ctx context.Context, r *Repo, tip string) (string, error) {
	c, err := r.Push(ctx, []analyzers.RefUpdate{{Ref: "refs/heads/x", Old: zeros(tip), New: tip}}, PushOptions{})
	if err != nil {
		return "", err
	}
	for _, err := range c.Blobs(ctx, nil) {
		if err != nil {
			return "", err
		}
	}
	return describe(c)
}

func (f *fixture) loose(id string) string { return filepath.Join(f.dir, "objects", id[:2], id[2:]) }

// TestDamage damages the repository in many ways. Each must be an error that names what is wrong.
func TestDamage(t *testing.T) { readers(t, testDamage) }

func testDamage(t *testing.T) {
	overwrite := func(t *testing.T, path, text string) {
		t.Helper()
		_ = os.Chmod(path, 0o644)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, object := range map[string]string{
		"blob": "tip:a.txt", "blob in a directory": "tip:dir/b.txt", "tree": "tip^{tree}", "inner tree": "tip:dir",
		"commit": "tip", "parent": "tip~1", "parent's tree": "tip~1^{tree}", "parent's blob": "tip~1:a.txt",
	} {
		for how, damage := range map[string]func(t *testing.T, path string){
			"missing": func(t *testing.T, path string) {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			},
			"empty":   func(t *testing.T, path string) { overwrite(t, path, "") },
			"corrupt": func(t *testing.T, path string) { overwrite(t, path, "\x78\x01garbage") },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				f := damaged(t)
				id, tip := f.id(object), f.id("tip")
				f.git("update-ref", "-d", "refs/tags/tip")
				damage(t, f.loose(id))
				out, err := readAll(t.Context(), f.open(), tip)
				if err == nil || !strings.Contains(err.Error(), id) && !strings.Contains(err.Error(), id[:2]+"/"+id[2:]) {
					t.Errorf("%s: %v\n%s", id, err, out)
				}
			})
		}
	}
	t.Run("pack cut off", func(t *testing.T) {
		f := damaged(t)
		tip := f.id("tip")
		f.git("repack", "-a", "-d", "-q")
		f.git("update-ref", "-d", "refs/tags/tip")
		packs, _ := filepath.Glob(filepath.Join(f.dir, "objects/pack/*.pack"))
		if len(packs) != 1 {
			t.Fatalf("packs %q", packs)
		}
		_ = os.Chmod(packs[0], 0o644)
		if err := os.Truncate(packs[0], 100); err != nil {
			t.Fatal(err)
		}
		r, err := Open(t.Context(), Options{Dir: f.dir, Environ: f.environ(), Reader: readerOf(t)})
		if err != nil {
			if !strings.Contains(err.Error(), filepath.Base(packs[0])) {
				t.Error(err)
			}
			return
		}
		defer r.Close()
		if out, err := readAll(t.Context(), r, tip); err == nil {
			t.Errorf("no error, but %s", out)
		}
	})
}

// damaged returns a bare repository whose new commit "tip" has a parent, files and a directory, all loose.
func damaged(t *testing.T) *fixture {
	f := newFixture(t, "--bare")
	blob := func(text string) string { return f.object("blob", text) }
	first := f.commitTree("first", f.object("tree", entry("100644", "a.txt", blob("one\n"))))
	tree := f.object("tree", entry("100644", "a.txt", blob("two\n"))+entry("40000", "dir", f.object("tree", entry("100644", "b.txt", blob("b\n")))))
	f.git("update-ref", "refs/tags/tip", f.commitTree("tip", tree, first))
	return f
}

// TestFailedRequests asks for what is not there and then for what is.
func TestFailedRequests(t *testing.T) { readers(t, testFailedRequests) }

func testFailedRequests(t *testing.T) {
	f := damaged(t)
	tip, blob := f.id("tip"), f.id("tip:a.txt")
	f.git("update-ref", "-d", "refs/tags/tip")
	f.git("update-ref", "refs/heads/main", tip)
	r := f.open()
	good := func(after string) {
		t.Helper()
		if data, err := r.ReadFile(t.Context(), "HEAD", "a.txt", 100); string(data) != "two\n" || err != nil {
			t.Errorf("after %s: %q, %v", after, data, err)
		}
	}
	absent := strings.Repeat("1", 40)
	_, err := readAll(t.Context(), r, absent)
	if err == nil || !strings.Contains(err.Error(), absent) || !strings.Contains(err.Error(), "refs/heads/x") {
		t.Errorf("a push of what is not there: %v", err)
	}
	good("a missing object")
	for name, want := range map[string]string{"b.txt": "", "dir": "is a tree", "dir/c": "", "*": "", ":a.txt": "", "a.txt\n": "", "": ""} {
		_, err := r.ReadFile(t.Context(), "HEAD", name, 100)
		if err == nil || errors.Is(err, ErrNotExist) != (want == "") || !strings.Contains(err.Error(), want) {
			t.Errorf("file %q: %v", name, err)
		}
	}
	good("missing files")
	if _, err := r.ReadFile(t.Context(), "HEAD", "a.txt", 3); err == nil || !strings.Contains(err.Error(), "at most 3") {
		t.Errorf("a file that is too large: %v", err)
	}
	for _, rev := range []string{"nothing", "", "a\nb", "--all", absent} {
		if _, err := r.ReadFile(t.Context(), rev, "a.txt", 100); err == nil || !errors.Is(err, ErrNotExist) && rev != absent {
			t.Errorf("file of revision %q: %v", rev, err)
		}
		if _, err := r.Resolve(t.Context(), rev); !errors.Is(err, ErrNotExist) {
			t.Errorf("revision %q: %v", rev, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the time is over"))
	if _, err := readAll(ctx, r, tip); err == nil || !strings.Contains(err.Error(), "the time is over") {
		t.Errorf("with a context that is done: %v", err)
	}
	good("a cancelled request")
	// A policy file that cannot be read is not one that is missing.
	if err := os.Remove(f.loose(blob)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadFile(t.Context(), "HEAD", "a.txt", 100); err == nil || errors.Is(err, ErrNotExist) {
		t.Errorf("a file without its blob: %v", err)
	}
	if err := os.Remove(f.loose(tip)); err != nil {
		t.Fatal(err)
	}
	r = f.open()
	if _, err := r.ReadFile(t.Context(), "HEAD", "a.txt", 100); err == nil || errors.Is(err, ErrNotExist) {
		t.Errorf("a file of a missing commit: %v", err)
	}
	if _, err := newFixture(t).open().ReadFile(t.Context(), "HEAD", "a.txt", 100); !errors.Is(err, ErrNotExist) {
		t.Errorf("a file of an unborn branch: %v", err)
	}
}

// TestCancelMidway ends the context while git works: the error says so, and the Repo goes on.
func TestCancelMidway(t *testing.T) {
	f := damaged(t)
	tip := f.id("tip")
	f.git("update-ref", "-d", "refs/tags/tip")
	for _, command := range []string{"cat-file", "rev-list", "for-each-ref", "diff-tree"} {
		slow := script(t, `case " $* " in *" `+command+` "*) [ -e $log ] || { echo $$ >$log; exec sleep 60; };; esac`, `exec $GIT "$@"`)
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			for {
				if _, err := os.Stat(slow + ".log"); err == nil {
					cancel(errors.New("the time is over"))
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		r := f.open(program(slow))
		if _, err := readAll(ctx, r, tip); err == nil || !strings.Contains(err.Error(), "the time is over") {
			t.Errorf("%s: %v", command, err)
		}
		if _, err := readAll(t.Context(), r, tip); err != nil {
			t.Errorf("%s, the second time: %v", command, err)
		}
	}
}

// TestGitFails gives a git that fails in each of its tasks, in several ways.
func TestGitFails(t *testing.T) {
	f := damaged(t)
	tip := f.id("tip")
	f.git("update-ref", "-d", "refs/tags/tip")
	for _, command := range []string{"cat-file", "rev-list", "for-each-ref", "diff-tree -r --stdin --root --always -t --raw", "diff-tree -r --stdin --root --always -p"} {
		for how, lines := range map[string]string{
			"fatal: boom":      `echo "fatal: boom" >&2; exit 128`,
			"signal: killed":   `kill -9 $$`,
			"exit status 3":    `"$GIT" "$@"; exit 3`,
			"git ":             `exit 0`,
			"no space: at all": `"$GIT" "$@" | head -c 30; echo "error: no space: at all" >&2; exit 1`,
			"signal: aborted ": `"$GIT" "$@" | head -c 100; kill -ABRT $$`,
		} {
			t.Run(command+"/"+how, func(t *testing.T) {
				if command == "cat-file" && (how == "exit status 3" || strings.Contains(lines, "head")) {
					return // what it answers is complete
				}
				r := f.open(program(script(t, `case "$*" in *"`+command+`"*) `+lines+` ;; esac`, `exec $GIT "$@"`)))
				out, err := readAll(t.Context(), r, tip)
				if how == "git " && command == "for-each-ref" {
					return // no refs is what it says of this repository
				}
				if how == "git " && command == "rev-list" {
					if err == nil && strings.Contains(out, "a.txt") {
						t.Errorf("files of no commit: %s", out)
					}
					return
				}
				if words := strings.TrimSpace(how); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(words, "fatal: ")) && !strings.Contains(err.Error(), "signal: ") {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}

// TestNoGit opens repositories without a git that works.
func TestNoGit(t *testing.T) {
	f := newFixture(t)
	f.commit("one")
	bare := f.with("GIT_DIR=.git")
	for name, r := range map[string]func() (*Repo, error){
		"fails": func() (*Repo, error) {
			return Open(t.Context(), Options{Dir: f.dir, Environ: f.environ(), Git: script(t, "echo 'fatal: boom' >&2; exit 128")})
		},
		"missing": func() (*Repo, error) {
			return Open(t.Context(), Options{Dir: f.dir, Environ: f.environ(), Git: f.dir + "/nothing"})
		},
	} {
		if _, err := r(); (err == nil) != (name == "missing") || name == "fails" && !strings.Contains(err.Error(), "boom") {
			t.Errorf("a git that %s: %v", name, err)
		}
	}
	sha256 := newFixture(t, "--object-format=sha256")
	sha256.commit("one")
	t.Setenv("PATH", t.TempDir())
	for name, test := range map[string]struct {
		o      Options
		reason string // "" = it works
	}{
		"a format that is read without git": {Options{Dir: f.dir, Environ: bare.environ()}, ""},
		"one that is not":                   {Options{Dir: sha256.dir, Environ: sha256.with("GIT_DIR=.git").environ()}, "objectformat"},
		"git, as it was told to":            {Options{Dir: f.dir, Environ: bare.environ(), Reader: ReaderGit}, "no git program in PATH"},
		"no GIT_DIR":                        {Options{Dir: f.dir, Environ: f.environ()}, ""},
		"no GIT_DIR, further down":          {Options{Dir: filepath.Join(f.dir, ".git", "refs"), Environ: f.environ()}, ""},
		"no repository":                     {Options{Dir: t.TempDir(), Environ: f.environ()}, "no git repository"},
	} {
		r, err := Open(t.Context(), test.o)
		if err == nil {
			_, err = r.Resolve(t.Context(), "HEAD")
			_ = r.Close()
		}
		if (err == nil) != (test.reason == "") || err != nil && !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s, without git: %v", name, err)
		}
	}
	if _, err := Open(t.Context(), Options{Dir: f.dir, Environ: []string{"GIT_DIR=nowhere"}}); err == nil {
		t.Error("a repository that is not there")
	}
}

// TestOldGit reads with a git from before 2.36, which has no "cat-file --batch-command".
func TestOldGit(t *testing.T) {
	s := newScene(t)
	hook, updates := s.send(false, difficult(s)...)
	want := show(t, readPush(t, hook.open(), updates...))
	old := script(t, `case "$*" in *--batch-command*) echo "error: unknown option" >&2; exit 129;; esac`, `echo "$*" >>$log`, `exec $GIT "$@"`)
	r := hook.open(program(old))
	equal(t, show(t, readPush(t, r, updates...)), want)
	if data, err := r.ReadFile(t.Context(), updates[0].New, "plain.txt", 100); err != nil || len(data) == 0 {
		t.Errorf("plain.txt is %q, %v", data, err)
	}
	if _, err := r.ReadFile(t.Context(), updates[0].New, "nothing", 100); !errors.Is(err, ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	log, _ := os.ReadFile(old + ".log")
	if strings.Count(string(log), "cat-file --batch-check") != 1 || strings.Count(string(log), "cat-file --batch\n") != 1 {
		t.Errorf("git was run as\n%s", log)
	}
}

// children lists the processes that this one has started and that have not ended, by way of /proc or, where there is none, ps(1).
func children(t *testing.T) []string {
	t.Helper()
	var table strings.Builder
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		data, err := os.ReadFile(file) // pid (name) state ppid …; proc(5)
		if err != nil {
			continue // it has just ended
		}
		head, tail, _ := strings.Cut(string(data), " (")
		_, rest, _ := strings.Cut(tail, ") ")
		args, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if f := strings.Fields(rest); len(f) > 1 && f[0] != "Z" {
			fmt.Fprintln(&table, f[1], head, strings.ReplaceAll(string(args), "\x00", " "))
		}
	}
	if len(stats) == 0 {
		out, err := exec.Command("ps", "-o", "ppid=,pid=,args=", "-A").Output()
		if err != nil {
			t.Fatal(err)
		}
		table.Write(out)
	}
	var found []string
	for line := range strings.Lines(table.String()) {
		var parent, pid int
		_, _ = fmt.Sscan(line, &parent, &pid)
		if parent == os.Getpid() && !strings.Contains(line, "ps -o") && syscall.Kill(pid, 0) == nil {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}
