package history

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
	"github.com/refward/refward/internal/gitio"
)

// maxMailmap is the size of the largest .mailmap that is read, in bytes.
const maxMailmap = 16 << 20

// Path returns where the index of a repository is kept, given the directory that its linked worktrees share.
func Path(common string) string { return filepath.Join(common, "refward", "activity.idx") }

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

	idents []people.Ident
	key    [sha256.Size]byte // of what decides who is who
	day    int64
	count  map[uint32]int
	o      people.Options
}

// Update reads what came to a branch since an index was made, up to a tip, given by its full id. It reads everything where there is no index
// (nil), where the index's tip is not on the line of first parents, and where somebody is not who he was: by another .mailmap, other
// options, or a name that joins two people. The result is the same in each case.
func Update(ctx context.Context, repo *gitio.Repo, old *Stored, tip string, o Options) (*Index, error) {
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	mailmap, err := readMailmap(ctx, repo, tip)
	if err != nil {
		return nil, err
	}
	key, err := keyOf(mailmap, o.People)
	if err != nil {
		return nil, err
	}
	o.People.Mailmap = people.ParseMailmap(mailmap)
	if old != nil && old.x.key == key && len(old.x.Tip) == len(tip) {
		x, err := extend(ctx, repo, old, tip, key, &o)
		if x != nil || err != nil {
			return x, err
		}
	}
	x, err := extend(ctx, repo, nil, tip, key, &o)
	if err == nil && x == nil {
		err = fmt.Errorf("history of %s: a part of it is missing", tip)
	}
	return x, err
}

// readMailmap reads the .mailmap of a commit; one that is missing, no file, or not here is empty.
func readMailmap(ctx context.Context, repo *gitio.Repo, tip string) ([]byte, error) {
	data, err := repo.ReadFile(ctx, tip, ".mailmap", maxMailmap)
	if err != nil && !errors.Is(err, gitio.ErrNotExist) && !errors.Is(err, gitio.ErrNotFile) && !errors.Is(err, gitio.ErrNotHere) {
		return nil, fmt.Errorf("mailmap of %s: %w", tip, err)
	}
	return data, nil
}

// keyOf sums up what decides who is who.
func keyOf(mailmap []byte, o people.Options) (key [sha256.Size]byte, err error) {
	text, err := json.Marshal([]any{o.Aliases, o.Bots, o.Domains})
	if err != nil {
		return key, err
	}
	sum := sha256.Sum256(mailmap)
	return sha256.Sum256(append(sum[:], text...)), nil
}

// extend adds what is new; the index is nil where the old one is no base for that.
func extend(ctx context.Context, repo *gitio.Repo, old *Stored, tip string, key [sha256.Size]byte, o *Options) (*Index, error) {
	from, idents := "", []people.Ident(nil)
	if old != nil {
		if there, err := repo.Has(ctx, old.x.Tip); err != nil || !there {
			return nil, err
		}
		from, idents = old.x.Tip, old.x.idents
	}
	list, follows, err := repo.Arrivals(ctx, from, tip)
	if err != nil || !follows {
		return nil, err
	}
	who := newRegister(idents)
	// Reading what the commits say is a tenth of the work.
	all := len(list)
	said, err := heads(ctx, repo, list, who, func(n int) { o.Progress(n/10, all) })
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", tip, err)
	}
	dir, err := people.Join(who.idents, o.People)
	if err != nil {
		return nil, err
	}
	if len(idents) > 0 && len(who.idents) > len(idents) {
		was, err := people.Join(idents, o.People)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(idents, func(id people.Ident) bool { return was.Of(id) != dir.Of(id) }) {
			return nil, nil // two people turned out to be one
		}
	}
	person := make([]people.ID, len(who.idents))
	for i, id := range who.idents {
		person[i] = dir.Of(id)
	}
	x := &Index{Tip: tip, People: dir, idents: who.idents, key: key, o: o.People}
	bot := func(p activity.PersonID) bool { return dir.Person(people.ID(p)).Bot } // #nosec G115 -- at most activity.MaxPerson
	c := &clock{now: now(o), count: map[uint32]int{}}
	if old == nil {
		x.State = activity.New(bot)
	} else {
		if x.State, err = activity.Unmarshal(old.state, bot); err != nil {
			return nil, nil // of another version of the model
		}
		c.last, c.day = x.State.Now(), old.x.day
		maps.Copy(c.count, old.x.count)
	}
	if err := apply(ctx, repo, x.State, c, said, person, func(n int) { o.Progress(all/10+n*9/10, all) }); err != nil {
		return nil, fmt.Errorf("history of %s: %w", tip, err)
	}
	x.day, x.count = c.day, c.count
	return x, nil
}

// Of returns whom the history knows a name and mail as, which it need not have itself: by the rules by which its own are joined. There may be
// several: a name and a mail that say different things.
func (x *Index) Of(id people.Ident) ([]people.ID, error) {
	if p := x.People.Of(id); p != people.None {
		return []people.ID{p}, nil
	}
	joined, err := people.Join(append(slices.Clone(x.idents), id), x.o)
	if err != nil {
		return nil, err
	}
	var out []people.ID
	p := joined.Of(id)
	for _, known := range x.idents {
		if k := x.People.Of(known); joined.Of(known) == p && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, nil
}

// Load reads the index of a repository as it is stored, for whoever does not want it brought up to date. Errors are those of [Open].
func Load(ctx context.Context, repo *gitio.Repo) (*Index, error) {
	s, err := Open(Path(repo.CommonDir()))
	if err != nil {
		return nil, err
	}
	mailmap, err := readMailmap(ctx, repo, s.x.Tip)
	if err != nil {
		return nil, err
	}
	x := s.x
	x.o.Mailmap = people.ParseMailmap(mailmap)
	if x.People, err = people.Join(x.idents, x.o); err != nil {
		return nil, err
	}
	x.State, err = activity.Unmarshal(s.state, func(p activity.PersonID) bool { return x.People.Person(people.ID(p)).Bot }) // #nosec G115 -- at most activity.MaxPerson
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return &x, nil
}

// counts returns the authors of the day in ascending order.
func (x *Index) counts() []uint32 {
	out := make([]uint32, 0, len(x.count))
	for p := range x.count {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// Bytes returns what Write writes: magic, version, sums, tip, idents, counts of the day, the state, and the SHA-256 of all before it. Numbers are as in
// [binary.AppendUvarint], texts have their length before them.
func (x *Index) Bytes() ([]byte, error) {
	state, err := x.State.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return x.encode(state), nil
}

func (x *Index) encode(state []byte) []byte {
	out := append([]byte(magic), version)
	out = append(out, x.key[:]...)
	text := func(s string) { out = append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	text(x.Tip)
	out = binary.AppendUvarint(out, uint64(len(x.idents)))
	for _, id := range x.idents {
		text(id.Name)
		text(id.Mail)
	}
	out = binary.AppendUvarint(out, uint64(x.day)) // #nosec G115 -- not negative
	counts := x.counts()
	out = binary.AppendUvarint(out, uint64(len(counts)))
	for _, p := range counts {
		out = binary.AppendUvarint(out, uint64(p))
		out = binary.AppendUvarint(out, uint64(x.count[p])) // #nosec G115 -- not negative
	}
	text(string(state))
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}
