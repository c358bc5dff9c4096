package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/bench/gitleaks"
)

// compare holds the findings of gitleaks and of ours, which measure has left, against each other.
//
// Where a line occurs several times in a file, there are several right answers to what was added, and our reader's may be another one than
// git's (see package linediff). So that this is told from a difference in the search, the lines are then searched once more
// as git has them, and there nothing may differ; what differs besides must be in files whose hunks do.
func (b *bench) compare(ctx context.Context, s *span) (same bool, err error) {
	list, err := gitleaks.Read(b.report("gitleaks", s))
	if err != nil {
		return false, err
	}
	hunks, err := b.hunks(ctx, s, "builtin")
	if err != nil {
		return false, err
	}
	differences, total, err := b.differences(list, hunks, b.report("parity", s))
	if err != nil {
		return false, err
	}
	verdict := "the same"
	if len(differences) > 0 {
		theirs, err := b.hunks(ctx, s, "git")
		if err != nil {
			return false, err
		}
		report := b.report("lines-of-git", s)
		if out, err := b.command(ctx, "search", "-reader", "git", "-report", report, b.gitDir, s.old, s.new).CombinedOutput(); err != nil {
			return false, fmt.Errorf("search -reader git: %w: %s", err, out)
		}
		real, _, err := b.differences(list, theirs, report)
		if err != nil {
			return false, err
		}
		verdict = "the same in git's lines; where git has other lines for a file than our reader, see above"
		for _, d := range differences {
			if hunks.Same(theirs, d.Commit, d.File) {
				real = append(real, d)
			} else {
				fmt.Println("other lines:", d)
			}
		}
		differences = real
	}
	for _, d := range differences {
		fmt.Println("DIFFERENCE:", d)
	}
	if len(differences) > 0 {
		verdict = fmt.Sprintf("%d DIFFERENCES", len(differences))
	}
	fmt.Printf("identity, %s: gitleaks %d findings, parity %d: %s\n", s, len(list), total, verdict)
	return len(differences) == 0, nil
}

// differences compares what gitleaks found with a report of ours on the given hunks, and says how much the report has.
func (b *bench) differences(list []gitleaks.Finding, hunks *gitleaks.Hunks, report string) ([]gitleaks.Difference, int, error) {
	data, err := os.ReadFile(report)
	if err != nil {
		return nil, 0, err
	}
	var findings []analyzers.Finding
	if err := json.Unmarshal(data, &findings); err != nil {
		return nil, 0, fmt.Errorf("findings of search: %w", err)
	}
	ours := gitleaks.Ours(findings)
	return gitleaks.Compare(gitleaks.Normal(list, hunks, gitleaks.Whole(list, ours)), ours), len(findings), nil
}

// hunks lists where in the files the added lines are, as one of gitio's readers has them.
func (b *bench) hunks(ctx context.Context, s *span, reader string) (*gitleaks.Hunks, error) {
	cmd := b.command(ctx, "search", "-hunks", "-reader", reader, b.gitDir, s.old, s.new)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("search -hunks: %w: %s", err, said.String())
	}
	var hunks gitleaks.Hunks
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var commit, path string
		var start int
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %q", &commit, &start, &path); err != nil {
			return nil, fmt.Errorf("search -hunks: %q: %w", lines.Text(), err)
		}
		hunks.Add(commit, path, start)
	}
	return &hunks, lines.Err()
}
