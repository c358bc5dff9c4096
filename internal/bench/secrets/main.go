package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/refward/refward/internal/bench/gitleaks"
)

func main() {
	repo := flag.String("repo", "", "the repository, `DIR`")
	span := flag.String("range", "", "the commits, `OLD..NEW`")
	tools := flag.String("tools", filepath.Join(".cache", "tools"), "where the gitleaks program is kept once it is built, `DIR`")
	runs := flag.Int("runs", 3, "runs of each program on the range; on the last commits it is five times as many")
	flag.Parse()
	old, new, ok := strings.Cut(*span, "..")
	if flag.NArg() != 0 || *repo == "" || !ok || old == "" || new == "" || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: secrets [-runs N] [-tools DIR] -repo DIR -range OLD..NEW")
		os.Exit(2)
	}
	same, err := run(context.Background(), *repo, old, new, *tools, *runs)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if !same {
		os.Exit(1)
	}
}

// A bench is where the programs and the repository are.
type bench struct {
	dir      string // for the programs and reports of this run
	gitDir   string // of the repository
	gitleaks string // the program
	env      []string
}

func run(ctx context.Context, repo, old, new, tools string, runs int) (same bool, err error) {
	dir, err := os.MkdirTemp("", "refward-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	b := bench{dir: dir}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "REFWARD_") {
			b.env = append(b.env, v)
		}
	}
	b.env = append(b.env, "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	if err := b.build(ctx, tools); err != nil {
		return false, err
	}
	if b.gitDir, err = b.git(ctx, "-C", repo, "rev-parse", "--absolute-git-dir"); err != nil {
		return false, err
	}
	spans, err := b.spans(ctx, old, new)
	if err != nil {
		return false, err
	}
	same = true
	fmt.Println(header)
	for _, s := range spans {
		if s.commits <= hundred {
			s.runs = 5 * runs
		} else {
			s.runs = runs
		}
		if err := b.measure(ctx, s); err != nil {
			return false, fmt.Errorf("%s: %w", s, err)
		}
	}
	fmt.Println()
	for _, s := range spans {
		equal, err := b.compare(ctx, s)
		if err != nil {
			return false, fmt.Errorf("%s: %w", s, err)
		}
		same = same && equal
	}
	return same, nil
}

// build builds the programs.
func (b *bench) build(ctx context.Context, tools string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.dir+string(filepath.Separator),
		"./cmd/refward", "./internal/bench/secrets/search")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	if err := os.MkdirAll(tools, 0o755); err != nil {
		return err
	}
	path, err := gitleaks.Build(ctx, tools)
	if err != nil {
		return err
	}
	b.gitleaks, err = filepath.Abs(path)
	return err
}

func (b *bench) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = b.env
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out)), nil
}
