package dor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/dor"
)

// memory is a tracker.
type memory struct {
	about  dor.About
	issues map[string]dor.Issue
	err    error
}

func (m memory) About() (dor.About, error) { return m.about, m.err }

func (m memory) Issue(key string) (dor.Issue, bool, error) {
	issue, known := m.issues[key]
	return issue, known, m.err
}

var known = memory{issues: map[string]dor.Issue{
	"ABC-1": {State: "In Progress", Acceptance: true},
	"ABC-2": {State: "Done", Acceptance: true},
	"ABC-3": {State: "Ready"},
	"ABC-4": {State: "Done"},
	"#12":   {State: "open", Acceptance: true},
}}

func strictly() dor.Options {
	o := dor.Defaults()
	o.Trailers = nil // which are asked of the whole change
	o.Issue = dor.IssueOptions{States: []string{"Ready", "in progress", "Open"}, Acceptance: true}
	return o
}

func asks(t testing.TB, opts dor.Options, m dor.Tracker) *analyzers.Analyzer {
	t.Helper()
	a, err := dor.New(opts, m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTrackerContract(t *testing.T) {
	t.Parallel()
	stale := known
	stale.about = dor.About{Stale: "its snapshot is of yesterday"}
	analyzerstest.Suite(t, asks(t, strictly(), stale), analyzerstest.Change(
		analyzerstest.Commit("fix: a (ABC-2)\n"), analyzerstest.Commit("fix: b (ABC-3)\n"), analyzerstest.Commit("fix: c (ABC-9)\n")))
}

func TestTrackerCases(t *testing.T) {
	t.Parallel()
	analyzerstest.Run(t, asks(t, strictly(), known), "testdata/tracker/*.txtar")
}

func TestTrackerRules(t *testing.T) {
	t.Parallel()
	lax := dor.Defaults()
	acceptance := dor.Defaults()
	acceptance.Issue.Acceptance = true
	grammar := dor.Defaults()
	grammar.Patterns = []string{`(?i)fixes #\d+`, `(?i)\babc-\d+`, `GH/[0-9]+`}
	off := strictly()
	off.Patterns = nil
	for name, c := range map[string]struct {
		opts    dor.Options
		message string
		rules   string
	}{
		"right":                        {strictly(), "fix: a (ABC-1)\n", ""},
		"right by number":              {strictly(), "fix: a (#12)\n", ""},
		"state without case":           {strictly(), "fix: a\n\nRefs: ABC-1\n", ""},
		"unknown":                      {strictly(), "fix: a (ABC-9)\n", "issue-unknown"},
		"unknown number":               {strictly(), "fix: a (#13)\n", "issue-unknown"},
		"state":                        {strictly(), "fix: a (ABC-2)\n", "issue-state"},
		"acceptance":                   {strictly(), "fix: a (ABC-3)\n", "issue-acceptance"},
		"both":                         {strictly(), "fix: a (ABC-4)\n", "issue-state issue-acceptance"},
		"one of several is right":      {strictly(), "fix: a (ABC-9)\n\nSee ABC-4, and ABC-1.\n", ""},
		"none of several is right":     {strictly(), "fix: a (ABC-9)\n\nSee ABC-4 and ABC-2.\n", "issue-state"},
		"the best one comes first":     {strictly(), "fix: a (ABC-2)\n\nSee ABC-4 and ABC-9.\n", "issue-state"},
		"any state, nothing asked":     {lax, "fix: a (ABC-4)\n", ""},
		"nothing asked, unknown":       {lax, "fix: a (ABC-9)\n", "issue-unknown"},
		"only acceptance asked":        {acceptance, "fix: a (ABC-4)\n", "issue-acceptance"},
		"only acceptance asked, right": {acceptance, "fix: a (ABC-2)\n", ""},
		"in a URL only":                {strictly(), "fix: a\n\nhttps://example.com/ABC-9\n", "issue-key"},
		"with its project":             {strictly(), "fix: a (acme/shop#13)\n", "issue-unknown"},
		"with its project, right":      {strictly(), "fix: a (acme/shop#12)\n", ""},
		"an address":                   {strictly(), "fix: a\n\nhttps://example.com/browse/ABC-9\n", "issue-unknown"},
		"an address that is right":     {strictly(), "fix: a\n\nhttps://example.com/browse/ABC-1\n", ""},
		"a key goes before an address": {strictly(), "fix: a (ABC-9)\n\nhttps://example.com/browse/ABC-1\n", "issue-unknown"},
		"no issue":                     {strictly(), "fix: a\n", "issue-key"},
		"UTF-8 is none":                {strictly(), "fix: read UTF-8 (ABC-1)\n", ""},
		"a pattern with words":         {grammar, "fix: a\n\nFixes #12\n", ""},
		"a pattern with words, wrong":  {grammar, "fix: a\n\nFixes #13\n", "issue-unknown"},
		"lower case":                   {grammar, "fix: a\n\nabc-1\n", ""},
		"a scheme of one's own":        {grammar, "fix: a\n\nGH/7\n", "issue-unknown"},
		"no patterns":                  {off, "fix: a (ABC-9)\n", ""},
	} {
		r, err := asks(t, c.opts, known).Run(t.Context(), message(c.message))
		if err != nil || ruleIDs(r.Findings) != c.rules {
			t.Errorf("%s: %q, %v, want %q", name, ruleIDs(r.Findings), err, c.rules)
		}
	}
	if r, err := asks(t, strictly(), nil).Run(t.Context(), message("fix: a (ABC-9)\n")); err != nil || len(r.Findings) > 0 {
		t.Errorf("without a tracker: %v, %v", r.Findings, err)
	}
}

// Who is exempt from naming an issue is exempt from naming a right one; typing it exempts nobody.
func TestTrackerExempts(t *testing.T) {
	t.Parallel()
	opts := strictly()
	opts.Bots = []string{"renovate"}
	commit := func(text string, change func(*analyzers.Change)) *analyzers.Change {
		c := message(text)
		change(c)
		return c
	}
	for name, c := range map[string]struct {
		change *analyzers.Change
		rules  string
	}{
		"merge":      {commit("Merge ABC-9\n", func(c *analyzers.Change) { c.Commits[0].Parents = []string{p1, p2} }), ""},
		"revert":     {commit("Revert ABC-9\n", func(c *analyzers.Change) { c.Commits[0].Reverts = p2 }), ""},
		"bot":        {commit("fix: a (ABC-9)\n", func(c *analyzers.Change) { c.Pusher = analyzers.Identity{Name: "renovate", Source: "gitea"} }), ""},
		"bot's word": {commit("fix: a (ABC-9)\n", func(c *analyzers.Change) { c.Pusher = analyzers.Identity{Name: "renovate"} }), "issue-unknown"},
		"typed":      {commit("Merge: revert: ABC-9\n", func(*analyzers.Change) {}), "type issue-unknown"},
	} {
		r, err := asks(t, opts, known).Run(t.Context(), c.change)
		if err != nil || ruleIDs(r.Findings) != c.rules {
			t.Errorf("%s: %q, %v, want %q", name, ruleIDs(r.Findings), err, c.rules)
		}
	}
}

func TestTrackerKnowledge(t *testing.T) {
	t.Parallel()
	change := func() *analyzers.Change {
		return analyzerstest.Change(analyzerstest.Commit("fix: a (ABC-9)\n"), analyzerstest.Commit("fix: b (ABC-1)\n"))
	}
	run := func(m memory, c *analyzers.Change) analyzers.Result {
		r, err := asks(t, strictly(), m).Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	m := known
	m.about = dor.About{Stale: "its snapshot is of yesterday"}
	r := run(m, change())
	if ruleIDs(r.Findings) != "issue-unknown tracker-stale" || r.Findings[1].Ref == "" || !strings.Contains(r.Findings[1].Message, "of yesterday") {
		t.Errorf("stale: %+v", r.Findings)
	}
	c := change()
	c.Refs = nil // as for a message
	if r = run(m, c); ruleIDs(r.Findings) != "issue-unknown tracker-stale tracker-stale" || r.Findings[1].Commit == "" {
		t.Errorf("stale, without refs: %+v", r.Findings)
	}
	m.about.Silent = true
	if r = run(m, change()); len(r.Findings) > 0 || len(r.Skipped) != 1 || r.Skipped[0].Why != m.about.Stale {
		t.Errorf("silent: %+v", r)
	}
	m.about = dor.About{Partial: true}
	if r = run(m, change()); len(r.Findings) > 0 || len(r.Skipped) != 1 {
		t.Errorf("partial: %+v", r)
	}
	// What is known of a partial one counts.
	if r = run(m, message("fix: a (ABC-9, ABC-2)\n")); ruleIDs(r.Findings) != "issue-state" {
		t.Errorf("partial: %+v", r)
	}
	m.err = errors.New("not signed")
	if _, err := asks(t, strictly(), m).Run(t.Context(), change()); !errors.Is(err, m.err) {
		t.Errorf("an error is %v", err)
	}
	// Who names no issue is not asked about any: most commits of a clone whose tracker cannot be read.
	if r = run(m, message("fix: a\n")); ruleIDs(r.Findings) != "issue-key" {
		t.Errorf("asked for nothing: %+v", r)
	}
}

func TestTrackerKeys(t *testing.T) {
	t.Parallel()
	// Fingerprints tell issues and commits apart, and survive a rebase.
	key := func(text, id string) string {
		c := message(text)
		c.Commits[0].ID = id
		r, err := asks(t, strictly(), known).Run(t.Context(), c)
		if err != nil || len(r.Findings) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		return r.Findings[0].Key
	}
	all := []string{key("fix: a (ABC-9)\n", p1), key("fix: a (ABC-8)\n", p1), key("fix: b (ABC-9)\n", p1), key("fix: a (ABC-2)\n", p1)}
	slices.Sort(all)
	if len(slices.Compact(all)) != 4 || key("fix: a (ABC-9)\n", p1) != key("fix: a (ABC-9)\n", p2) {
		t.Errorf("%q", all)
	}
	// A message of many keys is bounded.
	r, err := asks(t, strictly(), known).Run(t.Context(), message("fix: a\n\n"+strings.Repeat("ABC-9 XYZ-1 #7 ", 100_000)))
	if err != nil || ruleIDs(r.Findings) != "issue-unknown" {
		t.Errorf("%q, %v", ruleIDs(r.Findings), err)
	}
	for _, text := range []string{"fix: a (ABC-9\x1b[31m)", "fix: a\x00\xff (#99999999999999999999999999999999999999999999999999999999999999999999999999)"} {
		r, err := asks(t, strictly(), known).Run(t.Context(), message(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if strings.ContainsAny(f.Message+f.Hint+f.Excerpt, "\x1b\x00") || len(f.Message) > 300 {
				t.Errorf("%q", f.Message)
			}
		}
	}
}

func TestIssueOptions(t *testing.T) {
	t.Parallel()
	o := dor.Defaults()
	o.Issue.States = []string{"Ready", " "}
	_, err := dor.New(o, nil)
	var wrong *analyzers.OptionError
	if !errors.As(err, &wrong) || wrong.Key != "issue.states[1]" {
		t.Errorf("%v", err)
	}
}
