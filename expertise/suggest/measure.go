package suggest

import (
	"math"
	"slices"

	"github.com/refward/refward/expertise/activity"
)

const day = 86400.0

// doubt is added to what all people did before shares are taken: where next to nothing was done, nobody's share is large.
const doubt = 0.25

// A Candidate is a person with what speaks for it.
type Candidate struct {
	Person  activity.PersonID
	Signals [Signals]float64
}

// A measuring collects the signals of one query.
type measuring struct {
	state   *activity.State
	query   *Query
	at      int64
	index   map[activity.PersonID]int // -1: not to be suggested
	list    []Candidate
	scratch []weighted
	place   int   // the number of the file or directory that is looked at
	known   []int // for each slot the last place that was known
}

// weighted is what the person in a slot has of a counter.
type weighted struct {
	slot int
	activity.Value
}

// Measure returns everybody who could be suggested, in order of persons: those for whom any signal speaks, who did something in the last
// 365 days, and are not excluded.
func Measure(s *activity.State, q *Query) []Candidate {
	m := &measuring{state: s, query: q, at: max(q.At, s.Now()), index: map[activity.PersonID]int{}}
	m.lines(q.Touched, TouchedLines)
	m.lines(q.Whole, FileLines)
	m.paths()
	m.share(s.Affinity(q.Author), activity.AffinityLife, Affinity, 1)
	m.share(s.Session(q.Author), activity.SessionLife, AffinitySession, 1)
	m.share(s.Reverse(q.Author), activity.AffinityLife, Reverse, 1)
	m.share(s.Reviewing(), activity.PresenceLife, ReviewPopularity, 1)
	m.share(s.Writing(), activity.PresenceLife, AuthorActivity, 1)
	m.lastReviewers()
	for i := range m.list {
		c := &m.list[i]
		for k, v := range c.Signals {
			c.Signals[k] = math.Sqrt(min(v, 1))
		}
		p := s.Person(c.Person)
		c.Signals[Recency] = math.Exp(-float64(m.at-p.Last) / day / 30)
		if p.Reviews == 0 {
			c.Signals[NeverReviewed] = 1
		} else {
			c.Signals[ReviewRecency] = math.Exp(-float64(m.at-p.LastReview) / day / 7)
		}
		c.Signals[AffinityAndDir] = c.Signals[Affinity] * c.Signals[DirReview]
		c.Signals[AffinityAndFile] = c.Signals[Affinity] * c.Signals[FileReview]
		c.Signals[SessionAndDir] = c.Signals[AffinitySession] * c.Signals[DirReview]
	}
	slices.SortFunc(m.list, func(a, b Candidate) int { return int(a.Person) - int(b.Person) })
	return m.list
}

// other reports whether what a person did counts: not the authors' own, and nobody's who is excluded.
func (m *measuring) other(p activity.PersonID) bool { return m.slot(p) != excluded }

const (
	excluded = -1
	silent   = -2 // counts in shares, but has done nothing for too long
)

// slot returns a person's place in the list, or excluded, or silent.
func (m *measuring) slot(p activity.PersonID) int {
	i, seen := m.index[p]
	if seen {
		return i
	}
	q := m.query
	switch last := m.state.Person(p).Last; {
	case q.Excludes(p):
		i = excluded
	case last == 0 || float64(m.at-last)/day > gone:
		i = silent
	default:
		i = len(m.list)
		m.list = append(m.list, Candidate{Person: p})
	}
	m.index[p] = i
	return i
}

func (m *measuring) add(p activity.PersonID, s Signal, v float64) {
	if i := m.slot(p); i >= 0 {
		m.list[i].Signals[s] += v
	}
}

// lines adds shares of lines.
func (m *measuring) lines(lines []Lines, s Signal) {
	sum := 0.0
	for _, l := range lines {
		if m.other(l.Person) {
			sum += float64(l.Count)
		}
	}
	if sum == 0 {
		return
	}
	for _, l := range lines {
		if m.other(l.Person) {
			m.add(l.Person, s, float64(l.Count)/sum)
		}
	}
}

// share adds part times each person's share of a counter, and returns who has something of it, until the next call.
func (m *measuring) share(c activity.Counter, life activity.HalfLife, s Signal, part float64) []weighted {
	sum := 0.0
	m.scratch = m.scratch[:0]
	for p, v := range c.All(m.at, life) {
		i := m.slot(p)
		if i == excluded {
			continue
		}
		sum += v.Weight
		if i >= 0 {
			m.scratch = append(m.scratch, weighted{i, v})
		}
	}
	for _, w := range m.scratch {
		m.list[w.slot].Signals[s] += part * w.Weight / (sum + doubt)
	}
	return m.scratch
}

