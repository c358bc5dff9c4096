package review

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A checkpoint is a signed statement that somebody has looked at the work so far.
type checkpoint struct {
	percent int // 25, 50, 75 as declared; 0 = an approval, which is a review of everything
	by      person
	commit  string
	at      int   // place among the ref's new commits; -1 = none of them
	rank    int   // the order of statements, the oldest commit first
	lines   int64 // that changed since; -1 = too much to count, or no lines
}

// marks are the percentages at which work is looked at.
var marks = [...]int{25, 50, 75}

var markRules = map[int]string{25: checkpoint25, 50: checkpoint50, 75: checkpoint75}

// progress returns what is missing of reviews of work in progress. Without keys nobody can be told from anybody, and nothing is said.
func (v *reviewer) progress(ctx context.Context, g *gain) ([]analyzers.Finding, error) {
	if !v.signatures {
		return nil, nil
	}
	var authors []string
	seen := map[string]bool{}
	for _, i := range g.ref.Commits {
		for _, mail := range v.people[i].authors {
			if low := strings.ToLower(mail); !seen[low] {
				seen[low] = true
				authors = append(authors, mail)
			}
		}
	}
	var sound, own []checkpoint
	for _, c := range g.progress {
		if v.among(&c.by, authors) {
			own = append(own, c)
		} else {
			sound = append(sound, c)
		}
	}
	var list []analyzers.Finding
	for _, mark := range marks {
		if len(at(sound, mark)) == 0 {
			list = append(list, v.found(g, markRules[mark], groupProgress, nil, v.ask(g, fmt.Sprintf("progress --push %d", mark)),
				"nobody else has signed a review at %d%% of the work", mark))
		}
	}
	for _, mark := range marks {
		if by := at(own, mark); len(by) > 0 && len(at(sound, mark)) == 0 {
			list = append(list, v.found(g, checkpointByAuthor, groupProgress, nil, v.ask(g, fmt.Sprintf("progress --push %d", mark)),
				"the review at %d%% is by %s, who is an author", mark, shown(by[0].by.name)))
			break
		}
	}
	if a, b, wrong := v.disorder(g, sound); wrong {
		list = append(list, v.found(g, checkpointOrder, groupProgress, nil, "state the later review on a later commit: refward progress",
			"the review at %d%% is of an older commit than the one at %d%%", b, a))
	}
	if f, yes := v.again(g, sound); yes {
		list = append(list, f)
	}
	if v.opts.Large > 0 && len(at(sound, 50)) == 0 {
		lines, err := v.lines(ctx, g)
		if err != nil {
			return list, err
		}
		if lines > int64(v.opts.Large) {
			list = append(list, v.found(g, checkpointLarge, groupProgress, nil, v.ask(g, "progress --push 50"),
				"%d lines are added, and nobody else has signed a review at 50%% of the work; at most %d are without", lines, v.opts.Large))
		}
	}
	return list, nil
}

// at returns the checkpoints of one percentage.
func at(list []checkpoint, percent int) []checkpoint {
	var some []checkpoint
	for _, c := range list {
		if c.percent == percent {
			some = append(some, c)
		}
	}
	return some
}

// disorder returns two percentages of which the higher one was reviewed on an ancestor of the lower one's commit, whichever of several
// reviews is taken. Reviews come with the oldest commit first.
func (v *reviewer) disorder(g *gain, sound []checkpoint) (lower, higher int, wrong bool) {
	for n, a := range marks {
		for _, b := range marks[n+1:] {
			low, high := at(sound, a), at(sound, b)
			if len(low) == 0 || len(high) == 0 {
				continue
			}
			first, last := low[0], high[len(high)-1]
			if first.commit == last.commit || last.rank > first.rank {
				continue
			}
			// Side by side is no order. What is not new is older than what is.
			if first.at < 0 || last.at < 0 || v.ancestor(g, last.at, first.at) {
				return a, b, true
			}
		}
	}
	return 0, 0, false
}

// ancestor reports whether one new commit is an ancestor of another, given by their places.
func (v *reviewer) ancestor(g *gain, old, new int) bool {
	var reached map[int]bool
	v.within(g, func() { reached = v.reach([]int{g.ref.Commits[new]}, nil) })
	return reached[g.ref.Commits[old]]
}

// again says whether too much has changed since the last review.
func (v *reviewer) again(g *gain, sound []checkpoint) (analyzers.Finding, bool) {
	progressed := false
	for _, c := range sound {
		progressed = progressed || c.percent != 0
	}
	if v.opts.Again == 0 || !progressed {
		return analyzers.Finding{}, false
	}
	last := sound[len(sound)-1]
	const hint = "have another person review what came since: refward progress, or refward approve"
	switch {
	case last.lines < 0:
		return v.found(g, reviewAgain, groupProgress, nil, hint,
			"more has changed since the review by %s of %.12s than can be counted in lines", shown(last.by.name), last.commit), true
	case last.lines > int64(v.opts.Again):
		return v.found(g, reviewAgain, groupProgress, nil, hint,
			"%d lines have changed since the review by %s of %.12s; at most %d do without another", last.lines, shown(last.by.name), last.commit, v.opts.Again), true
	}
	return analyzers.Finding{}, false
}

// lines counts the lines that the ref's new commits add, but for merges, until there are too many.
func (v *reviewer) lines(ctx context.Context, g *gain) (int64, error) {
	if v.added == nil {
		v.added = map[string]int64{}
		for h, err := range v.change.Hunks(ctx) {
			if err != nil {
				return 0, err
			}
			if h.Merge {
				continue
			}
			if h.Unread != "" {
				v.skipped = append(v.skipped, analyzers.Skip{What: h.Path, Why: "its lines are not counted: " + h.Unread})
			}
			if n := int64(bytes.Count(h.Text, []byte("\n"))); n > 0 || len(h.Text) == 0 {
				v.added[h.Commit] += n
			} else {
				v.added[h.Commit]++
			}
		}
	}
	n := int64(0)
	for _, i := range g.ref.Commits {
		n += v.added[v.change.Commits[i].ID]
	}
	return n, nil
}
