package plumbing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// moveOptions show what differs between commits and one other, a commit without parents as a whole.
var moveOptions = []string{"diff-tree", "-r", "--stdin", "--root", "--always", "--raw", "-z", "--no-abbrev", "-l1000", "--no-relative", "--ignore-submodules=none"}

const (
	similar = "-M50%"  // as "git log -M" finds renames (gitdiffcore(7), "diffcore-rename")
	same    = "-M100%" // by the ids alone: no content is read (git-diff-tree(1), "-M")
)

// Moves calls use for each path that differs between a commit and one other, or nothing where none is given, in the order of the requests. A
// deleted file that an added one resembles is one entry with both paths.
//
// Git cannot compare blobs that are not here, as in a partial clone or a mirror without large files. A commit for which it would have to is
// compared by the ids of its files alone. Which ones these are does not depend on the other requests.
func (g *Git) Moves(ctx context.Context, list []CommitPair, use func(i int, e source.Entry) error) error {
	for _, p := range list {
		if len(p.Parents) > 1 {
			return fmt.Errorf("commit %s: renames from %d parents", p.Commit, len(p.Parents))
		}
	}
	done := 0
	var failed error // of use
	err := g.moves(ctx, list, similar, func(i int, all []source.Entry) error {
		for _, e := range all {
			if failed = use(i, e); failed != nil {
				return failed
			}
		}
		done = i + 1
		return nil
	})
	if failed != nil || !gaveUp(ctx, err) {
		return err
	}
	list = list[done:]
	found, err := g.movesWithout(ctx, list)
	if err != nil {
		return err
	}
	for i, all := range found {
		for _, e := range all {
			if err := use(done+i, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// gaveUp reports whether an error is git's own.
func gaveUp(ctx context.Context, err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && ctx.Err() == nil
}

// movesWithout is Moves where some blob is missing. Git does not say for which commit it gave up, but what it answered before is sound. So
// those that it may have to look into are asked for in parts: one after a failure, twice as many after each success.
func (g *Git) movesWithout(ctx context.Context, list []CommitPair) ([][]source.Entry, error) {
	found := make([][]source.Entry, len(list))
	err := g.moves(ctx, list, same, func(i int, all []source.Entry) error {
		found[i] = all
		return nil
	})
	if err != nil {
		return nil, err
	}
	var open []int
	for i, all := range found {
		if source.MayMove(all) {
			open = append(open, i)
		}
	}
	for n := 1; len(open) > 0; {
		part := open[:min(n, len(open))]
		pairs := make([]CommitPair, len(part))
		for i, at := range part {
			pairs[i] = list[at]
		}
		done := 0
		err := g.moves(ctx, pairs, similar, func(i int, all []source.Entry) error {
			found[part[i]], done = all, i+1
			return nil
		})
		switch {
		case err == nil:
			n *= 2
		case !gaveUp(ctx, err):
			return nil, err
		case len(part) == 1:
			done = 1 // it stays as its ids have it
		default:
			n = 1
		}
		open = open[done:]
	}
	return found, nil
}

// moves compares commits and calls use with all that differs in each, in order. When git fails, it has been called for those before.
func (g *Git) moves(ctx context.Context, list []CommitPair, renames string, use func(i int, all []source.Entry) error) error {
	if len(list) == 0 {
		return nil
	}
	asked := make([]string, len(list))
	var in strings.Builder
	for i, p := range list {
		asked[i] = p.Commit
		in.WriteString(strings.Join(append([]string{p.Commit}, p.Parents...), " ") + "\n")
	}
	s, err := g.start(ctx, strings.NewReader(in.String()), append(moveOptions[:len(moveOptions):len(moveOptions)], renames)...)
	if err != nil {
		return err
	}
	at, all := 0, []source.Entry(nil)
	err = readRawCommits(bufio.NewReaderSize(s, 1<<18), asked, func(i int, e source.Entry) error {
		for ; at < i; at++ {
			if err := use(at, all); err != nil {
				return err
			}
			all = nil
		}
		all = append(all, e)
		return nil
	})
	if err != nil {
		return s.fail(err)
	}
	if err := s.wait(); err != nil {
		return err
	}
	for ; at < len(list); at++ {
		if err := use(at, all); err != nil {
			return err
		}
		all = nil
	}
	return nil
}