// lastReviewers adds who reviewed the author's last changes, in order rather than in time: some authors come once a month.
func (m *measuring) lastReviewers() {
	changes := m.state.Changes(m.query.Author, m.at)
	all, part := 0.0, 1.0
	score := map[activity.PersonID]float64{}
	for _, c := range slices.Backward(changes) {
		if len(c.Reviewers) == 0 {
			continue
		}
		for _, p := range c.Reviewers {
			score[p] += part
		}
		all += part
		part *= 0.8
	}
	for p, v := range score {
		if m.other(p) {
			m.add(p, LastReviewers, v/(all+doubt))
		}
	}
}

// paths adds what is known of the files, their directories and their extensions.
func (m *measuring) paths() {
	files := Examined(m.query)
	part := 1 / float64(len(files))
	var dirs, parents, tops, exts weights
	for _, f := range files {
		d := activity.Dir(f.Path)
		dirs.add(d, part)
		parents.add(activity.Dir(d), part)
		tops.add(top(d), part)
		exts.add(activity.Ext(f.Path), part)
		t := Known(m.state, f)
		if t == nil {
			continue
		}
		m.know()
		for _, w := range m.share(t.Wrote, activity.FileLife, FileAuthor, part) {
			m.knows(w.slot, FilesKnown, part)
			m.list[w.slot].Signals[FileAuthorFresh] += part * m.fresh(w.Last)
		}
		for _, w := range m.share(t.Reviewed, activity.FileLife, FileReview, part) {
			m.knows(w.slot, FilesKnown, part)
			m.list[w.slot].Signals[FileReviewFresh] += part * m.fresh(w.Last)
			m.list[w.slot].Signals[FileReviewDepth] += part * math.Log1p(w.Weight)
		}
	}
	for _, w := range dirs {
		if t := m.state.Dir(w.key); t != nil {
			m.know()
			for _, x := range m.share(t.Wrote, activity.DirLife, DirAuthor, w.part) {
				m.knows(x.slot, DirsKnown, w.part)
			}
			for _, x := range m.share(t.Reviewed, activity.DirLife, DirReview, w.part) {
				m.knows(x.slot, DirsKnown, w.part)
			}
		}
		m.share(m.state.AffinityIn(m.query.Author, w.key), activity.AffinityLife, AffinityInDir, w.part)
	}
	for _, w := range parents {
		if t := m.state.Dir(w.key); t != nil {
			m.share(t.Wrote, activity.DirLife, ParentAuthor, w.part)
			m.share(t.Reviewed, activity.DirLife, ParentReview, w.part)
		}
	}
	for _, w := range tops {
		if t := m.state.Dir(w.key); t != nil {
			m.share(t.Reviewed, activity.DirLife, TopReview, w.part)
		}
	}
	for _, w := range exts {
		if t := m.state.Ext(w.key); t != nil {
			m.share(t.Reviewed, activity.DirLife, ExtReview, w.part)
		}
	}
}

// Knows returns who wrote or reviewed at a path, with the last time.
func Knows(t *activity.Tally, at int64) map[activity.PersonID]int64 {
	out := map[activity.PersonID]int64{}
	for _, c := range []activity.Counter{t.Wrote, t.Reviewed} {
		for p, v := range c.All(at, activity.FileLife) {
			out[p] = max(out[p], v.Last)
		}
	}
	return out
}

// top returns the first part of a directory's path.
func top(dir string) string {
	for d := dir; d != ""; d = activity.Dir(d) {
		dir = d
	}
	return dir
}

// know begins a place that people may know.
func (m *measuring) know() { m.place++ }

// knows adds part to a signal once for the place.
func (m *measuring) knows(slot int, s Signal, part float64) {
	for len(m.known) <= slot {
		m.known = append(m.known, 0)
	}
	if m.known[slot] != m.place {
		m.known[slot] = m.place
		m.list[slot].Signals[s] += part
	}
}

// fresh falls from 1 to a third in a month.
func (m *measuring) fresh(last int64) float64 { return math.Exp(-float64(m.at-last) / day / 30) }

// weights are keys with their parts, in order of appearance: sums of floats depend on the order.
type weights []struct {
	key  string
	part float64
}

func (w *weights) add(key string, part float64) {
	for i := range *w {
		if (*w)[i].key == key {
			(*w)[i].part += part
			return
		}
	}
	*w = append(*w, struct {
		key  string
		part float64
	}{key, part})
}
