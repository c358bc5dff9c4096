package activity

import "slices"

// A Tally is what people have done at one path or extension.
type Tally struct {
	Wrote, Reviewed Counter
}

// A Person is what one has done anywhere.
type Person struct {
	Last       int64 // unix seconds of the last commit or review; 0 = none
	LastReview int64 // unix seconds; 0 = none
	Reviews    int   // ever
}

type person struct {
	last, lastReview, reviews uint32
}

// A Change is one of the last changes of an author, with who reviewed it.
type Change struct {
	At        int64 // unix seconds
	Reviewers []PersonID
}

type change struct {
	at        uint32
	reviewers []PersonID // ascending
}

// relations are an author's reviewers.
type relations struct {
	affinity, session Counter // who reviewed this author
	reverse           Counter // whom this one reviewed
	changes           []change
}

type pair struct {
	author PersonID
	dir    string
}

// A State is the activity of a history up to a time. It is not safe for concurrent use while [State.Apply] runs; reading is.
type State struct {
	bot func(PersonID) bool

	now    uint32 // the greatest commit time so far
	events uint64

	files, dirs, exts map[string]*Tally
	people            map[PersonID]*person
	authors           map[PersonID]*relations
	pairs             map[pair]*Counter // who reviewed this author in this directory
	reviewing         Counter           // popularity
	writing           Counter

	stored *stored // has the maps instead, when nothing is to be applied
}

// New makes an empty state. bot says who is no person and counts nowhere; nil means nobody.
func New(bot func(PersonID) bool) *State {
	if bot == nil {
		bot = func(PersonID) bool { return false }
	}
	return &State{
		bot: bot, files: map[string]*Tally{}, dirs: map[string]*Tally{}, exts: map[string]*Tally{}, people: map[PersonID]*person{},
		authors: map[PersonID]*relations{}, pairs: map[pair]*Counter{},
	}
}

// Now is the time up to which the state knows everything: the greatest commit time, in unix seconds.
func (s *State) Now() int64 { return int64(s.now) }

// Events is the number of commits that were applied.
func (s *State) Events() uint64 { return s.events }

// File returns what is known of a path; nil = nothing.
func (s *State) File(path string) *Tally {
	if s.stored != nil {
		return read(s.stored, &s.stored.files, path, decoder.tally)
	}
	return s.files[path]
}

// Dir returns what is known of a directory, "" being the root; nil = nothing.
func (s *State) Dir(path string) *Tally {
	if s.stored != nil {
		return read(s.stored, &s.stored.dirs, path, decoder.tally)
	}
	return s.dirs[path]
}

// Ext returns what is known of an extension (".go"; "" for files without one); nil = nothing.
func (s *State) Ext(ext string) *Tally {
	if s.stored != nil {
		return read(s.stored, &s.stored.exts, ext, decoder.tally)
	}
	return s.exts[ext]
}

// Person returns what somebody has done.
func (s *State) Person(p PersonID) Person {
	x := s.people[p]
	if s.stored != nil {
		x = s.stored.person(p)
	}
	if x == nil {
		return Person{}
	}
	return Person{int64(x.last), int64(x.lastReview), int(x.reviews)}
}

// Affinity says who reviewed an author, with [AffinityLife].
func (s *State) Affinity(author PersonID) Counter { return s.relations(author).affinity }

// Session says who reviewed an author, with [SessionLife].
func (s *State) Session(author PersonID) Counter { return s.relations(author).session }

// Reverse says whose changes a person reviewed, with [AffinityLife].
func (s *State) Reverse(reviewer PersonID) Counter { return s.relations(reviewer).reverse }

// AffinityIn says who reviewed an author's changes to files directly in a directory, with [AffinityLife].
func (s *State) AffinityIn(author PersonID, dir string) Counter {
	c := s.pairs[pair{author, dir}]
	if s.stored != nil {
		c = read(s.stored, &s.stored.pairs, pair{author, dir}.key(), func(d decoder) *Counter { c := d.counter(); return &c })
	}
	if c != nil {
		return *c
	}
	return nil
}

// Reviewing says who reviews at all, with [PresenceLife].
func (s *State) Reviewing() Counter { return s.reviewing }

// Writing says who writes at all, with [PresenceLife].
func (s *State) Writing() Counter { return s.writing }

// Changes returns an author's last changes, at most [RecentChanges] and none older than two years at the time at, oldest first.
func (s *State) Changes(author PersonID, at int64) []Change {
	var out []Change
	for _, c := range s.relations(author).changes {
		if !c.over(second(at)) {
			out = append(out, Change{int64(c.at), c.reviewers})
		}
	}
	return out
}

func (c change) over(at uint32) bool { return at > c.at && float64(at-c.at) > changesLife }

var none relations

func (s *State) relations(p PersonID) *relations {
	r := s.authors[p]
	if s.stored != nil {
		r = read(s.stored, &s.stored.authors, p.key(), decoder.relations)
	}
	if r != nil {
		return r
	}
	return &none
}

// sweep drops what does not count any more, and reports whether anything is left.
func (t *Tally) sweep(at uint32, life HalfLife) bool {
	t.Wrote.sweep(at, life)
	t.Reviewed.sweep(at, life)
	return len(t.Wrote)+len(t.Reviewed) > 0
}

// Sweep drops what does not count any more. It changes nothing that can be asked; it only frees memory.
func (s *State) Sweep() {
	for _, table := range []struct {
		tallies map[string]*Tally
		life    HalfLife
	}{{s.files, FileLife}, {s.dirs, DirLife}, {s.exts, DirLife}} {
		for key, t := range table.tallies {
			if !t.sweep(s.now, table.life) {
				delete(table.tallies, key)
			}
		}
	}
	for key, c := range s.pairs {
		if c.sweep(s.now, AffinityLife); len(*c) == 0 {
			delete(s.pairs, key)
		}
	}
	for key, r := range s.authors {
		r.affinity.sweep(s.now, AffinityLife)
		r.session.sweep(s.now, SessionLife)
		r.reverse.sweep(s.now, AffinityLife)
		r.changes = slices.DeleteFunc(r.changes, func(c change) bool { return c.over(s.now) })
		if len(r.affinity)+len(r.session)+len(r.reverse)+len(r.changes) == 0 {
			delete(s.authors, key)
		}
	}
	s.reviewing.sweep(s.now, PresenceLife)
	s.writing.sweep(s.now, PresenceLife)
}
