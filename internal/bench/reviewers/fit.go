package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/refward/refward/expertise/evaluate"
	"github.com/refward/refward/expertise/suggest"
)

// A query is a list of candidates, of whom some were right.
type query struct {
	list  []candidate
	right int
}

type candidate struct {
	signals       [suggest.Signals]float32
	right, expert bool
}

func newQuery(a *evaluate.Ask) query {
	var q query
	experts := a.Experts()
	for _, c := range suggest.Measure(a.State, a.Query) {
		x := candidate{right: a.Truth[c.Person], expert: experts[c.Person]}
		for k, v := range c.Signals {
			x.signals[k] = float32(v)
		}
		if x.right {
			q.right++
		}
		q.list = append(q.list, x)
	}
	return q
}

func (c *candidate) score(w *suggest.Weights) float64 {
	s := 0.0
	for k, v := range c.signals {
		s += w[k] * float64(v)
	}
	return s
}

// shorten keeps the right ones and the 30 that the weights put first: the others have no part in the gradient worth its time.
func (q query) shorten(w *suggest.Weights) query {
	slices.SortStableFunc(q.list, func(a, b candidate) int { return cmp.Compare(b.score(w), a.score(w)) })
	out := query{right: q.right}
	for i, c := range q.list {
		if i < 30 || c.right {
			out.list = append(out.list, c)
		}
	}
	return out
}

// signed are the signals whose weights may be below zero. The others say by their meaning that more of them is better, and a weight
// that said otherwise would make reasons untrue.
var signed = map[suggest.Signal]bool{
	suggest.NeverReviewed: true, suggest.AffinityAndDir: true, suggest.AffinityAndFile: true, suggest.SessionAndDir: true,
}

// floors keep weights from falling below what the goals beside accuracy ask for: a first suggestion is seldom somebody who has left, and
// nearly always somebody who knows a file. The likelihood of the past knows neither.
var floors = map[suggest.Signal]float64{suggest.Recency: 2.1, suggest.FilesKnown: 0.6}

// descend minimises the mean over repositories of the mean of -log p(a right one), p being the softmax of the scores, with Adam.
func descend(sets [][]query, start *suggest.Weights, cold bool, rounds int) suggest.Weights {
	const ridge = 3e-4
	w := *start
	var first, second suggest.Weights
	for round := 1; round <= rounds; round++ {
		g := gradient(sets, &w)
		rate := 0.1
		if round > rounds/2 {
			rate = 0.03
		}
		for k := range w {
			d := g[k] + ridge*w[k]
			first[k] = 0.9*first[k] + 0.1*d
			second[k] = 0.99*second[k] + 0.01*d*d
			step := first[k] / (1 - math.Pow(0.9, float64(round))) / (math.Sqrt(second[k]/(1-math.Pow(0.99, float64(round)))) + 1e-8)
			w[k] = max(w[k]-rate*step, floor(suggest.Signal(k)))
			if cold && suggest.Signal(k) == suggest.NeverReviewed {
				w[k] = 0 // true of all
			}
		}
	}
	return w
}

func floor(k suggest.Signal) float64 {
	if signed[k] {
		return math.Inf(-1)
	}
	return floors[k]
}

func gradient(sets [][]query, w *suggest.Weights) suggest.Weights {
	parts := make([]suggest.Weights, len(sets))
	var group sync.WaitGroup
	for i, set := range sets {
		group.Go(func() {
			for _, q := range set {
				q.gradient(w, &parts[i])
			}
			for k := range parts[i] {
				parts[i][k] /= float64(len(set) * len(sets))
			}
		})
	}
	group.Wait()
	var sum suggest.Weights
	for _, p := range parts { // in order, so that two runs give the same
		for k := range p {
			sum[k] += p[k]
		}
	}
	return sum
}

func (q *query) gradient(w, g *suggest.Weights) {
	p := make([]float64, len(q.list))
	most, sum := math.Inf(-1), 0.0
	for i := range q.list {
		p[i] = q.list[i].score(w)
		most = max(most, p[i])
	}
	for i := range p {
		p[i] = math.Exp(p[i] - most)
		sum += p[i]
	}
	for i := range q.list {
		d := p[i] / sum
		if q.list[i].right {
			d -= 1 / float64(q.right)
		}
		if math.Abs(d) < 1e-7 {
			continue
		}
		for k, v := range q.list[i].signals {
			g[k] += d * float64(v)
		}
	}
}

type figures struct{ top1, top3, top5, mrr, expert1 float64 }

func (f figures) String() string {
	return fmt.Sprintf("%6.3f %6.3f %6.3f %6.4f %6.3f", f.top1, f.top3, f.top5, f.mrr, f.expert1)
}

func (f *figures) add(o figures, n int) {
	k := 1 / float64(n)
	f.top1, f.top3, f.top5, f.mrr, f.expert1 = f.top1+k*o.top1, f.top3+k*o.top3, f.top5+k*o.top5, f.mrr+k*o.mrr, f.expert1+k*o.expert1
}

// rate ranks queries as suggest.Weights.Rank does: equal scores by person, which is the order of the list.
func rate(queries []query, w *suggest.Weights) figures {
	var f figures
	known := 0.0
	one := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for _, q := range queries {
		list := slices.Clone(q.list)
		slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.score(w), a.score(w)) })
		if i := slices.IndexFunc(list, func(c candidate) bool { return c.right }); i >= 0 {
			f.mrr += 1 / float64(i+1)
			f.top1 += one(i < 1)
			f.top3 += one(i < 3)
			f.top5 += one(i < 5)
		}
		if slices.ContainsFunc(list, func(c candidate) bool { return c.expert }) {
			known++
			f.expert1 += one(list[0].expert)
		}
	}
	n := float64(max(len(queries), 1))
	return figures{f.top1 / n, f.top3 / n, f.top5 / n, f.mrr / n, f.expert1 / max(known, 1)}
}
