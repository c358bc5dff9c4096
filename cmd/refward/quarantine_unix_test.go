//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/refward/refward/internal/odb/odbtest"
)

// A delivery is a bare repository and a quarantine in it, which has what a push brings, as receive-pack makes one before it runs
// pre-receive (git-receive-pack(1), "QUARANTINE ENVIRONMENT"). Packs that no client would send get there too.
type delivery struct {
	t          *testing.T
	receive    string // path of refward-receive
	repo       string
	objects    string // of the repository
	quarantine string
	policy     string // path of the policy file
	environ    []string
}

// deliver makes a repository with a policy: the preset starter with some lines more.
func deliver(t *testing.T, policy string, initOptions ...string) *delivery {
	t.Helper()
	t.Setenv("CGO_ENABLED", "0") // static
	buildReceive(t)
	receive, err := exec.LookPath("refward-receive")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	d := &delivery{t: t, receive: receive, repo: filepath.Join(root, "srv.git"), policy: filepath.Join(root, "policy.yaml")}
	d.objects = filepath.Join(d.repo, "objects")
	d.quarantine = filepath.Join(d.objects, "tmp_objdir-incoming-x")
	if err := os.WriteFile(d.policy, []byte("version: 1\n"+policy), 0o644); err != nil {
		t.Fatal(err)
	}
	init := exec.Command("git", append([]string{"init", "-q", "--bare", "--template=", "-b", "main", d.repo}, initOptions...)...)
	init.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + root, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d.environ = []string{
		"GIT_DIR=.", "GIT_OBJECT_DIRECTORY=" + d.quarantine, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + d.objects,
		"GIT_QUARANTINE_PATH=" + d.quarantine,
	}
	return d
}

// pack puts a pack into the quarantine and returns its path.
func (d *delivery) pack(p *odbtest.Pack) string {
	d.t.Helper()
	path, err := p.Write(d.quarantine)
	if err != nil {
		d.t.Fatal(err)
	}
	return path
}

// store puts a pack into the repository, with main at a commit of it.
func (d *delivery) store(p *odbtest.Pack, tip string) {
	d.t.Helper()
	_, err := p.Write(d.objects)
	if err = errors.Join(err, os.WriteFile(filepath.Join(d.repo, "refs", "heads", "main"), []byte(tip+"\n"), 0o644)); err != nil {
		d.t.Fatal(err)
	}
}

// A judgement is how refward-receive ended.
type judgement struct {
	exit   int
	said   string
	memory int64 // bytes; the most that was resident
}

// judge has a push of the tip to a new branch judged, by refward-receive alone or with git as the reader.
func (d *delivery) judge(reader, tip string) judgement {
	d.t.Helper()
	cmd := exec.Command(d.receive, "pre-receive")
	cmd.Dir = d.repo
	cmd.Env = append([]string{"REFWARD_POLICY=" + d.policy, "REFWARD_READER=" + reader}, d.environ...)
	if reader == "git" {
		cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	}
	cmd.Stdin = strings.NewReader(strings.Repeat("0", len(tip)) + " " + tip + " refs/heads/x\n")
	return run(d.t, cmd)
}

func run(t *testing.T, cmd *exec.Cmd) judgement {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	j := judgement{exit: cmd.ProcessState.ExitCode(), said: strings.Join(strings.Fields(said.String()), " ")}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		// Linux counts what this process has, too, from before the other program takes its place; under the race detector that is more.
		var own syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err == nil && usage.Maxrss > own.Maxrss {
			j.memory = int64(usage.Maxrss) // bytes on macOS, else KiB (getrusage(2))
		}
		if runtime.GOOS != "darwin" {
			j.memory <<= 10
		}
	}
	return j
}

// wants fails the test unless a judgement has an exit code and says each of some words.
func wants(t *testing.T, j judgement, exit int, words ...string) {
	t.Helper()
	if j.exit != exit {
		t.Errorf("exit code %d, want %d: %.2000s", j.exit, exit, j.said)
		return
	}
	for _, w := range words {
		if !strings.Contains(j.said, w) {
			t.Errorf("%.200q was not said, but %.2000s", w, j.said)
		}
	}
}
