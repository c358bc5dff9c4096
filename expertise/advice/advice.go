package advice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/language"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/expertise/suggest"
)

// nobody stands for an author whom the history does not know.
const nobody = activity.MaxPerson

// Options say what is asked.
type Options struct {
	Now      time.Time   // the zero Time is now
	Language string      // only files in it count, as package language names it; "" = all
	Absent   []people.ID // not to be suggested
}

// Leave adds everybody who has one of the mails to those who are not suggested, and returns the mails that nobody has. Where people share a mail, all of
// them are meant: to ask one less is better than to name somebody who does not want it.
func (o *Options) Leave(known *people.Directory, mails ...string) (unknown []string) {
	for _, mail := range mails {
		all := known.Mails(mail)
		if len(all) == 0 {
			unknown = append(unknown, mail)
		}
		for _, who := range all {
			if !slices.Contains(o.Absent, who) {
				o.Absent = append(o.Absent, who)
			}
		}
	}
	return unknown
}

// Advice is an answer.
type Advice struct {
	Query   *suggest.Query
	Ranking []suggest.Suggestion // all who could review, best first
	Authors []people.Ident       // of the change, the one whose reviewers are looked for first
	Commits int
	Fork    string   // full id of the commit that the change begins at; "" = the question was about paths
	Paths   []string // that were asked about
	Meant   int      // how many files the paths of a question stand for, of which Paths are a part; 0 = all of Paths
	Missing []string // paths of a question that are not there
	Cold    bool     // the history hardly says who reviewed
}

var (
	// ErrNothing says that there is no change to review.
	ErrNothing = errors.New("there is nothing to review")
	// ErrUnrelated says that a range has no beginning.
	ErrUnrelated = errors.New("the two have no history in common")
)

// Range asks about the commits that new has and old does not, both full ids: about what they change together. The moment of asking is when
// the last of them was committed, so that the same range has the same answer as long as the index is the same.
func (s *Source) Range(ctx context.Context, old, new string, o Options) (*Advice, error) {
	span, err := s.Repo.Span(ctx, old, new)
	if err != nil {
		return nil, err
	}
	fork, list := span.Fork, span.Commits
	switch {
	case fork == "":
		return nil, ErrUnrelated
	case len(list) == 0:
		return nil, ErrNothing
	}
	a := &Advice{Fork: fork, Commits: len(list)}
	var asked int64
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[len(list)-1-i].ID // the newest first
	}
	err = s.Repo.CommitHeads(ctx, ids, func(i int, c *analyzers.Commit) error {
		if i == 0 {
			asked = c.Committer.When.Unix()
		}
		if i > 0 && c.Merge() {
			return nil // who brings the branch up to date writes nothing
		}
		for _, id := range history.Authors(c) {
			if !slices.Contains(a.Authors, id) {
				a.Authors = append(a.Authors, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := &touch{source: s}
	if err := t.read(ctx, fork, new, o.Language); err != nil {
		return nil, err
	}
	return a, s.ask(a, t, min(asked, o.now()), o)
}

// Paths asks about files and what is below directories, as they are at the tip of the index, for a change that somebody is about to make.
func (s *Source) Paths(ctx context.Context, paths []string, author people.Ident, o Options) (*Advice, error) {
	a := &Advice{Authors: []people.Ident{author}}
	t := &touch{source: s}
	if err := t.list(ctx, s.Activity.Tip, paths, o.Language); err != nil {
		return nil, err
	}
	a.Meant, a.Missing = t.meant, t.missing
	return a, s.ask(a, t, o.now(), o)
}

func (o *Options) now() int64 {
	if o.Now.IsZero() {
		return time.Now().Unix()
	}
	return o.Now.Unix()
}

// ask makes the query and ranks.
func (s *Source) ask(a *Advice, t *touch, at int64, o Options) error {
	x := s.Activity
	q := &suggest.Query{At: max(at, x.State.Now()), Author: nobody, Files: t.files}
	for i, id := range a.Authors {
		who, err := x.Of(id)
		if err != nil {
			return err
		}
		for k, p := range who {
			if n := activity.PersonID(p); i == 0 && k == 0 { // #nosec G115 -- not negative
				q.Author = n
			} else if n != q.Author && !slices.Contains(q.CoAuthors, n) {
				q.CoAuthors = append(q.CoAuthors, n)
			}
		}
	}
	q.Exclude = func(p activity.PersonID) bool {
		who := people.ID(p) // #nosec G115 -- at most activity.MaxPerson
		return x.People.Nobody(who) || slices.Contains(o.Absent, who)
	}
	q.Touched, q.Whole = t.owners(q)
	q.AllTouched, q.AllWhole = t.allTouched, t.allWhole
	a.Query, a.Ranking = q, suggest.Rank(x.State, q)
	a.Cold = suggest.WeightsFor(x.State, q.At) == &suggest.Cold
	for _, f := range t.files {
		a.Paths = append(a.Paths, f.Path)
	}
	return nil
}

// Languages returns in which languages files are written, that of most files first.
func Languages(paths []string) []string {
	count := map[string]int{}
	var out []string
	for _, p := range paths {
		if l := language.Of(p); l != "" {
			if count[l] == 0 {
				out = append(out, l)
			}
			count[l]++
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return count[b] - count[a] })
	return out
}

// noFile is the error of a question that no file is left of.
func noFile(what, lang string) error {
	if lang != "" {
		return fmt.Errorf("%w: no file in %s %s", ErrNothing, lang, what)
	}
	return fmt.Errorf("%w: no file %s", ErrNothing, what)
}
