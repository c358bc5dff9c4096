package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// build builds the programs.
func (b *bench) build(ctx context.Context) error {
	_, err := output(ctx, "", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.dir+string(filepath.Separator), "./cmd/...")
	return err
}

// checkout checks the repository out, fills the cache of types, and lists the packages that the range touches.
func (b *bench) checkout(ctx context.Context, repo string) error {
	if _, err := os.Stat(b.work); err != nil {
		if _, err := output(ctx, "", "git", "clone", "-q", "--shared", "--no-checkout", repo, b.work); err != nil {
			return err
		}
		// Of a mirror without its largest files, what is there is everything.
		if _, err := output(ctx, b.work, "git", "checkout", "-q", "--detach", b.new); err != nil {
			fmt.Println(err)
		}
		if _, err := output(ctx, b.work, "git", "-c", "user.name=bench", "-c", "user.email=bench", "-c", "maintenance.auto=false",
			"commit", "-q", "--no-verify", "--allow-empty", "-a", "-m", "what is checked out"); err != nil {
			return err
		}
	}
	types := filepath.Join(b.dir, "types")
	if _, err := os.Stat(types); err != nil {
		// Some modules may not be had; the table tells what it comes to.
		if _, err := output(ctx, b.work, filepath.Join(b.dir, "refward"), "types", "fill", "--cache", types); err != nil {
			fmt.Println(err)
		}
	}
	out, err := output(ctx, b.work, "git", "diff", "--name-only", "-z", "--no-renames", b.old, b.new, "--", "*.go")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(out, "\x00") {
		dir := path.Dir(name)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains("/"+dir+"/", "/vendor/") || slices.Contains(b.dirs, dir) {
			continue
		}
		found, err := filepath.Glob(filepath.Join(b.work, dir, "*.go"))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(found, func(name string) bool { return !strings.HasSuffix(name, "_test.go") }) {
			b.dirs = append(b.dirs, dir)
		}
	}
	if slices.Sort(b.dirs); len(b.dirs) == 0 {
		return errors.New("the range touches no Go package")
	}
	return nil
}

// output returns what a program prints, and as an error the last line that it says in one.
func output(ctx context.Context, dir, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(program), args[0], err, lines[len(lines)-1])
	}
	return string(out), err
}
