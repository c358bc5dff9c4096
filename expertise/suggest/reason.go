package suggest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/refward/refward/expertise/activity"
)

// A Kind is what a reason is about.
type Kind string

// The kinds of reasons, in the order in which they are given.
const (
	OwnsLines     Kind = "owns-lines"     // Part of All touched lines (weighted as in [Query]); Last = last commit to these files
	OwnsFiles     Kind = "owns-files"     // Part of All lines of the touched files
	ReviewedYou   Kind = "reviewed-you"   // Part of the author's All last changes
	KnowsFiles    Kind = "knows-files"    // wrote or reviewed Part of All touched files; Last = the last time
	KnowsDirs     Kind = "knows-dirs"     // wrote or reviewed something in the directories of Part of All touched files
	ReviewsHere   Kind = "reviews-here"   // Part of All decayed reviews in these directories, in thousandths
	ReviewsAround Kind = "reviews-around" // Part of All decayed reviews anywhere, in thousandths
	Active        Kind = "active"         // Last = the last commit or review
)

// A Reason is one fact that speaks for a person, in figures and in words. It is made of the counts that the score is made of.
type Reason struct {
	Kind Kind   `json:"kind"`
	Part int    `json:"part"`
	All  int    `json:"all"`
	Last int64  `json:"last"` // unix seconds; 0 = not said
	Text string `json:"text"`
}

// Reasons says why a person was suggested for a query, at most four facts; there is always one.
func Reasons(s *activity.State, q *Query, p activity.PersonID) []Reason {
	r := &reasoning{state: s, query: q, person: p, at: max(q.At, s.Now())}
	r.lines()
	r.reviews()
	r.files()
	r.shares()
	if len(r.out) == 0 {
		last := s.Person(p).Last
		r.add(Active, 1, 1, last, "was last active "+r.when(last))
	}
	return r.out[:min(len(r.out), 4)]
}

// Text joins reasons into one line.
func Text(reasons []Reason) string {
	texts := make([]string, len(reasons))
	for i, r := range reasons {
		texts[i] = r.Text
	}
	return strings.Join(texts, "; ")
}

type reasoning struct {
	state  *activity.State
	query  *Query
	person activity.PersonID
	at     int64
	out    []Reason
}

func (r *reasoning) add(k Kind, part, all int, last int64, text string) {
	r.out = append(r.out, Reason{k, part, all, last, text})
}

// part returns a person's lines, and all that there are; where a query does not know that, those of all who count.
func (r *reasoning) part(lines []Lines, known int) (own, all int) {
	for _, l := range lines {
		if r.query.Excludes(l.Person) {
			continue
		}
		all += l.Count
		if l.Person == r.person {
			own += l.Count
		}
	}
	return own, max(all, known)
}

func (r *reasoning) lines() {
	last := int64(0)
	for _, f := range Examined(r.query) {
		if t := Known(r.state, f); t != nil {
			last = max(last, r.last(t.Wrote))
		}
	}
	when := ""
	if last > 0 {
		when = ", last " + r.when(last)
	}
	if own, all := r.part(r.query.Touched, r.query.AllTouched); percent(own, all) > 0 {
		r.add(OwnsLines, own, all, last, fmt.Sprintf("wrote %d %% of the lines you touch%s", percent(own, all), when))
	} else if own, all := r.part(r.query.Whole, r.query.AllWhole); percent(own, all) > 0 {
		r.add(OwnsFiles, own, all, last, fmt.Sprintf("wrote %d %% of the lines of these files%s", percent(own, all), when))
	}
}

// last returns when the person last added to a file's counter, or 0.
func (r *reasoning) last(c activity.Counter) int64 {
	return c.Of(r.person, r.at, activity.FileLife).Last
}

func (r *reasoning) reviews() {
	changes := r.state.Changes(r.query.Author, r.at)
	n := 0
	for _, c := range changes {
		for _, p := range c.Reviewers {
			if p == r.person {
				n++
			}
		}
	}
	switch {
	case n == 0:
	case len(changes) == 1:
		r.add(ReviewedYou, n, 1, 0, "reviewed your last change")
	default:
		r.add(ReviewedYou, n, len(changes), 0, fmt.Sprintf("reviewed %d of your last %d changes", n, len(changes)))
	}
}

func (r *reasoning) files() {
	files := Examined(r.query)
	known, near := 0, 0
	var last int64
	for _, f := range files {
		if t := Known(r.state, f); t != nil {
			if at := max(r.last(t.Wrote), r.last(t.Reviewed)); at > 0 {
				known++
				last = max(last, at)
			}
		}
		if t := r.state.Dir(activity.Dir(f.Path)); t != nil {
			if max(t.Wrote.Of(r.person, r.at, activity.DirLife).Last, t.Reviewed.Of(r.person, r.at, activity.DirLife).Last) > 0 {
				near++
			}
		}
	}
	switch {
	case known > 0 && len(files) == 1:
		r.add(KnowsFiles, 1, 1, last, "knows the file, seen last "+r.when(last))
	case known > 0:
		r.add(KnowsFiles, known, len(files), last, fmt.Sprintf("knows %d of %d files", known, len(files)))
	case near > 0 && len(files) == 1:
		r.add(KnowsDirs, 1, 1, 0, "knows the file's directory")
	case near > 0:
		r.add(KnowsDirs, near, len(files), 0, fmt.Sprintf("knows the directories of %d of %d files", near, len(files)))
	}
}

// shares adds how much of the reviewing the person does.
func (r *reasoning) shares() {
	own, all := 0.0, 0.0
	seen := map[string]bool{}
	for _, f := range Examined(r.query) {
		d := activity.Dir(f.Path)
		if t := r.state.Dir(d); t != nil && !seen[d] {
			r.sum(t.Reviewed, activity.DirLife, &own, &all)
		}
		seen[d] = true
	}
	if n := share(own, all); n > 0 {
		r.add(ReviewsHere, thousandths(own), thousandths(all), 0, fmt.Sprintf("does %d %% of the reviews in %s", n, plural(len(seen), "this directory", "these directories")))
		return
	}
	own, all = 0, 0
	r.sum(r.state.Reviewing(), activity.PresenceLife, &own, &all)
	if n := share(own, all); n > 0 {
		r.add(ReviewsAround, thousandths(own), thousandths(all), 0, fmt.Sprintf("does %d %% of all reviews", n))
	}
}

func (r *reasoning) sum(c activity.Counter, life activity.HalfLife, own, all *float64) {
	for p, v := range c.All(r.at, life) {
		if r.query.Excludes(p) {
			continue
		}
		*all += v.Weight
		if p == r.person {
			*own += v.Weight
		}
	}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func thousandths(v float64) int { return int(math.Round(v * 1000)) }

func percent(own, all int) int { return share(float64(own), float64(all)) }

// share is in per cent, rounded, so that less than a half of one is not said.
func share(own, all float64) int {
	if all == 0 {
		return 0
	}
	return int(math.Round(own / all * 100))
}

// when names a time: the month within a year, else the month and the year. All of it in UTC, since a server's zone is nobody's.
func (r *reasoning) when(t int64) string {
	at, now := time.Unix(t, 0).UTC(), time.Unix(r.at, 0).UTC()
	if at.Year() == now.Year() {
		return "in " + at.Format("January")
	}
	return "in " + at.Format("January 2006")
}
