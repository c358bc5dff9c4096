package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"sort"
	"strconv"
	"strings"
)

// A span is what a push to main would bring.
type span struct {
	old, new string
	messages []commit
}

type commit struct {
	id, parents, text string
}

func (c *commit) subject() string {
	line, _, _ := strings.Cut(strings.TrimLeft(c.text, "\n"), "\n")
	return line
}

// span returns the shortest range that ends at b.rev, begins at one of its first parents and has at least b.n commits.
func (b *bench) span(ctx context.Context, repo string) (span, error) {
	out, err := git(ctx, repo, "rev-list", "--first-parent", "--max-count="+strconv.Itoa(b.n+1), b.rev)
	if err != nil {
		return span{}, err
	}
	firsts := strings.Fields(string(out))
	k := 1 + sort.Search(len(firsts)-1, func(i int) bool {
		out, e := git(ctx, repo, "rev-list", "--count", firsts[i+1]+".."+firsts[0])
		n, _ := strconv.Atoi(strings.TrimSpace(string(out)))
		if e != nil {
			err = e
		}
		return n >= b.n
	})
	if err != nil {
		return span{}, err
	}
	if k >= len(firsts) {
		return span{}, fmt.Errorf("%s has fewer than %d commits and one before them", b.rev, b.n)
	}
	s := span{old: firsts[k], new: firsts[0]}
	if out, err = git(ctx, repo, "log", "-z", "--format=%H%n%P%n%B", s.old+".."+s.new); err != nil {
		return span{}, err
	}
	for one := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		id, rest, _ := strings.Cut(string(one), "\n")
		parents, text, _ := strings.Cut(rest, "\n")
		s.messages = append(s.messages, commit{id: id, parents: parents, text: text})
	}
	return s, nil
}

func git(ctx context.Context, repo string, args ...string) ([]byte, error) {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stderr = repo, &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, said.String())
	}
	return out, nil
}
