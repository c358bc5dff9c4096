package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

// push pushes commits of the range into a bare repository, each onto its first parent, and says what the hook takes of each.
func (b *bench) push(ctx context.Context, repo string, n int) error {
	list, err := output(ctx, repo, "git", "rev-list", "--first-parent", fmt.Sprintf("--max-count=%d", n), b.old+".."+b.new, "--", "*.go", ":!*_test.go", ":!vendor")
	if err != nil {
		return err
	}
	server, costs := filepath.Join(b.dir, "server.git"), filepath.Join(b.dir, "hook.cost")
	if err := b.server(ctx, repo, server, costs); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(server) }()
	var all []cost.Cost
	within, named, without := 0, 0, 0
	for id := range strings.FieldsSeq(list) {
		said, c, err := b.one(ctx, repo, server, costs, id)
		if err != nil { // such as one with a file that a mirror has not
			fmt.Printf("%.12s: %v\n", id, err)
			without++
			continue
		}
		all = append(all, c)
		ended := ""
		for _, words := range []string{"CPU time left", "CPU time was needed", "memory was needed"} {
			if strings.Contains(said, words) {
				ended = words
			}
		}
		if ended != "" {
			named++
		}
		if c.CPU <= maxCPU && c.Tree <= maxMemory {
			within++
		}
		fmt.Printf("%.12s %6.2f s %4.0f MB %s\n", id, c.CPU, c.Tree, ended)
	}
	if len(all) == 0 {
		return errors.New("nothing was pushed")
	}
	worst := func(of func(cost.Cost) float64) float64 {
		w := 0.0
		for _, c := range all {
			w = max(w, of(c))
		}
		return w
	}
	fmt.Printf("\n%d pushes, %d that could not be made; within %d s of CPU and %d MB: %d (%.1f %%); median %.2f s, %.0f MB; worst %.2f s, %.0f MB; ended by a limit, and named: %d\n",
		len(all), without, maxCPU, maxMemory, within, 100*float64(within)/float64(len(all)), cost.Median(all, cpu), cost.Median(all, peak), worst(cpu), worst(peak), named)
	return nil
}

// What a push may take: seconds of CPU time, and MB of all processes of the hook at once.
const (
	maxCPU    = 2
	maxMemory = 400
)

// server makes the bare repository. It borrows the objects of the other one, but does not say so, so that each push brings its own.
func (b *bench) server(ctx context.Context, repo, server, costs string) error {
	if err := os.RemoveAll(server); err != nil {
		return err
	}
	objects, err := output(ctx, repo, "git", "rev-parse", "--git-path", "objects")
	if err != nil {
		return err
	}
	objects = strings.TrimSpace(objects)
	if !filepath.IsAbs(objects) {
		objects = filepath.Join(repo, objects)
	}
	if _, err := output(ctx, "", "git", "init", "-q", "--bare", server); err != nil {
		return err
	}
	for _, setting := range [][2]string{{"core.alternateRefsCommand", "true"}, {"receive.unpackLimit", "1"}, {"gc.auto", "0"}, {"maintenance.auto", "false"}} {
		if _, err := output(ctx, server, "git", "config", setting[0], setting[1]); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	policy := filepath.Join(b.dir, "push.yaml")
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' -hook '%s' '%s' --policy '%s' pre-receive\n", self, costs, filepath.Join(b.dir, "refward-receive"), policy)
	return errors.Join(
		os.WriteFile(filepath.Join(server, "objects", "info", "alternates"), []byte(objects+"\n"), 0o600),
		os.WriteFile(policy, []byte("gates: {gosec: warn}\nlimits: {findings: 1000}\n"), 0o600),
		os.MkdirAll(filepath.Join(server, "hooks"), 0o700),
		os.WriteFile(filepath.Join(server, "hooks", "pre-receive"), []byte(script), 0o700)) // #nosec G306 -- git runs it
}

// one pushes a commit, and returns what the hook said and took.
func (b *bench) one(ctx context.Context, repo, server, costs, id string) (string, cost.Cost, error) {
	if _, err := output(ctx, server, "git", "update-ref", "refs/heads/main", id+"^"); err != nil {
		return "", cost.Cost{}, err
	}
	if err := os.RemoveAll(costs); err != nil {
		return "", cost.Cost{}, err
	}
	cmd := exec.CommandContext(ctx, "git", "push", "-q", server, id+":refs/heads/main")
	cmd.Dir, cmd.Env = repo, b.bare("none")
	said, pushed := cmd.CombinedOutput()
	data, err := os.ReadFile(costs)
	if err != nil { // what a policy refuses was judged to the end all the same
		return "", cost.Cost{}, errors.Join(pushed, fmt.Errorf("%s", said))
	}
	var c cost.Cost
	return string(said), c, json.Unmarshal(data, &c)
}

// beHook runs a program as a hook and writes what it took into a file.
func beHook(file string, command []string) int {
	cmd := exec.Command(command[0], command[1:]...) // #nosec G204 -- of our own script
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	c, err := cost.Run(cmd)
	data, failed := json.Marshal(c)
	if failed == nil {
		failed = os.WriteFile(file, data, 0o600)
	}
	if failed != nil {
		fmt.Fprintln(os.Stderr, "error:", failed)
		return 1
	}
	if err != nil {
		return 1
	}
	return 0
}
