package activity

import (
	"errors"
	"slices"
)

const (
	// sweeping is the number of files above which a commit says nothing about who knows them.
	sweeping = 200
	// focused is the number of files up to which a commit counts in full for each of them.
	focused = 10
	// maxReviewers bounds what one commit may claim: anyone can type trailers.
	maxReviewers = 64
	// sweepEvery is the number of commits after which memory is freed.
	sweepEvery = 1 << 14
)

// errOpened says that a state was opened to be asked.
var errOpened = errors.New("a state of activity that was opened takes no commits")

// Apply adds one commit. Its time is the greatest commit time so far, so that clocks that go wrong never make time go backwards.
func (s *State) Apply(e *Event) error {
	if s.stored != nil {
		return errOpened
	}
	if err := e.check(); err != nil {
		return err
	}
	e = e.short()
	s.now = max(s.now, second(e.Committed))
	s.events++
	s.rename(e.Files)
	writers, reviewed := s.writers(e), s.reviewers(e)
	if e.Merge {
		if writers = nil; len(reviewed) == 0 {
			return nil // its commits have been counted themselves
		}
	}
	for _, p := range writers {
		s.touch(p)
		s.writing.add(p, s.now, one, PresenceLife)
	}
	for _, p := range reviewed {
		x := s.touch(p)
		x.lastReview = s.now
		x.reviews++
		s.reviewing.add(p, s.now, one, PresenceLife)
	}
	if !s.bot(e.Author) {
		s.relate(e, reviewed)
	}
	if n := e.files(); n > 0 && n <= sweeping {
		s.count(e, writers, reviewed)
	}
	if s.events%sweepEvery == 0 {
		s.Sweep()
	}
	return nil
}

// rename carries what is known of files over to their new names, all at once: two files may swap theirs.
func (s *State) rename(files []File) {
	type moved struct {
		to    string
		tally *Tally
	}
	var all []moved
	for _, f := range files {
		if f.Status != 'R' || f.Old == "" || f.Old == f.Path || s.files[f.Old] == nil {
			continue
		}
		// What has decayed must not replace what is known of the new name: it may have been dropped, or not yet.
		t := s.files[f.Old]
		if t.sweep(s.now, FileLife) {
			all = append(all, moved{f.Path, t})
		}
		delete(s.files, f.Old) // one file has one new name: two must not share their sums
	}
	for _, m := range all {
		s.files[m.to] = m.tally
	}
}

// writers returns the author and the co-authors without bots, each once.
func (s *State) writers(e *Event) []PersonID {
	var out []PersonID
	for _, p := range append([]PersonID{e.Author}, e.CoAuthors...) {
		if !s.bot(p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// reviewers returns who reviewed, each once, ascending: no bots, and nobody who wrote it.
func (s *State) reviewers(e *Event) []PersonID {
	var out []PersonID
	for _, r := range e.Reviews {
		if p := r.Person; !s.bot(p) && p != e.Author && !slices.Contains(e.CoAuthors, p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), maxReviewers)]
}

func (s *State) touch(p PersonID) *person {
	x := s.people[p]
	if x == nil {
		x = &person{}
		s.people[p] = x
	}
	x.last = s.now
	return x
}

func (s *State) relation(p PersonID) *relations {
	x := s.authors[p]
	if x == nil {
		x = &relations{}
		s.authors[p] = x
	}
	return x
}

// relate counts who reviewed whom.
func (s *State) relate(e *Event, reviewed []PersonID) {
	a := s.relation(e.Author)
	for _, p := range reviewed {
		a.affinity.add(p, s.now, one, AffinityLife)
		a.session.add(p, s.now, one, SessionLife)
		s.relation(p).reverse.add(e.Author, s.now, one, AffinityLife)
	}
	if len(a.changes) == RecentChanges {
		copy(a.changes, a.changes[1:])
		a.changes = a.changes[:RecentChanges-1]
	}
	a.changes = append(a.changes, change{s.now, reviewed})
}

// count gives the files of a commit, their directories and their extensions to who wrote and who reviewed it.
func (s *State) count(e *Event, writers, reviewed []PersonID) {
	weight := uint32(one * min(1, float64(focused)/float64(e.files())))
	add := func(table map[string]*Tally, key string, life HalfLife) {
		t := table[key]
		if t == nil {
			t = &Tally{}
			table[key] = t
		}
		for _, p := range writers {
			t.Wrote.add(p, s.now, weight, life)
		}
		for _, p := range reviewed {
			t.Reviewed.add(p, s.now, weight, life)
		}
	}
	dirs, exts, direct := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range e.Files {
		d := Dir(f.Path)
		if len(reviewed) > 0 {
			direct[d] = true
		}
		if f.Status == 'D' {
			continue // who removes a file need not know it
		}
		add(s.files, f.Path, FileLife)
		exts[Ext(f.Path)] = true
		for ; !dirs[d]; d = Dir(d) {
			dirs[d] = true // "" is its own directory, and ends it
		}
	}
	for d := range dirs {
		add(s.dirs, d, DirLife)
	}
	for x := range exts {
		add(s.exts, x, DirLife)
	}
	if s.bot(e.Author) {
		return
	}
	for d := range direct {
		key := pair{e.Author, d}
		c := s.pairs[key]
		if c == nil {
			c = &Counter{}
			s.pairs[key] = c
		}
		for _, p := range reviewed {
			c.add(p, s.now, one, AffinityLife)
		}
	}
}
