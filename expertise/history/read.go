package history

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/message"
)

const (
	// MaxReviewed is how many commits of one author count as reviewed in 24 hours.
	MaxReviewed = 200
	// maxCoAuthors and maxTrailers bound what one commit may claim.
	maxCoAuthors = 64
	maxTrailers  = 256
	// maxFiles is how many files of a commit are kept: renames beyond it are lost, and nothing else is.
	maxFiles = 20000
	// maxName is the length of the longest name or mail in bytes.
	maxName = 1024
	// batch is how many commits are compared at a time.
	batch = 4096
)

// A head is what a commit says, without its files. Numbers are those of idents.
type head struct {
	id                  string
	parents             []string
	author              int
	coAuthors           []int
	reviews             []review
	authored, committed int64
	edge                bool // of a shallow clone
}

type review struct {
	ident int
	kind  activity.ReviewKind
}

// A register numbers idents in the order in which they come, and counts the commits that they made.
type register struct {
	idents  []people.Ident
	commits []int
	number  map[people.Ident]int
}

func newRegister(idents []people.Ident, commits []int) *register {
	r := &register{idents: slices.Clone(idents), commits: slices.Clone(commits), number: make(map[people.Ident]int, len(idents))}
	for i, id := range idents {
		r.number[id] = i
	}
	return r
}

func (r *register) of(id people.Ident) int {
	n, ok := r.number[id]
	if !ok {
		n = len(r.idents)
		r.number[id] = n
		r.idents, r.commits = append(r.idents, id), append(r.commits, 0)
	}
	return n
}

// heads reads what commits say.
func heads(ctx context.Context, repo *gitio.Repo, list []gitio.Arrival, who *register, progress func(int)) ([]head, error) {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	out := make([]head, len(list))
	err := repo.CommitHeads(ctx, ids, func(i int, c *analyzers.Commit) error {
		// A commit that is longer than is read has no author here; it still stands between its neighbours.
		h := head{id: ids[i], parents: list[i].Parents, edge: len(c.Parents) > len(list[i].Parents), authored: c.Author.When.Unix(), committed: c.Committer.When.Unix()}
		h.author = who.of(identOf(c.Author))
		who.commits[h.author]++
		for _, t := range trailers(c.Message) {
			if t.kind == coAuthored {
				if len(h.coAuthors) < maxCoAuthors {
					h.coAuthors = append(h.coAuthors, who.of(t.who))
				}
				continue
			}
			if len(h.reviews) < maxTrailers {
				h.reviews = append(h.reviews, review{who.of(t.who), t.kind})
			}
		}
		out[i] = h
		if i%batch == 0 {
			progress(i)
		}
		return nil
	})
	return out, err
}

func identOf(s analyzers.Signature) people.Ident {
	return people.Ident{Name: cut(s.Name), Mail: cut(s.Email)}
}

func cut(s string) string { return s[:min(len(s), maxName)] }

// coAuthored is the kind of a trailer that names who wrote.
const coAuthored activity.ReviewKind = 255

type trailer struct {
	who  people.Ident
	kind activity.ReviewKind
}

// kinds are the keys of trailers that name people; git compares them without case (git-interpret-trailers(1)).
var kinds = map[string]activity.ReviewKind{
	"reviewed-by": activity.ReviewedBy, "approved-by": activity.ApprovedBy, "acked-by": activity.AckedBy, "co-authored-by": coAuthored,
}

// trailers returns the people whom the trailers of a message name.
func trailers(text string) []trailer {
	if !strings.Contains(strings.ToLower(text), "-by:") {
		return nil // most messages; reading them takes longer than this
	}
	m := message.Parse(text)
	var out []trailer
	for _, t := range m.Trailers {
		kind, ok := kinds[strings.ToLower(t.Key)]
		if !ok {
			continue
		}
		if id := contact(t.Value); id != (people.Ident{}) {
			out = append(out, trailer{id, kind})
		}
	}
	return out
}

// contact reads "Name <mail>", with anything behind it, or a name, login or mail alone.
func contact(s string) people.Ident {
	name, rest, ok := strings.Cut(s, "<")
	if mail, _, closed := strings.Cut(rest, ">"); ok && closed {
		return people.Ident{Name: cut(strings.TrimSpace(name)), Mail: cut(strings.TrimSpace(mail))}
	}
	s = cut(strings.TrimSpace(s))
	if at := strings.IndexByte(s, '@'); at > 0 && !strings.ContainsAny(s, " \t") {
		return people.Ident{Mail: s}
	}
	return people.Ident{Name: s}
}

