package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// An entry is one finding with all its occurrences: the same secret in five commits is one thing to mend.
type entry struct {
	*Finding                   // the first occurrence
	raw      []*policy.Finding // all occurrences
	level    policy.Level      // the gravest of all occurrences
	lines    []int             // distinct
	commits  []string          // distinct full ids, in the order of the change
}

// secret reports whether the finding is a secret, real or not.
func (e *entry) secret() bool { return len(e.raw[0].Secrets) > 0 }

// real reports whether the finding is something that must now be rotated: not so if its own checksum says that it is no secret, nor if
// it is about code that looks as if it had one.
func (e *entry) real() bool {
	return e.secret() && e.raw[0].Analyzer == secrets && slices.ContainsFunc(e.raw, func(f *policy.Finding) bool { return f.Validity != analyzers.ValidityInvalid })
}

// named reports whether a secret is in the name of a ref.
func (e *entry) named() bool { return slices.ContainsFunc(e.raw, named) }

func named(f *policy.Finding) bool {
	return f.Path == "" && f.Commit == "" && slices.ContainsFunc(f.Secrets, func(s string) bool {
		return s != "" && strings.Contains(f.Ref, s)
	})
}

// weight orders entries: secrets that block, since each minute counts, what else blocks, what is owed, what is shown.
func (e *entry) weight() int {
	if e.level == policy.LevelBlock && (e.secret() || e.raw[0].Analyzer == secrets) {
		return -1
	}
	return rank(e.level)
}

// A group is what was found in one place.
type group struct {
	title   string
	entries []*entry // the weightiest first
}

// groups puts the findings that the text format shows together by what they are in, the weightiest first. What weighs the
// same comes in the order of lines in a file, and in that of history among commits. Findings of level info are recorded
// and not shown.
func (v *view) groups() []*group {
	type key struct{ title, rule, thing string }
	var groups []*group
	byTitle, byKey := map[string]*group{}, map[key]*entry{}
	for i, raw := range v.raw {
		if raw.Level == policy.LevelInfo {
			continue
		}
		title := v.title(raw)
		g := byTitle[title]
		if g == nil {
			g = &group{title: title}
			byTitle[title], groups = g, append(groups, g)
		}
		k := key{title, raw.ID(), cmp.Or(raw.Key, raw.Message)}
		e := byKey[k]
		if e == nil {
			e = &entry{Finding: &v.report.Findings[i], level: raw.Level}
			byKey[k], g.entries = e, append(g.entries, e)
		}
		e.add(raw)
	}
	order := v.commitOrder()
	for _, g := range groups {
		for _, e := range g.entries {
			slices.SortStableFunc(e.commits, func(a, b string) int { return cmp.Compare(order[a], order[b]) })
		}
		slices.SortStableFunc(g.entries, func(a, b *entry) int {
			c := cmp.Compare(a.weight(), b.weight())
			if c == 0 && g.title == commitsTitle && len(a.commits) > 0 && len(b.commits) > 0 {
				c = cmp.Compare(order[a.commits[0]], order[b.commits[0]])
			}
			return c
		})
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Compare(a.entries[0].weight(), b.entries[0].weight())
	})
	return groups
}

func (e *entry) add(raw *policy.Finding) {
	e.raw = append(e.raw, raw)
	if rank(raw.Level) < rank(e.level) {
		e.level = raw.Level
	}
	if raw.Line > 0 && !slices.Contains(e.lines, raw.Line) {
		e.lines = append(e.lines, raw.Line)
	}
	if raw.Commit != "" && !slices.Contains(e.commits, raw.Commit) {
		e.commits = append(e.commits, raw.Commit)
	}
}

// commitsTitle is what the findings are in that commits have outside of files.
const commitsTitle = "commits"

// title says what a finding is in. It never begins with a word from the push, which git's client would colour, and a CI
// runner obey, if it were the right one.
func (v *view) title(f *policy.Finding) string {
	switch {
	case f.Path != "":
		return "file " + Visible(QuotePath(v.scrub.String(f.Path))) // quoting leaves alone what a CI runner obeys
	case f.Commit != "":
		return commitsTitle
	case strings.HasPrefix(f.Ref, "refs/tags/"):
		return v.refName(f.Ref)
	case f.Ref != "":
		return "ref " + v.refName(f.Ref)
	case v.Change.Kind == analyzers.KindMessage:
		return "commit message"
	}
	return v.noun()
}

// noun names what is judged.
func (v *view) noun() string {
	switch kind := v.Change.Kind; {
	case kind == analyzers.KindCommit, kind == analyzers.KindMessage, kind == "" && v.committing():
		return "commit"
	case kind == "" && v.Hook == "check":
		return "change"
	case kind == "", kind == analyzers.KindPush:
		return "push"
	default:
		return Visible(string(kind))
	}
}

// refName shortens a ref's name as git does.
func (v *view) refName(ref string) string {
	if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
		return "tag " + v.clean(name)
	}
	return v.clean(strings.TrimPrefix(ref, "refs/heads/"))
}

// commitOrder returns the place of each commit in the change, parents first.
func (v *view) commitOrder() map[string]int {
	order := map[string]int{}
	for i, c := range v.Change.Commits {
		order[c.ID] = i
	}
	return order
}

// short abbreviates an object id for the eye; git(1) shows 7 digits by default.
func short(id string) string { return Visible(id[:min(7, len(id))]) }

// long abbreviates an object id for a command: 12 digits are unambiguous in the largest known repositories.
func long(id string) string { return Visible(id[:min(12, len(id))]) }
