package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	repo := flag.String("repo", "", "the repository, `DIR`")
	span := flag.String("range", "", "the commits, `OLD..NEW`")
	tool := flag.String("gosec", "", "the gosec `PROGRAM`")
	runs := flag.Int("runs", 3, "runs of each program")
	show := flag.Bool("show", false, "list each finding that only one side has")
	keep := flag.String("dir", "", "keep programs, checkout, types and reports in `DIR`, and take what is there from there")
	pushes := flag.Int("pushes", 0, "push the last `N` commits of the range that change Go files, one by one, and compare nothing")
	hook := flag.String("hook", "", "be the hook of those pushes: write what the program costs into `FILE`")
	flag.Parse()
	if *hook != "" {
		os.Exit(beHook(*hook, flag.Args()))
	}
	old, new, ok := strings.Cut(*span, "..")
	if flag.NArg() != 0 || *repo == "" || *tool == "" && *pushes == 0 || !ok || old == "" || new == "" || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: gosec [-runs N] [-show] [-dir DIR] [-pushes N] -gosec PROGRAM -repo DIR -range OLD..NEW")
		os.Exit(2)
	}
	b := &bench{dir: *keep, gosec: *tool, old: old, new: new, runs: *runs}
	if err := b.run(context.Background(), *repo, *pushes, *show); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// A bench is where the programs and the checkout are.
type bench struct {
	dir      string // for programs, checkout and caches
	work     string // the checkout
	gosec    string // the command
	old, new string
	dirs     []string // of the packages that the range touches
	runs     int
}

func (b *bench) run(ctx context.Context, repo string, pushes int, show bool) error {
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "refward-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		b.dir = dir
	}
	for _, path := range []*string{&b.dir, &b.gosec, &repo} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = abs
	}
	b.work = filepath.Join(b.dir, "work")
	if err := b.build(ctx); err != nil {
		return err
	}
	if pushes > 0 {
		return b.push(ctx, repo, pushes)
	}
	if err := b.checkout(ctx, repo); err != nil {
		return err
	}
	fmt.Printf("%d packages are touched by %s..%s\n\n", len(b.dirs), b.old, b.new)
	command, err := b.commands(ctx)
	if err != nil {
		return err
	}
	ours, err := b.ours(ctx)
	if err != nil {
		return err
	}
	b.table(command, ours)
	if show {
		b.differences(command, ours)
	}
	return nil
}
