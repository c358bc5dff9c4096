package dor

import (
	"context"

	"github.com/refward/refward/analyzers"
)

// New returns the analyzer, or what is wrong with the options.
//
// tracker says what is known of issues; nil = nothing is.
func New(opts Options, tracker Tracker) (*analyzers.Analyzer, error) {
	c, err := newChecker(opts)
	if err != nil {
		return nil, err
	}
	c.tracker = tracker
	return &analyzers.Analyzer{
		Name: "dor",
		Doc: "checks commit messages against the Definition of Ready\n\n" +
			"A change is ready when somebody asked for it, and when its message says of what kind it is: the issue key " +
			"leads from the code to the reason, the type leads to the changelog. Reword the commits that are named: " +
			"git commit --amend for the newest, git rebase -i for older ones.",
		Groups: []string{groupMessage, groupIssue, groupTrailers, groupBranch},
		Rules:  func() []analyzers.Rule { return append(c.rules(), trackerRules()...) },
		Run:    c.run,
	}, nil
}

func (k *checker) run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	r := analyzers.Result{Examined: map[string]int64{"commits": 0}}
	bot := c.Pusher.Among(k.bots)
	there, exempted := make([][]bool, len(c.Commits)), make([]bool, len(c.Commits))
	for i, commit := range c.Commits {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		t := k.read(commit, bot || exempt(commit))
		r.Findings = append(r.Findings, k.judge(t)...)
		r.Examined["commits"]++
		if exempted[i] = t.exempt; t.exempt {
			r.Examined["exempt"]++
		}
		there[i] = k.trailersOf(t)
	}
	if !bot {
		if err := k.askMerges(ctx, c, exempted); err != nil {
			return r, err
		}
	}
	r.Findings = append(r.Findings, k.missingTrailers(c, there, exempted)...)
	if !bot {
		r.Findings = append(r.Findings, k.badBranches(c)...)
	}
	if err := k.askTracker(ctx, c, &r); err != nil {
		return r, err
	}
	return r, ctx.Err()
}

// exempt reports whether nothing is asked of a commit but a subject, by what the graph proves of it and never by its text.
func exempt(c *analyzers.Commit) bool {
	return c.Joins() || c.Reverts != "" || c.Picks != ""
}
