package plumbing

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// moveOptions find renames as "git log -M" does (gitdiffcore(7), "diffcore-rename"), and show a commit without parents as a whole.
var moveOptions = []string{"diff-tree", "-r", "--stdin", "--root", "--always", "--raw", "-z", "--no-abbrev", "-M50%", "-l1000", "--no-relative", "--ignore-submodules=none"}

// Moves calls use for each path that differs between a commit and one other, or nothing where none is given, in the order of the requests. A
// deleted file that an added one resembles is one entry with both paths.
func (g *Git) Moves(ctx context.Context, list []CommitPair, use func(i int, e source.Entry) error) error {
	if len(list) == 0 {
		return nil
	}
	asked := make([]string, len(list))
	var in strings.Builder
	for i, p := range list {
		if len(p.Parents) > 1 {
			return fmt.Errorf("commit %s: renames from %d parents", p.Commit, len(p.Parents))
		}
		asked[i] = p.Commit
		in.WriteString(strings.Join(append([]string{p.Commit}, p.Parents...), " ") + "\n")
	}
	s, err := g.start(ctx, strings.NewReader(in.String()), moveOptions...)
	if err != nil {
		return err
	}
	if err := readRawCommits(bufio.NewReaderSize(s, 1<<18), asked, use); err != nil {
		return s.fail(err)
	}
	return s.wait()
}
