package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

func main() {
	repo := flag.String("repo", "", "push the newest commits of `DIR` instead of a made history")
	runs := flag.Int("runs", 5, "pushes of each kind, or readings")
	reading := flag.Bool("reading", false, "measure only how a repository is read, beside git and go-git")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-repo DIR] [-runs N] [-reading] BIN")
		os.Exit(2)
	}
	if err := run(*repo, flag.Arg(0), *runs, *reading); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(repo, bin string, runs int, reading bool) error {
	dir, err := os.MkdirTemp("", "refward-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := bench{dir: dir, env: append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)}
	if b.receive, err = filepath.Abs(filepath.Join(bin, "refward-receive")); err != nil {
		return err
	}
	b.source = repo
	if repo == "" {
		b.source = filepath.Join(dir, "source")
		if err := b.makeHistory(5200); err != nil {
			return err
		}
	}
	if reading {
		return b.read(runs)
	}
	fmt.Printf("%-8s %8s %9s  %-22s %-22s %s\n", "commits", "objects", "bytes", "CPU s: bare gate +", "wall s: bare gate +", "peak MB: bare gate +")
	for _, n := range []int{1, 100, 5000} {
		if err := b.push(n, runs); err != nil {
			return fmt.Errorf("push of %d commits: %w", n, err)
		}
	}
	return nil
}

type bench struct {
	dir, source, receive string
	env                  []string
}

// push measures the push of the newest n commits on the first-parent line.
func (b *bench) push(n, runs int) error {
	base := "HEAD~" + strconv.Itoa(n)
	bare := filepath.Join(b.dir, "bare.git")
	if err := b.git("", "init", "-q", "--bare", bare); err != nil {
		return err
	}
	defer os.RemoveAll(bare)
	if err := b.git(b.source, "push", "-q", bare, base+":refs/heads/main"); err != nil {
		return err
	}
	if err := b.git(bare, "symbolic-ref", "HEAD", "refs/heads/main"); err != nil {
		return err
	}
	commits, err := b.output(b.source, "rev-list", "--count", base+"..HEAD")
	if err != nil {
		return err
	}
	objects, err := b.output(b.source, "rev-list", "--objects", "--disk-usage", base+"..HEAD")
	if err != nil {
		return err
	}
	count, err := b.output(b.source, "rev-list", "--objects", "--count", base+"..HEAD")
	if err != nil {
		return err
	}
	if n >= 5000 {
		runs = min(runs, 3)
	}
	var without, with []cost.Cost
	for range runs {
		for _, gate := range []bool{false, true} {
			c, err := b.one(bare, gate)
			if err != nil {
				return err
			}
			if gate {
				with = append(with, c)
			} else {
				without = append(without, c)
			}
		}
	}
	fmt.Printf("%-8s %8s %9s ", commits, count, objects)
	for _, of := range []func(cost.Cost) float64{cpu, wall, peak} {
		x, y := cost.Median(without, of), cost.Median(with, of)
		fmt.Printf(" %6.3f %6.3f %+7.3f", x, y, y-x)
	}
	fmt.Println()
	return nil
}

// one pushes into a fresh copy of the server's repository.
func (b *bench) one(bare string, gate bool) (cost.Cost, error) {
	server := filepath.Join(b.dir, "server.git")
	defer os.RemoveAll(server)
	if err := os.CopyFS(server, os.DirFS(bare)); err != nil {
		return cost.Cost{}, err
	}
	if gate {
		script := "#!/bin/sh\nexec '" + b.receive + "' pre-receive\n"
		if err := os.WriteFile(filepath.Join(server, "hooks", "pre-receive"), []byte(script), 0o755); err != nil {
			return cost.Cost{}, err
		}
	}
	cmd := exec.Command("git", "push", "-q", server, "HEAD:refs/heads/main")
	cmd.Dir, cmd.Env = b.source, b.env
	var said strings.Builder
	cmd.Stderr = &said
	c, err := cost.Run(cmd)
	var refused *exec.ExitError
	if errors.As(err, &refused) && gate && strings.Contains(said.String(), "push refused") {
		return c, nil // real histories hold what a gate refuses; it was judged to the end all the same
	}
	if err != nil {
		return c, fmt.Errorf("git push: %w: %s", err, said.String())
	}
	return c, nil
}

func cpu(c cost.Cost) float64  { return c.CPU }
func wall(c cost.Cost) float64 { return c.Wall }
func peak(c cost.Cost) float64 { return c.Peak }

func (b *bench) git(dir string, args ...string) error {
	_, err := b.output(dir, args...)
	return err
}

func (b *bench) output(dir string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, b.env
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}
