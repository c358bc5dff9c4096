package plumbing

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// Lines implements [source.Source]. Whoever asks has the paths from Compare; git finds them again.
func (g *Git) Lines(ctx context.Context, list []*source.Comparison, use func(i int, h analyzers.Hunk) error) error {
	var commits []*source.Comparison
	var at []int
	for i, c := range list {
		if c.Commit != "" {
			commits, at = append(commits, c), append(at, i)
		} else if err := g.indexLines(ctx, c, func(h analyzers.Hunk) error { return use(i, h) }); err != nil {
			return err
		}
	}
	if len(commits) == 0 {
		return nil
	}
	var requests strings.Builder
	for _, c := range commits {
		requests.WriteString(strings.Join(append([]string{c.Commit}, c.Parents...), " ") + "\n")
	}
	asked := -1
	err := g.patches(ctx, strings.NewReader(requests.String()), len(commits[0].Commit), slices.Concat(diffTree, patchOptions), func(commit string, h analyzers.Hunk) error {
		if h.Path == "" {
			if asked++; asked == len(commits) || commits[asked].Commit != commit {
				return fmt.Errorf("git diff-tree: commit %s was not asked for", commit)
			}
			return nil
		}
		if asked < 0 {
			return fmt.Errorf("git diff-tree: lines of no commit")
		}
		return use(at[asked], h)
	})
	if err == nil && asked != len(commits)-1 {
		return fmt.Errorf("git diff-tree: nothing said of commit %s", commits[asked+1].Commit)
	}
	return err
}

func (g *Git) indexLines(ctx context.Context, c *source.Comparison, use func(analyzers.Hunk) error) error {
	return g.patches(ctx, nil, len(c.Parents[0]), slices.Concat(diffIndex, patchOptions, []string{c.Parents[0], "--"}), func(_ string, h analyzers.Hunk) error { return use(h) })
}

// patches runs git and calls use for each run of added lines, and with no path where a commit begins.
func (g *Git) patches(ctx context.Context, stdin io.Reader, idLen int, args []string, use func(commit string, h analyzers.Hunk) error) error {
	s, err := g.start(ctx, stdin, args...)
	if err != nil {
		return err
	}
	defer s.stop()
	p := &patchReader{r: bufio.NewReaderSize(s, 1<<16), idLen: idLen}
	for {
		h, err := p.next()
		if err == io.EOF {
			return s.wait()
		}
		if err != nil {
			return s.fail(err)
		}
		if err := use(p.commit, h); err != nil {
			return err
		}
	}
}
