package balance

import (
	"slices"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

// A Request is a change that one person is to be named for.
type Request struct {
	Change  string // what identifies it
	At      int64  // unix seconds: the moment of asking
	Ranking []suggest.Suggestion

	Open      map[activity.PersonID]int // as of [Load]
	Reviewers int                       // as of [Load]

	// Mail says how to know somebody again when numbers of people change; nil = they do not.
	Mail func(activity.PersonID) string
}

// An Assigned is who was named for a change.
type Assigned struct {
	Choice
	Since int64 // unix seconds
	Load  Load  // before it
}

// Assign names one person for a change and notes it. Who was named for it before and is in the ranking still stays, also where that one has
// too much to do by now: a change that goes from hand to hand is reviewed by nobody. ok is false as of [Choose], and then nothing is noted.
func (l *Ledger) Assign(r Request, o Options) (a Assigned, ok bool) {
	a.Since = r.At
	a.Load = Load{Assigned: l.Assigned(r.At), Open: r.Open, Reviewers: r.Reviewers}
	if p, since, before := l.of(r.Change); before {
		if i := slices.IndexFunc(r.Ranking, func(s suggest.Suggestion) bool { return s.Person == p }); i >= 0 {
			a.Choice, a.Since = Choice{Person: p, Rank: i}, since
			return a, true
		}
	}
	if a.Choice, ok = Choose(r.Ranking, a.Load, o); !ok {
		return a, false
	}
	note := Assignment{At: r.At, Person: a.Person, Change: r.Change}
	if r.Mail != nil {
		note.Mail = r.Mail(a.Person)
	}
	l.Add(note)
	return a, true
}

// Reviewers counts who reviews these days, or writes where the history does not say who reviews: those among whom the load is spread.
func Reviewers(s *activity.State, q *suggest.Query) int {
	counter := s.Reviewing()
	if suggest.WeightsFor(s, q.At) == &suggest.Cold {
		counter = s.Writing()
	}
	n := 0
	for p := range counter.All(q.At, activity.PresenceLife) {
		if q.Exclude == nil || !q.Exclude(p) {
			n++
		}
	}
	return n
}
