package dor_test

import (
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/dor"
)

func TestCases(t *testing.T) {
	analyzerstest.Run(t, analyzer(t, asking()), "testdata/*.txtar")
}

// asking are the default options with which Risk and Acceptance must be there, as in preset strict.
func asking() dor.Options {
	opts := dor.Defaults()
	opts.Trailers["Acceptance"] = dor.Trailer{}
	opts.Trailers["Risk"] = dor.Trailer{Values: opts.Trailers["Risk"].Values}
	return opts
}

// all are options with which every rule is on.
func all() dor.Options {
	opts := dor.Defaults()
	opts.Scopes, opts.ScopeRequired = []string{"io", "cli"}, true
	opts.SubjectCase = "lower"
	opts.BodyLineMax, opts.BodyRequired = 40, []string{"feat"}
	opts.Branches = []string{`(feature|fix)/[a-z0-9-]+`, `trial`}
	opts.Trailers = nil
	return opts
}

func TestOptions(t *testing.T) {
	analyzerstest.Run(t, analyzer(t, all()), "testdata/options/*.txtar")
}

// A bot names branches as it likes, and has no trailers.
func TestBots(t *testing.T) {
	t.Parallel()
	opts := asking()
	opts.Bots, opts.Branches = []string{"ci-bot"}, []string{"fix/.*"}
	for source, want := range map[string]string{"gitea": "", "": "trailer-acceptance trailer-risk branch-name"} {
		c := analyzerstest.Change(analyzerstest.Commit("fix: x #1\n"))
		c.Pusher = analyzers.Identity{Name: "ci-bot", Source: source}
		byKey := *c
		byKey.Pusher = analyzers.Identity{Name: "somebody", Key: "SHA256:x", Source: source}
		opts := opts
		if got := ruleIDs(judge(t, opts, &byKey)); got != "trailer-acceptance trailer-risk branch-name" {
			t.Errorf("source %q, a key that is no bot's: rules %q", source, got)
		}
		opts.Bots = []string{"SHA256:x"}
		if got := ruleIDs(judge(t, opts, &byKey)); got != want {
			t.Errorf("source %q, by key: rules %q, want %q", source, got, want)
		}
		opts.Bots = []string{"ci-bot"}
		if got := ruleIDs(judge(t, opts, c)); got != want {
			t.Errorf("source %q: rules %q, want %q", source, got, want)
		}
	}
}

// Groups are what policy gates, so that each rule is in the one that its name promises.
func TestGroups(t *testing.T) {
	t.Parallel()
	a := analyzer(t, all())
	analyzerstest.Suite(t, a)
	want := map[string]string{"issue-key": "issue", "branch-name": "branch", "scope-missing": "message", "body-missing": "message", "trailer-change-class": "trailers"}
	for _, r := range append(analyzer(t, dor.Defaults()).Rules(), a.Rules()...) {
		if r.Why == "" || r.Example == "" {
			t.Errorf("rule %s does not say why, or shows no example", r.ID)
		}
		if g, ok := want[r.ID]; ok && g != r.Group {
			t.Errorf("rule %s is in group %q, want %q", r.ID, r.Group, g)
		}
	}
}
