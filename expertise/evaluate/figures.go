package evaluate

import (
	"slices"

	"github.com/refward/refward/expertise/activity"
)

// Figures say how good suggestions were. All but Queries are shares from 0 to 1.
type Figures struct {
	Queries int     `json:"queries"`
	Top1    float64 `json:"top1"` // a true reviewer is the first suggestion
	Top3    float64 `json:"top3"` // … among the first three
	Top5    float64 `json:"top5"`
	MRR     float64 `json:"mrr"` // mean of 1 / rank of the first true reviewer

	// Expert1: the first suggestion has written or reviewed a touched file (if nobody has: a file in a touched directory) in the last 24
	// months. Of queries for which there is anybody like that.
	Expert1 float64 `json:"expert1"`
	// Departed1: the first suggestion never wrote or reviewed anything after the query. Of queries at least 180 days before the end.
	Departed1 float64 `json:"departed1"`
	Busiest   float64 `json:"busiest"` // the share of first suggestions that the busiest person gets
	Gini      float64 `json:"gini"`    // of first suggestions, among who is suggested first or did review
}

// A tally counts towards Figures.
type tally struct {
	queries, first, three, five, experts, expert, old, departed int

	reciprocal float64
	load       map[activity.PersonID]int
}

// A judged query knows what is needed to judge any list for it.
type judged struct {
	truth   map[activity.PersonID]bool
	experts map[activity.PersonID]bool
	time    int64
	old     bool                        // departure can be judged
	last    map[activity.PersonID]int64 // when people acted last, over the whole data set
}

func (t *tally) add(j *judged, list []activity.PersonID) {
	t.queries++
	for i, p := range list {
		if j.truth[p] {
			t.reciprocal += 1 / float64(i+1)
			t.first += of(i < 1)
			t.three += of(i < 3)
			t.five += of(i < 5)
			break
		}
	}
	if len(j.experts) > 0 {
		t.experts++
		t.expert += of(len(list) > 0 && j.experts[list[0]])
	}
	if len(list) == 0 {
		return
	}
	t.load[list[0]]++
	if j.old {
		t.old++
		t.departed += of(j.last[list[0]] <= j.time)
	}
}

func of(b bool) int {
	if b {
		return 1
	}
	return 0
}

func share(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}

// figures is what the tally comes to; reviewers are those who did review.
func (t *tally) figures(reviewers map[activity.PersonID]bool) Figures {
	f := Figures{
		Queries: t.queries, Top1: share(t.first, t.queries), Top3: share(t.three, t.queries), Top5: share(t.five, t.queries),
		Expert1: share(t.expert, t.experts), Departed1: share(t.departed, t.old),
	}
	if t.queries > 0 {
		f.MRR = t.reciprocal / float64(t.queries)
	}
	var loads []int
	total := 0
	for p := range reviewers {
		if t.load[p] == 0 {
			loads = append(loads, 0)
		}
	}
	for _, n := range t.load {
		loads = append(loads, n)
		total += n
	}
	if total == 0 {
		return f
	}
	slices.Sort(loads)
	f.Busiest = share(loads[len(loads)-1], total)
	sum := 0
	for i, n := range loads {
		sum += (2*(i+1) - len(loads) - 1) * n
	}
	f.Gini = share(sum, len(loads)*total)
	return f
}

// mean is the macro average: each repository counts the same. Queries are added up.
func mean(all []Figures) Figures {
	var m Figures
	if len(all) == 0 {
		return m
	}
	n := float64(len(all))
	for _, f := range all {
		m.Queries += f.Queries
		m.Top1 += f.Top1 / n
		m.Top3 += f.Top3 / n
		m.Top5 += f.Top5 / n
		m.MRR += f.MRR / n
		m.Expert1 += f.Expert1 / n
		m.Departed1 += f.Departed1 / n
		m.Busiest += f.Busiest / n
		m.Gini += f.Gini / n
	}
	return m
}
