package balance

import (
	"errors"
	"math"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

// Options say how to balance.
type Options struct {
	Exponent float64 // of 1 + load/mean; 0 = always the first of the ranking
	MaxOpen  int     // open reviews above which nobody gets another one; 0 = no limit
	Among    int     // how many of the ranking are considered; 0 = all
}

// Defaults spread gently: a square root of the load keeps the order of the ranking but among people who are nearly as good.
func Defaults() Options { return Options{Exponent: 0.5, MaxOpen: 10, Among: 5} }

// Check says what is wrong with options.
func (o Options) Check() error {
	switch {
	case !(o.Exponent >= 0 && o.Exponent <= 10):
		return errors.New("exponent: want 0 to 10")
	case o.MaxOpen < 0:
		return errors.New("max_open: want 0 (no limit) or more")
	case o.Among < 0:
		return errors.New("among: want 0 (all) or more")
	}
	return nil
}

// A Load is what people have to do already.
type Load struct {
	Assigned  map[activity.PersonID]int // in the last [Window]
	Open      map[activity.PersonID]int // reviews that are not done yet, where somebody counts them
	Reviewers int                       // people who review nowadays, among whom the mean is taken; at least 1
}

// mean is what everybody would have, and one more, so that the first assignments of a quiet week do not count like many of a busy one.
func (l *Load) mean() float64 {
	sum := 0
	for _, n := range l.Assigned {
		sum += n
	}
	return float64(sum)/float64(max(l.Reviewers, 1)) + 1
}

// A Choice is the person to name.
type Choice struct {
	Person activity.PersonID
	Rank   int                 // 0-based, in the ranking
	Full   []activity.PersonID // who stands before or beside it in the ranking and has too many open reviews
}

// Choose names one person of a ranking, best first; ok is false when there is nobody, or all have too many open reviews. It does not
// change the ranking.
func Choose(ranking []suggest.Suggestion, l Load, o Options) (c Choice, ok bool) {
	mean := l.mean()
	best := math.Inf(-1)
	considered := 0
	for i, s := range ranking {
		if o.MaxOpen > 0 && l.Open[s.Person] >= o.MaxOpen {
			c.Full = append(c.Full, s.Person)
			continue // the next one is considered in its place
		}
		// The logarithm of exp(score) / (1 + load/mean)^exponent: the softmax's sum is the same for all.
		if v := s.Score - o.Exponent*math.Log1p(float64(l.Assigned[s.Person])/mean); v > best {
			best, ok = v, true
			c.Person, c.Rank = s.Person, i
		}
		if considered++; considered == o.Among {
			break
		}
	}
	return c, ok
}
