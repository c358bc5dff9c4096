package evaluate

import (
	"cmp"
	"slices"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

// Baselines are what the model is held against, with the names that reports use.
var Baselines = []string{"popularity", "affinity", "file_authors", "blame"}

// baseline ranks by one simple signal.
func baseline(name string, a *Ask) []activity.PersonID {
	s, q := a.State, a.Query
	score := map[activity.PersonID]float64{}
	add := func(p activity.PersonID, v float64) {
		if !q.Excludes(p) && v > 0 {
			score[p] += v
		}
	}
	counter := func(c activity.Counter, life activity.HalfLife) {
		for p, v := range c.All(q.At, life) {
			add(p, v.Weight)
		}
	}
	switch name {
	case "popularity":
		counter(s.Reviewing(), activity.PresenceLife)
	case "affinity":
		counter(s.Affinity(q.Author), activity.AffinityLife)
	case "file_authors":
		for _, f := range suggest.Examined(q) {
			if t := suggest.Known(s, f); t != nil {
				counter(t.Wrote, activity.FileLife)
			}
		}
	case "blame":
		// As mention-bot did: by the touched lines, and by the whole files where these do not decide.
		for _, l := range q.Touched {
			add(l.Person, float64(l.Count)*1e9)
		}
		for _, l := range q.Whole {
			add(l.Person, float64(l.Count))
		}
	}
	out := make([]activity.PersonID, 0, len(score))
	for p := range score {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b activity.PersonID) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
	return out
}
