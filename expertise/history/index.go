package history

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/smallfile"
)

// MaxMailmap is the size of the largest .mailmap that is read, in bytes.
const MaxMailmap = 16 << 20

// Options say how a history is read. What was read with others is no base for an update.
type Options struct {
	// People say how idents are joined, beside the .mailmap of the tip.
	People people.Options

	// Now is the latest date of a commit that is believed; the zero Time is an hour after the clock of the machine. It is not kept.
	Now time.Time

	// Progress is told how many of all commits are done; nil = nobody is.
	Progress func(done, all int)
}

// An Index is what is known at one commit. It is not to be changed; reading it is safe for concurrent use.
type Index struct {
	Tip    string // full id
	State  *activity.State
	People *people.Directory // its numbers are those of State

	rules  *rules
	edge   []byte // of a shallow repository: a sum of what it was; empty = there was none
	idents []byte // all names and mails, in the order of their numbers
	day    int64
	count  map[uint32]int
	file   []byte // what it was read from; nil = it was made
}

// rules decide who is who. They are kept with what was found by them, so that whoever asks later need not have them.
type rules struct {
	options []byte // JSON
	mailmap []byte // as the tip has it

	once   sync.Once
	parsed people.Options
	err    error
}

// Update reads what came to a branch since an index was made, up to a tip, given by its full id. It reads everything where there is no index
// (nil), where the index's tip is not on the line of first parents, where the repository is shallow otherwise than it was, and where somebody is not who he
// was: by another .mailmap, other options, or a name that joins two people. The result is the same in each case; it is the old index itself where nothing has changed.
func Update(ctx context.Context, repo *gitio.Repo, old *Index, tip string, o Options) (*Index, error) {
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	mailmap, err := readMailmap(ctx, repo, tip)
	if err != nil {
		return nil, err
	}
	r, err := rulesOf(mailmap, o.People)
	if err != nil {
		return nil, err
	}
	edge, err := edgeOf(repo)
	if err != nil {
		return nil, err
	}
	var x *Index
	if old != nil && len(old.Tip) == len(tip) && bytes.Equal(old.rules.options, r.options) && bytes.Equal(old.rules.mailmap, mailmap) && bytes.Equal(old.edge, edge) {
		if old.Tip == tip {
			return old, nil
		}
		if x, err = extend(ctx, repo, old, tip, r, &o); err != nil {
			return nil, err
		}
	}
	if x == nil {
		x, err = extend(ctx, repo, nil, tip, r, &o)
	}
	switch {
	case err != nil:
		return nil, err
	case x == nil:
		return nil, fmt.Errorf("history of %s: a part of it is missing", tip)
	}
	x.edge = edge
	return x, nil
}

// edgeOf sums up where a shallow repository ends.
func edgeOf(repo *gitio.Repo) ([]byte, error) {
	ids, err := repo.ShallowEdge()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	sum := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	return sum[:], nil
}

// readMailmap reads the .mailmap of a commit; one that is missing, no file, or not here is empty. That it is so is said by whoever shows names.
func readMailmap(ctx context.Context, repo *gitio.Repo, tip string) ([]byte, error) {
	data, _, err := smallfile.Read(ctx, repo, tip, ".mailmap", MaxMailmap)
	return data, err
}

// extend adds what is new; the index is nil where the old one is no base for that.
func extend(ctx context.Context, repo *gitio.Repo, old *Index, tip string, r *rules, o *Options) (*Index, error) {
	from, idents, commits := "", []people.Ident(nil), []int(nil)
	if old != nil {
		there, err := repo.Has(ctx, old.Tip)
		if err != nil || !there {
			return nil, err
		}
		from = old.Tip
		if idents, commits, err = readIdents(old.idents); err != nil {
			return nil, nil // damaged in a way that no checksum shows
		}
	}
	list, follows, err := repo.Arrivals(ctx, from, tip)
	if err != nil || !follows {
		return nil, err
	}
	who := newRegister(idents, commits)
	// Reading what the commits say is a tenth of the work.
	all := len(list)
	said, err := heads(ctx, repo, list, who, func(n int) { o.Progress(n/10, all) })
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", tip, err)
	}
	dir, err := join(old, idents, who, r)
	if dir == nil || err != nil {
		return nil, err
	}
	person := make([]people.ID, len(who.idents))
	for i, id := range who.idents {
		person[i] = dir.Of(id)
	}
	x := &Index{Tip: tip, People: dir, rules: r, idents: appendIdents(nil, who.idents, who.commits)}
	bot := func(p activity.PersonID) bool { return dir.Person(people.ID(p)).Bot } // #nosec G115 -- at most activity.MaxPerson
	c := &clock{now: now(o), count: map[uint32]int{}}
	if old == nil {
		x.State = activity.New(bot)
	} else {
		state, err := old.State.MarshalBinary()
		if err != nil {
			return nil, err
		}
		if x.State, err = activity.Unmarshal(state, bot); err != nil {
			return nil, nil // damaged in a way that no checksum shows
		}
		c.last, c.day = x.State.Now(), old.day
		maps.Copy(c.count, old.count)
	}
	if err := apply(ctx, repo, x.State, c, said, person, func(n int) { o.Progress(all/10+n*9/10, all) }); err != nil {
		return nil, fmt.Errorf("history of %s: %w", tip, err)
	}
	x.day, x.count = c.day, c.count
	return x, nil
}

// join finds the people of all idents; nil where the numbers that an index gave to some of them do not hold. It is done again also where nobody is new: what
// somebody is called goes by how many commits have it.
func join(old *Index, known []people.Ident, all *register, r *rules) (*people.Directory, error) {
	o, err := r.people()
	if err != nil {
		return nil, err
	}
	dir, err := people.JoinCounted(all.idents, weights(all.commits), o)
	if err != nil {
		return nil, err
	}
	if old != nil && slices.ContainsFunc(known, func(id people.Ident) bool { return old.People.Of(id) != dir.Of(id) }) {
		return nil, nil // two people turned out to be one, or one to be two
	}
	return dir, nil
}

// weights is how much each ident counts for what a person is called: also one that only trailers have counts.
func weights(commits []int) []int {
	out := make([]int, len(commits))
	for i, n := range commits {
		out[i] = n + 1
	}
	return out
}

// Of returns whom the history knows a name and mail as, which it need not have itself: by the rules by which its own are joined. There may be
// several, which come in ascending order: a name and a mail that say different things.
func (x *Index) Of(id people.Ident) ([]people.ID, error) {
	if p := x.People.Of(id); p != people.None {
		return []people.ID{p}, nil
	}
	o, err := x.rules.people()
	if err != nil {
		return nil, err
	}
	who, known, err := x.People.Find(id, o)
	if known || err != nil {
		return who, err
	}
	idents, commits, err := readIdents(x.idents)
	if err != nil {
		return nil, err
	}
	joined, err := people.JoinCounted(append(slices.Clone(idents), id), append(weights(commits), 1), o)
	if err != nil {
		return nil, err
	}
	p := joined.Of(id)
	for _, known := range idents {
		if k := x.People.Of(known); joined.Of(known) == p && !slices.Contains(who, k) {
			who = append(who, k)
		}
	}
	slices.Sort(who)
	return who, nil
}
