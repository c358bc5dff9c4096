package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	var b bench
	flag.IntVar(&b.n, "n", 1000, "commits of each repository, at least")
	flag.StringVar(&b.policy, "policy", "standard", "a preset, or the `FILE` of a policy")
	flag.StringVar(&b.commitlint, "commitlint", "", "compare with commitlint, which is installed in `DIR`")
	flag.StringVar(&b.refward, "refward", "", "the `PROGRAM`; built from the source unless given")
	flag.StringVar(&b.rev, "rev", "HEAD", "the last of the commits")
	flag.BoolVar(&b.list, "list", false, "show each refused commit and why")
	flag.BoolVar(&b.alone, "own", false, "measure what the checks themselves take, beside reading")
	flag.IntVar(&b.examples, "examples", 5, "examples of each class of differences to commitlint")
	flag.IntVar(&b.runs, "runs", 3, "runs of each program, of which the median is told")
	flag.Parse()
	if flag.NArg() == 0 || b.n < 1 || b.runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: messages [-n N] [-policy PRESET|FILE] [-rev REV] [-list | -own | -commitlint DIR] [-examples N] [-runs N] [-refward PROGRAM] REPO…")
		os.Exit(2)
	}
	if err := b.run(context.Background(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// A bench is what the flags say, and where things are.
type bench struct {
	n                           int
	policy, commitlint, refward string
	rev                         string
	list, alone                 bool
	examples, runs              int
	dir                         string // for policies and programs
}

func (b *bench) run(ctx context.Context, repos []string) error {
	dir, err := os.MkdirTemp("", "refward-messages-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b.dir = dir
	if b.refward == "" {
		b.refward = filepath.Join(dir, "refward")
		cmd := exec.CommandContext(ctx, "go", "build", "-o", b.refward, "./cmd/refward")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build refward: %w", err)
		}
	}
	for _, path := range []*string{&b.refward, &b.commitlint} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	policy := b.policy
	if _, err := os.Stat(policy); err != nil {
		if policy, err = b.file("policy.yaml", "version: 1\npreset: "+b.policy+"\n"); err != nil {
			return err
		}
	} else if policy, err = filepath.Abs(policy); err != nil {
		return err
	}
	for _, repo := range repos {
		if repo, err = filepath.Abs(repo); err != nil {
			return err
		}
		switch {
		case b.alone:
			err = b.own(ctx, repo)
		case b.commitlint != "":
			err = b.compare(ctx, repo)
		default:
			err = b.judge(ctx, repo, policy)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", repo, err)
		}
	}
	return nil
}

// file writes a file that a program reads, and returns its path.
func (b *bench) file(name, text string) (string, error) {
	path := filepath.Join(b.dir, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}
