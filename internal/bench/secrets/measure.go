package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"github.com/refward/refward/internal/bench/cost"
	"github.com/refward/refward/internal/bench/gitleaks"
)

// A contender is one way to search a span.
type contender struct {
	name    string
	command func(context.Context, *span) *exec.Cmd
}

func (b *bench) contenders() []contender {
	return []contender{
		{"gitleaks", func(ctx context.Context, s *span) *exec.Cmd {
			return gitleaks.Command(ctx, b.gitleaks, b.gitDir, s.old+".."+s.new, b.report("gitleaks", s))
		}},
		{"parity", func(ctx context.Context, s *span) *exec.Cmd {
			return b.command(ctx, "search", "-reader", "builtin", "-report", b.report("parity", s), b.gitDir, s.old, s.new)
		}},
		{"full", func(ctx context.Context, s *span) *exec.Cmd {
			return b.command(ctx, "refward", "check", "range", "--only", "secrets", "--format", "json", s.old+".."+s.new)
		}},
	}
}

func (b *bench) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, program), args...)
	cmd.Dir, cmd.Env = b.dir, append(b.env, "GIT_DIR="+b.gitDir)
	return cmd
}

// report returns the file in which a contender writes what it finds in a span.
func (b *bench) report(contender string, s *span) string {
	return filepath.Join(b.dir, contender+"-"+s.name+".json")
}

// refused is how "refward check" ends when it finds a secret.
const refused = 1

// measure runs the contenders in turn and prints a row of the table for each.
func (b *bench) measure(ctx context.Context, s *span) error {
	list := b.contenders()
	costs := make([][]cost.Cost, len(list))
	var commits, hunks, size int64
	for range s.runs {
		for i, c := range list {
			cmd := c.command(ctx, s)
			var out, said bytes.Buffer
			cmd.Stderr = &said
			if cmd.Stdout = io.Discard; c.name == "parity" {
				cmd.Stdout = &out
			}
			took, err := cost.Run(cmd)
			var exit *exec.ExitError
			if c.name == "full" && errors.As(err, &exit) && exit.ExitCode() == refused {
				err = nil
			}
			if err != nil {
				return fmt.Errorf("%s: %w: %s", c.name, err, said.Bytes())
			}
			if c.name == "parity" {
				if _, err := fmt.Fscan(&out, &commits, &hunks, &size); err != nil {
					return fmt.Errorf("output of search: %w", err)
				}
			}
			costs[i] = append(costs[i], took)
		}
	}
	for i, c := range list {
		fmt.Println(row(fmt.Sprintf("%d commits, %d hunks, %.2f MB", commits, hunks, float64(size)/1e6), c.name, costs[i], costs[0]))
	}
	return nil
}
