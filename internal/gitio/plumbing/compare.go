package plumbing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

var (
	// diffTree names each commit before its differences, also when there are none, and shows a root commit as a whole.
	diffTree = []string{"diff-tree", "-r", "--stdin", "--root", "--always"}

	// diffIndex leaves out what "git add --intent-to-add" announces, since git commit does too.
	diffIndex = []string{"diff-index", "--cached", "--ita-invisible-in-index"}

	// rawOptions list the changed paths.
	rawOptions = []string{"--raw", "-z", "--no-abbrev", "-l" + strconv.Itoa(source.MaxRenames), "--ignore-submodules=none"}
)

// A pair is the comparison of a commit, or the index, with one parent: all that git compares in one go.
type pair struct {
	commit, parent string
	entries        []source.Entry
}

// Compare implements [source.Source].
func (g *Git) Compare(ctx context.Context, list []*source.Comparison, r source.Renames) error {
	pairs := make([][]*pair, len(list))
	var all []*pair
	for i, c := range list {
		for _, parent := range c.Parents {
			pairs[i] = append(pairs[i], &pair{commit: c.Commit, parent: parent})
		}
		if len(c.Parents) == 0 {
			pairs[i] = []*pair{{commit: c.Commit}}
		}
		all = append(all, pairs[i]...)
	}
	option := "--no-renames"
	if r.Find {
		option = "-M100%"
	}
	if err := g.compare(ctx, all, option); err != nil {
		return err
	}
	combine(list, pairs)
	if !r.Find {
		return nil
	}
	again, err := g.mayRename(ctx, list, pairs, r.MaxBlob)
	if err != nil || len(again) == 0 {
		return err
	}
	if err := g.compare(ctx, again, "-M"); err != nil {
		return err
	}
	combine(list, pairs)
	return nil
}

func combine(list []*source.Comparison, pairs [][]*pair) {
	for i, c := range list {
		parents := make([][]source.Entry, len(pairs[i]))
		for k, p := range pairs[i] {
			parents[k] = p.entries
		}
		c.Entries = source.Combine(parents)
	}
}

// mayRename returns the pairs in which a file that no parent has may have moved. git holds the content of all that was added or deleted
// in them, so none of that may be too large. Of a merge most paths are as one of the parents has them, and where those came from does
// not matter.
func (g *Git) mayRename(ctx context.Context, list []*source.Comparison, pairs [][]*pair, maxBlob int64) ([]*pair, error) {
	var some []*pair
	var ids []string
	known := map[string]bool{}
	for i, c := range list {
		for k, p := range pairs[i] {
			if !slices.ContainsFunc(c.Entries, func(e source.Entry) bool { return e.Sides[k].Mode == 0 }) {
				continue
			}
			moved := p.moved()
			if len(moved) > 0 {
				some = append(some, p)
			}
			for _, s := range moved {
				if !known[s.ID] && source.HasContent(s.Mode) {
					known[s.ID] = true
					ids = append(ids, s.ID)
				}
			}
		}
	}
	large := map[string]bool{}
	err := g.InfoAll(ctx, ids, func(i int, o source.Object, err error) error {
		if o.Size > maxBlob {
			large[ids[i]] = true
		}
		return err
	})
	return slices.DeleteFunc(some, func(p *pair) bool {
		return slices.ContainsFunc(p.moved(), func(s source.Side) bool { return large[s.ID] })
	}), err
}

// moved returns what was added and deleted in a pair that has both.
func (p *pair) moved() []source.Side {
	var added, deleted []source.Side
	for _, e := range p.entries {
		switch e.Status {
		case 'A':
			added = append(added, e.Sides[1])
		case 'D':
			deleted = append(deleted, e.Sides[0])
		}
	}
	if len(added) == 0 || len(deleted) == 0 {
		return nil
	}
	return append(added, deleted...)
}

// compare fills in the entries of pairs.
func (g *Git) compare(ctx context.Context, list []*pair, renames string) error {
	options := append(slices.Clone(rawOptions), renames)
	var count source.PathCount
	var commits []*pair
	for _, p := range list {
		p.entries = nil
		if p.commit != "" {
			commits = append(commits, p)
		} else if err := g.compareIndex(ctx, p, options, &count); err != nil {
			return err
		}
	}
	if len(commits) == 0 {
		return nil
	}
	asked := make([]string, len(commits))
	var requests strings.Builder
	for i, p := range commits {
		asked[i] = p.commit
		requests.WriteString(strings.TrimSuffix(p.commit+" "+p.parent, " ") + "\n")
	}
	s, err := g.start(ctx, strings.NewReader(requests.String()), slices.Concat(diffTree, []string{"-t"}, options)...)
	if err != nil {
		return err
	}
	err = readRawCommits(bufio.NewReaderSize(s, 1<<16), asked, func(i int, e source.Entry) error {
		if e.Path == "" { // a directory
			return nil
		}
		commits[i].entries = append(commits[i].entries, e)
		return count.Add(e.Path)
	})
	if errors.Is(err, source.ErrTooMuch) {
		s.stop()
		return err
	}
	if err != nil {
		return s.fail(err)
	}
	return s.wait()
}

func (g *Git) compareIndex(ctx context.Context, p *pair, options []string, count *source.PathCount) error {
	s, err := g.start(ctx, nil, slices.Concat(diffIndex, options, []string{p.parent, "--"})...)
	if err != nil {
		return err
	}
	for in := bufio.NewReaderSize(s, 1<<16); ; {
		e, err := readRaw(in)
		if err == io.EOF {
			return s.wait()
		}
		if err != nil {
			return s.fail(err)
		}
		p.entries = append(p.entries, e)
		if err := count.Add(e.Path); err != nil {
			s.stop()
			return err
		}
	}
}

// Files implements [source.Source].
func (g *Git) Files(ctx context.Context, tree string, use func(mode uint32, id, path string) error) error {
	s, err := g.start(ctx, nil, "ls-tree", "-r", "-t", "-z", "--full-tree", tree)
	if err != nil {
		return err
	}
	for in := bufio.NewReader(s); ; {
		line, err := readField(in)
		if err == io.EOF {
			return s.wait()
		}
		var mode uint32
		var kind, id string
		meta, path, ok := strings.Cut(line, "\t")
		if _, scanErr := fmt.Sscanf(meta, "%o %s %s", &mode, &kind, &id); err != nil || !ok || scanErr != nil {
			return s.fail(fmt.Errorf("entry %.80q: %w", line, errors.Join(err, scanErr)))
		}
		if kind == "tree" && !source.IsEmptyTree(id) {
			continue
		}
		if err := use(mode, id, path); err != nil {
			s.stop()
			return err
		}
	}
}
