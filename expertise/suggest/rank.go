package suggest

import (
	"cmp"
	"slices"

	"github.com/refward/refward/expertise/activity"
)

// enough is the decayed number of reviews from which on a history is one that says who reviewed.
const enough = 1

// WeightsFor returns the weights for a history: [Full] if it says who reviewed lately, else [Cold].
func WeightsFor(s *activity.State, at int64) *Weights {
	sum := 0.0
	for _, v := range s.Reviewing().All(max(at, s.Now()), activity.PresenceLife) {
		sum += v.Weight
	}
	if sum < enough {
		return &Cold
	}
	return &Full
}

// A Suggestion is a person with its score. Scores are comparable within one query only.
type Suggestion struct {
	Person activity.PersonID
	Score  float64
}

// Rank returns everybody who could review, best first.
func Rank(s *activity.State, q *Query) []Suggestion {
	return WeightsFor(s, q.At).Rank(Measure(s, q))
}

// Rank orders candidates by what the weights make of their signals; equal ones by person.
func (w *Weights) Rank(candidates []Candidate) []Suggestion {
	out := make([]Suggestion, len(candidates))
	for i, c := range candidates {
		out[i].Person = c.Person
		for k, v := range c.Signals {
			out[i].Score += w[k] * v
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return cmp.Compare(b.Score, a.Score) })
	return out
}
