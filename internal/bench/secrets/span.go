package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// A span is a range of commits to search.
type span struct {
	name     string // for the names of files
	old, new string // full ids
	commits  int
	runs     int // of each program
}

func (s *span) String() string {
	if s.commits == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", s.commits)
}

// hundred is how many commits a middling push has.
const hundred = 100

// spans returns the whole range, about its last hundred commits, and its last one that is no merge.
func (b *bench) spans(ctx context.Context, old, new string) ([]*span, error) {
	all := &span{name: "all"}
	var err error
	if all.old, err = b.git(ctx, "--git-dir", b.gitDir, "rev-parse", "--verify", old+"^{commit}"); err != nil {
		return nil, err
	}
	if all.new, err = b.git(ctx, "--git-dir", b.gitDir, "rev-parse", "--verify", new+"^{commit}"); err != nil {
		return nil, err
	}
	if all.commits, err = b.count(ctx, all.old, all.new); err != nil {
		return nil, err
	}
	list, err := b.git(ctx, "--git-dir", b.gitDir, "rev-list", "--no-merges", "--parents", "-n", "1", all.old+".."+all.new)
	if err != nil {
		return nil, err
	}
	last := strings.Fields(list)
	if len(last) != 2 {
		return nil, errors.New("the range has no commit with a parent")
	}
	spans := []*span{all}
	if all.commits > 2*hundred {
		some, err := b.some(ctx, all)
		if err != nil {
			return nil, err
		}
		spans = append(spans, some)
	}
	return append(spans, &span{name: "one", old: last[1], new: last[0], commits: 1}), nil
}

// some finds the shortest range on the first-parent line that has a hundred commits.
func (b *bench) some(ctx context.Context, all *span) (*span, error) {
	list, err := b.git(ctx, "--git-dir", b.gitDir, "rev-list", "--first-parent", "-n", strconv.Itoa(hundred+1), all.new)
	if err != nil {
		return nil, err
	}
	line := strings.Fields(list)
	if len(line) < 2 {
		return all, nil
	}
	count := func(i int) int {
		if err != nil {
			return 0
		}
		var n int
		n, err = b.count(ctx, line[i], all.new)
		return n
	}
	i := 1 + sort.Search(len(line)-2, func(i int) bool { return count(i+1) >= hundred })
	s := &span{name: "some", old: line[i], new: all.new, commits: count(i)}
	return s, err
}

func (b *bench) count(ctx context.Context, old, new string) (int, error) {
	out, err := b.git(ctx, "--git-dir", b.gitDir, "rev-list", "--count", old+".."+new)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(out)
}
