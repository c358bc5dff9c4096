package census

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/smallfile"
)

// Errors of Take. Each is mended by building the index.
var (
	ErrMissing = errors.New("there is no index of owners")
	ErrForeign = errors.New("the index of owners is of another repository")
)

// Options say what a census tells of people.
type Options struct {
	Anonymous bool // pseudonyms in place of names
	Departed  bool // find out who has left, which takes a walk over the last year

	People people.Options // who is whom, beside the .mailmap
}

// A Census is what an index says, with the people behind it.
type Census struct {
	Tip    string    // full id of the commit that the index is of
	Date   time.Time // of that commit, as its committer has it
	Behind int       // commits that the trusted tip has and the index has not; -1 = its commit is no ancestor of the tip any more
	Unread error     // why the .mailmap counts for nothing although it is there, as of package smallfile; nil = it counts, or is not there

	index    *ownership.Index
	names    *names
	when     []int64 // by the number of a commit: the author's date, not after Date, in unix seconds
	departed bool    // known
}

// Take opens the index of a repository. Names are those of the .mailmap at the trusted tip. Errors: ErrMissing, ownership.ErrFormat, ErrForeign,
// ErrOptOut.
func Take(ctx context.Context, repo *gitio.Repo, tip Tip, o Options) (*Census, error) {
	index, err := ownership.Open(ownership.Path(repo.CommonDir()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, err
	}
	c := &Census{Tip: index.Tip(), index: index}
	if err := c.place(ctx, repo, tip); err != nil {
		return nil, err
	}
	mailmap, unread, err := smallfile.Read(ctx, repo, tip.Commit, ".mailmap", maxSmallFile)
	if err != nil {
		return nil, err
	}
	c.Unread = unread
	optOut, err := OptOut(ctx, repo, tip)
	if err != nil {
		return nil, err
	}
	if c.names, err = c.commits(); err != nil {
		return nil, err
	}
	c.names.options, c.names.optOut = o.People, optOut
	c.names.options.Mailmap = people.ParseMailmap(mailmap)
	if o.Anonymous {
		if c.names.key, err = Key(repo.CommonDir()); err != nil {
			return nil, err
		}
	}
	if o.Departed {
		err = c.findDeparted(ctx, repo)
	}
	return c, err
}

// place finds out how old the index is.
func (c *Census) place(ctx context.Context, repo *gitio.Repo, tip Tip) error {
	if has, err := repo.Has(ctx, c.Tip); err != nil {
		return err
	} else if !has {
		return fmt.Errorf("%w: there is no commit %.12s here", ErrForeign, c.Tip)
	}
	err := repo.CommitHeads(ctx, []string{c.Tip}, func(_ int, head *analyzers.Commit) error {
		c.Date = head.Committer.When.UTC()
		return nil
	})
	if err != nil || c.Tip == tip.Commit {
		return err
	}
	ok, err := repo.IsAncestor(ctx, c.Tip, tip.Commit)
	if err != nil {
		return err
	}
	if !ok {
		c.Behind = -1
		return nil
	}
	return walk(ctx, repo, []string{tip.Commit}, []string{c.Tip}, func(string) error { c.Behind++; return nil })
}

// walk calls use for each commit that tips reach and the commits in not do not.
func walk(ctx context.Context, repo *gitio.Repo, tips, not []string, use func(id string) error) error {
	a, err := repo.Ancestry(ctx, tips, not)
	if err != nil {
		return err
	}
	defer a.Close()
	for {
		ids, err := a.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = use(ids[0])
		}
		if err != nil {
			return err
		}
	}
}

// commits reads who are the authors of the commits that own lines, and when they made them.
func (c *Census) commits() (*names, error) {
	idents, authored, err := c.index.Authors()
	if err != nil {
		return nil, err
	}
	n := &names{of: make([]int32, len(authored))}
	c.when = make([]int64, len(authored))
	latest := c.Date.Unix()
	number := make([]int32, len(idents)) // of an author, from 1 on; not all who are known are authors
	for i, a := range authored {
		if number[a.Ident] == 0 {
			number[a.Ident] = n.add(people.Ident{Name: idents[a.Ident].Name, Mail: idents[a.Ident].Email}) + 1
		}
		n.of[i] = number[a.Ident] - 1
		n.counts[n.of[i]]++
		c.when[i] = min(a.When, latest) // later is a wrong clock
	}
	return n, nil
}
