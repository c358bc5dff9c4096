package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/policy/replay"
	"github.com/refward/refward/internal/report"
)

// record judges a change by both policies and returns what came of it. An error is that of ctx: what is wrong with the change is a verdict.
func (p *replayer) record(ctx context.Context, u *pastUnit, groupBy string) (replay.Record, error) {
	rec := replay.Record{Unit: u.number, ID: u.id, Time: u.when.Unix(), Rejected: u.push && !u.in, Classes: []string{}, Paths: []string{}}
	gone, err := p.gone(ctx, u)
	if err != nil {
		return rec, err
	}
	if gone != "" {
		rec.Gone = gone
		rec.Before, rec.After = emptySide(), emptySide()
		return rec, nil
	}
	p.judge(ctx, u)
	if ctx.Err() != nil {
		return rec, ctx.Err()
	}
	scrub := report.NewScrubber(p.before.verdict, slices.Concat(p.before.outcomes, p.after.outcomes)...)
	hide := func(text string) string { return p.hide(ctx, scrub, text) }
	if rec.Before, err = side(p.before, hide); err != nil {
		return rec, err
	}
	if rec.After, err = side(p.after, hide); err != nil {
		return rec, err
	}
	seen := map[string]bool{}
	for i := range p.after.verdict.Findings {
		f := &p.after.verdict.Findings[i]
		if f.Level == policy.LevelBlock && f.Path != "" && !seen[f.Path] && len(rec.Paths) < replay.MaxPaths {
			seen[f.Path] = true
			rec.Paths = append(rec.Paths, report.QuotePath(p.hide(ctx, scrub, f.Path)))
		}
	}
	for _, r := range []*run{p.before, p.after} {
		if r.change == nil {
			continue
		}
		for _, ref := range r.change.Refs {
			for _, c := range ref.Classes {
				if !slices.Contains(rec.Classes, string(c.Class)) {
					rec.Classes = append(rec.Classes, string(c.Class))
				}
			}
		}
	}
	tip := tipCommit(p.before.change)
	rec.Group = report.Visible(p.hide(ctx, scrub, groupOf(tip, u, groupBy)))
	if move := rec.Move(); move != replay.Unchanged && tip != nil {
		subject, _, _ := strings.Cut(tip.Message, "\n")
		rec.Subject = short(report.Visible(p.hide(ctx, scrub, subject)), maxSubject)
	}
	return rec, nil
}

// maxSubject is how much of a subject is shown, in characters. Git's own advice is 50, and hosts cut at 72.
const maxSubject = 100

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// gone says which object of a change is not there any more; "" = all are. Those of a refused push go with its quarantine.
func (p *replayer) gone(ctx context.Context, u *pastUnit) (string, error) {
	if u.hidden {
		return "the name of a ref was redacted in the log", nil
	}
	if !u.push {
		return "", nil
	}
	for _, update := range u.updates {
		for _, id := range []string{update.New, update.Old} {
			if analyzers.IsZero(id) || update.Deletes() {
				continue
			}
			there, err := p.before.repo.Has(ctx, id)
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			if err == nil && !there {
				return fmt.Sprintf("object %s is gone", id), nil
			}
		}
	}
	return "", nil
}

// judge makes both verdicts.
func (p *replayer) judge(ctx context.Context, u *pastUnit) {
	for _, r := range []*run{p.before, p.after} {
		r.change, r.outcomes, r.verdict, r.scrubs = nil, nil, policy.Verdict{}, nil
	}
	if !p.same {
		for _, r := range []*run{p.before, p.after} {
			p.alone(ctx, r, u)
		}
		return
	}
	change, err := p.before.readPast(ctx, u)
	if err != nil {
		p.before.fail(err)
		p.after.fail(err)
		return
	}
	if change.Content != nil {
		change.Content = &kept{Content: change.Content}
	}
	other := *change // what kinds of change it is, each policy says for itself
	other.Refs = slices.Clone(change.Refs)
	p.before.change, p.after.change = change, &other
	var unclassified [2]error
	var list []*analyzers.Analyzer
	runs := [2]*run{p.before, p.after}
	wanted := map[int]int{}
	for i, r := range runs {
		if r.stack.Mode() == policy.Off {
			continue
		}
		unclassified[i] = r.classify(ctx)
		for _, at := range p.at[i] {
			if _, known := wanted[at]; !known {
				wanted[at], list = len(list), append(list, p.list[at])
			}
		}
	}
	outcomes := Run(ctx, list, change)
	for i, r := range runs {
		var own []analyzers.Outcome
		for _, at := range p.at[i] {
			if k, ran := wanted[at]; ran {
				own = append(own, outcomes[k])
			}
		}
		err := r.guard(func() error {
			if r.stack.Mode() == policy.Off {
				return r.judge(ctx, false)
			}
			return r.weigh(ctx, false, p.lists[i], slices.Clone(p.layers[i]), own, unclassified[i])
		})
		if err != nil {
			r.fail(err)
		}
	}
}

