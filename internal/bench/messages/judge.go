package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/internal/bench/cost"
)

// A report is what is read of refward's.
type report struct {
	Verdict  struct{ Result string }
	Findings []finding
	Outcomes []struct {
		Analyzer, Status string
		Examined         map[string]int64
		Skipped          []struct{ What, Why string }
	}
	Truncated bool
}

type finding struct{ Rule, Level, Path, Commit, Message, Excerpt string }

// check has refward judge a range as a push to main, and returns the report and what it took.
func (b *bench) check(ctx context.Context, repo, policy, only string, s span) (*report, cost.Cost, error) {
	cmd := exec.CommandContext(ctx, b.refward, "check", "range", "--only", only, "--format", "json", "--policy", policy, "--ref", "refs/heads/main", s.old+".."+s.new)
	cmd.Dir = repo
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	took, err := cost.Run(cmd)
	// 0: accepted, 1: refused; with any other code not everything was judged.
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, took, fmt.Errorf("refward check range: %w: %s", err, said.String())
	}
	var r report
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		return nil, took, fmt.Errorf("report of refward: %w", err)
	}
	if r.Truncated {
		return nil, took, errors.New("the report is not whole: take fewer commits")
	}
	return &r, took, nil
}

// judge prints how often each rule speaks of the last commits of a repository.
func (b *bench) judge(ctx context.Context, repo, policy string) error {
	s, err := b.span(ctx, repo)
	if err != nil {
		return err
	}
	r, took, err := b.check(ctx, repo, policy, "dor,dod", s)
	if err != nil {
		return err
	}
	type count struct{ rule, level string }
	counts, commits := map[count]map[string]bool{}, map[string][]finding{}
	for _, f := range r.Findings {
		c := count{f.Rule, f.Level}
		if counts[c] == nil {
			counts[c] = map[string]bool{}
		}
		counts[c][f.Commit] = true
		if f.Level == "block" {
			commits[f.Commit] = append(commits[f.Commit], f)
		}
	}
	fmt.Printf("%s: %d commits, %d refused, %.2f CPU s\n", filepath.Base(filepath.Dir(repo))+"/"+filepath.Base(repo), len(s.messages), len(commits), took.CPU)
	for _, c := range slices.SortedFunc(maps.Keys(counts), func(x, y count) int {
		return cmp.Or(cmp.Compare(x.level, y.level), -cmp.Compare(len(counts[x]), len(counts[y])), cmp.Compare(x.rule, y.rule))
	}) {
		fmt.Printf("  %-6s %-24s %5d commits\n", c.level, c.rule, len(counts[c]))
	}
	for _, o := range r.Outcomes {
		for _, skip := range o.Skipped {
			fmt.Printf("  %s left out %s: %s\n", o.Analyzer, skip.What, skip.Why)
		}
	}
	if b.list {
		for _, m := range s.messages {
			if list := commits[m.id]; len(list) > 0 {
				fmt.Printf("  %.10s %q\n", m.id, m.subject())
				for _, f := range list {
					fmt.Printf("    %s %s %s\n", f.Rule, f.Path, f.Message)
				}
			}
		}
	}
	return nil
}
