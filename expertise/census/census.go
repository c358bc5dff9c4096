package census

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/ownership"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
)

// DepartedAfter is how long before the tip somebody has made their last commit who counts as departed.
const DepartedAfter = 365 * 24 * time.Hour

// Errors of Take. Each is mended by building the index.
var (
	ErrMissing = errors.New("there is no index of owners")
	ErrForeign = errors.New("the index of owners is of another repository")
)

// Options say what a census tells of people.
type Options struct {
	Anonymous bool // pseudonyms in place of names
	Departed  bool // find out who has left, which takes a walk over the whole history
}

// A Census is what an index says, with the people behind it.
type Census struct {
	Tip    string    // full id of the commit that the index is of
	Date   time.Time // of that commit, as its committer has it
	Behind int       // commits that the trusted tip has and the index has not; -1 = its commit is no ancestor of the tip any more

	index    *ownership.Index
	dir      *people.Directory
	persons  []person
	who      []people.ID // authors of commits
	author   []int       // by the number of a commit: who
	when     []time.Time // likewise: the author's date, not after Date
	departed bool        // known
}

type person struct {
	label, mail string
	program     bool
	hidden      bool // wants not to be named
	gone        bool
	shared      bool // others have the same label
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
	mailmap, err := ReadSmall(ctx, repo, tip, ".mailmap")
	if err != nil {
		return nil, err
	}
	optOut, err := OptOut(ctx, repo, tip)
	if err != nil {
		return nil, err
	}
	var key []byte
	if o.Anonymous {
		if key, err = Key(repo.CommonDir()); err != nil {
			return nil, err
		}
	}
	idents, counts, err := c.commits()
	if err != nil {
		return nil, err
	}
	options := people.Options{Mailmap: people.ParseMailmap(mailmap)}
	if err := c.name(idents, counts, options, optOut, key); err != nil {
		return nil, err
	}
	if o.Departed {
		err = c.findDeparted(ctx, repo, idents, options)
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

// commits reads who are the authors of the commits that own lines, and when those are of. It returns the authors and, of each, how many commits.
func (c *Census) commits() (idents []people.Ident, counts []int, err error) {
	all, of, err := c.index.Authors()
	if err != nil {
		return nil, nil, err
	}
	place := make([]int, len(all)) // among those that are authors
	c.when, c.author = make([]time.Time, len(of)), make([]int, len(of))
	for i, k := range of {
		if place[k.Ident] == 0 {
			idents, counts = append(idents, people.Ident{Name: all[k.Ident].Name, Mail: all[k.Ident].Email}), append(counts, 0)
			place[k.Ident] = len(idents)
		}
		c.author[i] = place[k.Ident] - 1
		counts[c.author[i]]++
		if c.when[i] = time.Unix(k.When, 0).UTC(); c.when[i].After(c.Date) { // a wrong clock
			c.when[i] = c.Date
		}
	}
	return idents, counts, nil
}

// name joins the people and says what they are called.
func (c *Census) name(idents []people.Ident, counts []int, o people.Options, optOut map[string]bool, key []byte) (err error) {
	if c.dir, err = people.JoinCounted(idents, counts, o); err != nil {
		return err
	}
	c.persons = make([]person, c.dir.Len())
	c.who = make([]people.ID, len(idents))
	for i, id := range idents {
		c.who[i] = c.dir.Of(id)
		if optOut[lower(id.Mail)] {
			c.persons[c.who[i]].hidden = true
		}
	}
	named := map[string]int{}
	for i := range c.persons {
		p := &c.persons[i]
		known := c.dir.Person(people.ID(i)) // #nosec G115 -- likewise
		p.label, p.program = known.Name, known.Bot
		for _, mail := range known.Mails {
			if p.mail == "" {
				p.mail = mail
			}
			p.hidden = p.hidden || optOut[lower(mail)]
		}
		switch {
		case p.hidden:
			p.label, p.mail = Somebody, ""
		case key != nil:
			// The first mail in the alphabet and not a number: it stays what it is while others come and go.
			identity := "mail " + p.mail
			if p.mail == "" {
				identity = "name " + p.label
			}
			p.label, p.mail = pseudonym(key, identity), ""
		default:
			// A name that is a mail would put it into pages, which have none.
			local, _, _ := strings.Cut(cmp.Or(p.label, p.mail), "@")
			p.label = cmp.Or(local, Somebody)
		}
		named[p.label]++
	}
	for i := range c.persons {
		c.persons[i].shared = named[c.persons[i].label] > 1 && !c.persons[i].hidden
	}
	return nil
}

// findDeparted marks who has made no commit for a long time. Who has lines here is not who has made the last commits: what they wrote may be gone.
func (c *Census) findDeparted(ctx context.Context, repo *gitio.Repo, idents []people.Ident, o people.Options) error {
	var ids []string
	if err := walk(ctx, repo, []string{c.Tip}, nil, func(id string) error { ids = append(ids, id); return nil }); err != nil {
		return err
	}
	last := map[people.Ident]time.Time{}
	err := repo.CommitHeads(ctx, ids, func(_ int, head *analyzers.Commit) error {
		id := people.Ident{Name: head.Author.Name, Mail: head.Author.Email}
		if head.Author.When.After(last[id]) {
			last[id] = head.Author.When
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range idents {
		if _, ok := last[id]; !ok { // whoever is asked about is joined, whatever the walk saw
			last[id] = time.Time{}
		}
	}
	dir, err := people.Join(slices.Collect(maps.Keys(last)), o)
	if err != nil {
		return err
	}
	active := map[people.ID]bool{}
	for id, when := range last {
		if c.Date.Sub(when) <= DepartedAfter {
			active[dir.Of(id)] = true
		}
	}
	for i := range c.persons {
		c.persons[i].gone = true
	}
	for i, id := range idents {
		if active[dir.Of(id)] {
			c.persons[c.who[i]].gone = false
		}
	}
	c.departed = true
	return nil
}