// A clock keeps dates from the future out, and counts what an author claims to be reviewed.
type clock struct {
	now  int64 // of the machine, unix seconds
	last int64 // the greatest commit time so far

	day   int64          // since 1970
	count map[uint32]int // reviewed commits of the day by author
}

// tick returns the time of the next commit.
func (c *clock) tick(committed int64) int64 {
	if committed > c.now || committed < 0 {
		committed = c.last // 0 where nothing was before: the clock of this machine has no say in what is kept
	}
	if c.last = max(c.last, committed); c.last/86400 != c.day {
		c.day, c.count = c.last/86400, map[uint32]int{}
	}
	return committed
}

// believes reports whether one more reviewed commit of an author counts.
func (c *clock) believes(author uint32) bool {
	if c.count[author] >= MaxReviewed {
		return false
	}
	c.count[author]++
	return true
}

// apply adds commits to a state.
func apply(ctx context.Context, repo *gitio.Repo, s *activity.State, c *clock, list []head, person []people.ID, progress func(int)) error {
	brought := bring(list)
	for from := 0; from < len(list); from += batch {
		part := list[from:min(from+batch, len(list))]
		events := make([]activity.Event, len(part))
		var pairs []gitio.CommitPair
		var at []int
		for i, h := range part {
			e := &events[i]
			*e = activity.Event{ID: h.id, Authored: h.authored, Merge: len(h.parents) > 1, Author: number(person[h.author])}
			for _, n := range h.coAuthors {
				e.CoAuthors = append(e.CoAuthors, number(person[n]))
			}
			for _, v := range h.reviews {
				e.Reviews = append(e.Reviews, activity.Review{Person: number(person[v.ident]), Kind: v.kind})
			}
			if e.Merge {
				credit(e, list, brought[from+i], person)
			}
			if h.edge {
				continue
			}
			p := gitio.CommitPair{Commit: h.id}
			if len(h.parents) > 0 {
				p.Parents = h.parents[:1]
			}
			pairs, at = append(pairs, p), append(at, i)
		}
		// Each event is counted, and its files are let go, as soon as they are known: together those of some commits can be more than memory holds.
		done := 0
		count := func(past int) error {
			for ; done < past; done++ {
				e := &events[done]
				e.Committed = c.tick(part[done].committed)
				if len(e.Reviews) > 0 && !c.believes(uint32(number(person[part[done].author]))) {
					e.Reviews = nil
				}
				if err := s.Apply(e); err != nil {
					return err
				}
				*e = activity.Event{}
			}
			return nil
		}
		var own error // which a stream that is ended because of it would hide behind what git said
		err := repo.Moves(ctx, pairs, func(i int, k gitio.Entry) error {
			if own = count(at[i]); own != nil {
				return own
			}
			e := &events[at[i]]
			if e.FileCount++; len(e.Files) < maxFiles && k.Path != "" {
				e.Files = append(e.Files, activity.File{Path: k.Path, Old: k.Old, Status: k.Status})
			}
			return nil
		})
		if own != nil {
			return own
		}
		if err != nil {
			return fmt.Errorf("files of commits: %w", err)
		}
		if err := count(len(part)); err != nil {
			return err
		}
		progress(from + len(part))
	}
	return nil
}

func number(p people.ID) activity.PersonID { return activity.PersonID(max(p, 0)) } // #nosec G115 -- not negative

// now is the latest date that is believed: clocks of machines differ a little.
func now(o *Options) int64 {
	if o.Now.IsZero() {
		return time.Now().Add(time.Hour).Unix()
	}
	return o.Now.Unix()
}

// Authors returns who wrote a commit: its author first, then the co-authors whom its trailers name.
func Authors(c *analyzers.Commit) []people.Ident {
	out := []people.Ident{identOf(c.Author)}
	for _, t := range trailers(c.Message) {
		if t.kind == coAuthored && len(out) <= maxCoAuthors {
			out = append(out, t.who)
		}
	}
	return out
}