// alone makes one verdict of a change that the policies do not see alike.
func (p *replayer) alone(ctx context.Context, r *run, u *pastUnit) {
	err := r.guard(func() (err error) {
		if r.change, err = r.readPast(ctx, u); err != nil {
			return err
		}
		return r.judge(ctx, false)
	})
	if err != nil {
		r.fail(err)
	}
}

// readPast reads a change of the past as it was when it came.
func (r *run) readPast(ctx context.Context, u *pastUnit) (*analyzers.Change, error) {
	scope := gitio.Scope{Ref: u.updates[0].Ref, Protected: r.protected, Floor: r.floor}
	switch update := u.updates[0]; {
	case u.push:
		return r.repo.Push(ctx, u.updates, gitio.PushOptions{Protected: r.protected, Floor: r.floor, Pusher: u.pusher, Past: u.refs})
	case update.Old == "": // a range has a beginning
		return r.repo.History(ctx, update.New, scope)
	default:
		return r.repo.Range(ctx, update.Old, update.New, scope)
	}
}

// side returns what a policy says, and the digest of how the JSON report says it.
func side(r *run, hide func(string) string) (replay.Side, error) {
	s := emptySide()
	s.Result, s.Mode, s.Exit = string(r.verdict.Result), string(r.verdict.Mode), r.verdict.Exit
	for i := range r.verdict.Findings {
		f := &r.verdict.Findings[i]
		levels := s.Rules[f.ID()]
		switch f.Level {
		case policy.LevelBlock:
			levels.Block++
		case policy.LevelWarn:
			levels.Warn++
		case policy.LevelLate:
			levels.Late++
		case policy.LevelInfo:
			levels.Info++
		}
		s.Rules[f.ID()] = levels
	}
	for _, f := range r.verdict.Failures {
		if len(s.Failures) == maxFailures {
			break
		}
		s.Failures = append(s.Failures, replay.Failure{
			Analyzer: f.Analyzer, TimedOut: f.TimedOut, Softened: f.Softened, Reason: short(report.Visible(oneLine(hide(f.Reason))), maxReason),
		})
	}
	full, err := canonicalFindings(report.New(r.input()))
	if err != nil {
		return s, err
	}
	s.Digest = digest(full)
	return s, nil
}

const (
	maxFailures = 20
	maxReason   = 500 // characters
)

// canonicalFindings returns what of a JSON report follows from the change and the policy alone.
func canonicalFindings(full *report.Report) ([]byte, error) {
	data, err := json.Marshal([]any{full.Refs, full.Verdict, full.Findings})
	if err != nil {
		return nil, fmt.Errorf("encode the findings: %w", err)
	}
	return data, nil
}

func emptySide() replay.Side {
	return replay.Side{Rules: map[string]replay.Levels{}, Failures: []replay.Failure{}}
}

// tipCommit returns the commit that the change ends with; nil when it has none.
func tipCommit(c *analyzers.Change) *analyzers.Commit {
	if c == nil {
		return nil
	}
	for i := range c.Refs {
		if n := len(c.Refs[i].Commits); n > 0 {
			return c.Commits[c.Refs[i].Commits[n-1]]
		}
	}
	return nil
}

// groupOf returns under which name a change is counted: that of its author, who for a merge is who merged.
func groupOf(tip *analyzers.Commit, u *pastUnit, groupBy string) string {
	if groupBy == "none" {
		return "all"
	}
	mail := ""
	if tip != nil {
		mail = strings.ToLower(strings.TrimSpace(tip.Author.Email))
	}
	if groupBy == "domain" {
		_, mail, _ = strings.Cut(mail, "@")
	}
	if mail == "" {
		return "unknown"
	}
	return short(mail, maxSubject)
}

// hide replaces the secrets of a text that is shown. Where the analyzers to run do not look for secrets, the text itself is searched.
func (p *replayer) hide(ctx context.Context, scrub *report.Scrubber, text string) string {
	if text = scrub.String(text); p.secrets == nil {
		return text
	}
	c := &analyzers.Change{Kind: analyzers.KindPush, Content: gitio.Nothing{}, Refs: []analyzers.RefChange{
		{RefUpdate: analyzers.RefUpdate{New: strings.Repeat("1", 40), Ref: text}},
	}}
	found := Run(ctx, []*analyzers.Analyzer{p.secrets}, c)
	if found[0].Err != nil {
		return report.Redacted
	}
	return report.NewScrubber(policy.Verdict{}, found...).String(text)
}

var errNoPolicies = errors.New("nothing to compare: name another policy with --policy FILE, or the one to compare with by --against FILE")
