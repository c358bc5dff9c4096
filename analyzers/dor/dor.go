package dor

import (
	"context"

	"github.com/refward/refward/analyzers"
)

// The rules.
const (
	issueKey      = "issue-key"
	commitType    = "type"
	subjectLength = "subject-length"
	subjectEmpty  = "subject-empty"
	wip           = "wip"
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
		Rules: func() []analyzers.Rule { return append(rules(), trackerRules()...) },
		Run:   c.run,
	}, nil
}

func rules() []analyzers.Rule {
	const reword = "git commit --amend for the newest commit, git rebase -i and \"reword\" for older ones"
	return []analyzers.Rule{
		{
			ID:      issueKey,
			Summary: "the message names no issue",
			Why:     "Whoever reads the line later asks why it is there; the issue answers, and shows that somebody asked for the change.",
			Fix:     "name the issue anywhere in the message, such as \"Refs: #12\": " + reword,
		},
		{
			ID:      commitType,
			Summary: "the subject does not begin with an allowed type",
			Why:     "Changelogs, version numbers and policy follow from the type (Conventional Commits 1.0).",
			Fix:     "write the subject as type(scope): description, such as \"fix(parser): accept tabs\": " + reword,
		},
		{
			ID:      subjectLength,
			Summary: "the subject is too long",
			Why:     "Lists of commits cut long subjects, so that the end is read by nobody.",
			Fix:     "say the essence in the subject and the rest after an empty line: " + reword,
		},
		{
			ID:      subjectEmpty,
			Summary: "the first line of the message is empty",
			Why:     "Nobody finds a commit without a subject.",
			Fix:     "give the commit a subject: " + reword,
		},
		{
			ID:      wip,
			Summary: "the subject marks unfinished work",
			Why:     "fixup!, squash! and amend! are notes to git rebase, and WIP says that the change is not ready by its author's own word.",
			Fix:     "git rebase -i --autosquash for fixup!, squash! and amend!; finish and reword what is in progress",
		},
	}
}

func (k *checker) run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	r := analyzers.Result{Examined: map[string]int64{"commits": 0}}
	bot := c.Pusher.Source != "" && k.bots[c.Pusher.Name]
	for _, commit := range c.Commits {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		exempt := bot || merges(commit) || commit.Reverts != ""
		r.Findings = append(r.Findings, k.judge(commit, exempt)...)
		r.Examined["commits"]++
		if exempt {
			r.Examined["exempt"]++
		}
	}
	if err := k.askTracker(ctx, c, &r); err != nil {
		return r, err
	}
	return r, ctx.Err()
}

// merges reports whether the commit joins two histories. Naming one parent twice, which git commit-tree refuses and
// git hash-object does not, joins nothing.
func merges(c *analyzers.Commit) bool {
	for _, p := range c.Parents {
		if p != c.Parents[0] {
			return true
		}
	}
	return false
}
