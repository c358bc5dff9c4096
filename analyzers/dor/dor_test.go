package dor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/dor"
)

var (
	id = strings.Repeat("a", 40)
	p1 = strings.Repeat("1", 40)
	p2 = strings.Repeat("2", 40)
)

func analyzer(t testing.TB, opts dor.Options) *analyzers.Analyzer {
	t.Helper()
	a, err := dor.New(opts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func judge(t testing.TB, opts dor.Options, c *analyzers.Change) []analyzers.Finding {
	t.Helper()
	r, err := analyzer(t, opts).Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Examined["commits"] != int64(len(c.Commits)) {
		t.Errorf("examined %v, want %d commits", r.Examined, len(c.Commits))
	}
	return r.Findings
}

func message(text string) *analyzers.Change {
	return &analyzers.Change{Commits: []*analyzers.Commit{{ID: id, Parents: []string{p1}, Message: text}}}
}

func ruleIDs(list []analyzers.Finding) string {
	var ids []string
	for _, f := range list {
		ids = append(ids, f.Rule)
	}
	return strings.Join(ids, " ")
}

func TestContract(t *testing.T) {
	t.Parallel()
	a := analyzer(t, dor.Defaults())
	analyzerstest.Suite(t, a)
	for _, r := range a.Rules() {
		if r.Why == "" {
			t.Errorf("rule %s does not say why", r.ID)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	const good = "fix: correct the parser (#12)\n"
	tests := []struct{ name, message, rules string }{
		{"good", good, ""},
		{"scope and mark", "feat(api)!: drop v1\n\nRefs: ABC-12\n", ""},
		{"type in capitals", "FEAT: add x (#1)\n", ""},
		{"CRLF", "fix: x\r\n\r\nRefs #1\r\n", ""},
		{"leading empty lines", "\n\nfix: x (#1)\n", ""},
		{"no type", "correct the parser (#12)\n", "type"},
		{"unknown type", "feature: add x (#1)\n", "type"},
		{"no space after the colon", "fix:x (#1)\n", "type"},
		{"no description", "fix: \n\n#1", "type"},
		{"empty scope", "fix(): x (#1)\n", "type"},
		{"no issue", "fix: correct the parser\n", "issue-key"},
		{"empty", "", "subject-empty issue-key"},
		{"blank", " \t\n\n", "subject-empty issue-key"},
		{"blank lines above, which git log skips", " \t\n\nbody #1\n", "type"},
		{"too long", "fix: " + strings.Repeat("x", 68) + "\n\n#1\n", "subject-length"},
		{"as long as allowed", "fix: " + strings.Repeat("x", 67) + "\n\n#1\n", ""},
		{"long in bytes only", "fix: " + strings.Repeat("ä", 67) + "\n\n#1\n", ""},
		{"long in code points only", "fix: " + strings.Repeat("e\u0301", 67) + "\n\n#1\n", ""},
		{"joined emoji are one character", "fix: " + strings.Repeat("\U0001F468\u200D\U0001F469\u200D\U0001F467", 67) + "\n\n#1\n", ""},
		{"too long in Latin-1", "fix: " + strings.Repeat("\xe4", 68) + "\n\n#1\n", "subject-length"},
		{"Latin-1", "fix: gr\xfc\xdfe (#1)\n", ""},
		{"a huge accent", "fix: e" + strings.Repeat("\u0301", 5000) + " #1\n", "subject-length"},
		{"fixup", "fixup! " + good, ""},
		{"squash", "squash! " + good, ""},
		{"amend", "amend! " + good, ""},
		{"stacked", "fixup! fixup! " + good, ""},
		{"fixup does not exempt", "fixup! correct the parser\n", "type issue-key"},
		{"fixup alone", "fixup!\n", "type issue-key"},
		{"fixup may be longer", "fixup! fix: " + strings.Repeat("x", 67) + "\n\n#1\n", ""},
		{"wip as a type", "wip: x (#1)\n", "type"},
		{"wip alone", "wip\n", "type issue-key"},
		{"no wip", "wiper: x (#1)\n", "type"},
		{"wip in the middle", "fix: say WIP less (#1)\n", ""},
		{"Merge exempts nothing", "Merge branch 'main' into topic\n", "type issue-key"},
		{"Merge pull request exempts nothing", "Merge pull request from x/y\n", "type issue-key"},
		{"Revert exempts nothing", "Revert \"feat: x\"\n\nThis reverts commit " + p2 + ".\n", "type issue-key"},
		{"Reapply exempts nothing", "Reapply \"feat: x\"\n", "type issue-key"},
		{"a version exempts nothing", "v1.2.3\n", "type issue-key"},
		{"a bot's words exempt nothing", "Bump x from 1 to 2\n\nSigned-off-by: dependabot[bot] <support@example.org>\n", "type issue-key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ready(t, dor.Defaults(), tt.message)
			list := judge(t, dor.Defaults(), message(tt.message))
			if got := ruleIDs(list); got != tt.rules {
				t.Errorf("%q: rules %q, want %q", tt.message, got, tt.rules)
			}
			for _, f := range list {
				if f.Commit != id || f.Path != "" || f.Line != 1 || f.Key == "" || f.Hint == "" {
					t.Errorf("finding %+v", f)
				}
				if text := f.Message + f.Hint + f.Excerpt; strings.ContainsAny(text, "\n\r\x1b") || !utf8.ValidString(text) {
					t.Errorf("not one clean line: %q", text)
				}
			}
		})
	}
}

func TestIssueKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{"#1", true}, {"(#1)", true}, {"#1,", true}, {"#1.", true}, {"Closes: #1", true}, {"fixes #1.Then", true},
		{"[ABC-1]", true}, {"ABC-1: x", true}, {"AB2-77", true}, {"Refs:ABC-1", true}, {"ABC-1/ABC-2", true},
		{"[ABC-1](https://example.org/browse/ABC-1)", true}, {"https://example.org/x #7", true},
		{"UTF-8 and SHA-256, see #3", true}, {"https://example.org/ABC-1 ABC-1", true}, {"ä #1 ö", true},
		{"\xff#1\xff", true},
		{"https://example.org/browse/ABC-1", true}, {"<https://example.org/browse/ABC-1>", true}, {"https://example.org/a/b/issues/12", true},
		{"see https://example.org/a/b/pull/12.", true}, {"https://example.org/a/b/pull/12#discussion_r7", true}, {"https://example.org/-/merge_requests/12/diffs", true},
		{"https://example.org/x https://example.org/a/b/issues/12?a=b", true},
		{"acme/shop#12", true}, {"(acme/shop#12)", true}, {"see acme/web/shop.js#12.", true}, {"Fixes:acme/shop#12,#13", true}, {"#x acme/shop#1", true},

		{"", false}, {"#", false}, {"# 1", false}, {"#a1", false}, {"x#1", false}, {"#1x", false}, {"ä#1", false}, {"##1", false},
		{"#0", false}, {"#000", false}, {"&#39;", false}, {"a/#1", false}, {"#1.5", false}, {"#1-2", false}, {"#1_", false},
		{"A-1", false}, {"abc-1", false}, {"xABC-1", false}, {"ABC-1x", false}, {"ABC-1-x", false}, {"X-ABC-1", false},
		{"UTF-8", false}, {"UTF-16, UTF-32", false}, {"SHA-256", false}, {"SHA3-256", false}, {"ISO-8859", false},
		{"ISO-8859-1", false}, {"ISO-8859.1", false}, {"RFC-2119", false}, {"CVE-2024-12345", false}, {"CWE-79", false}, {"X86-64", false},
		{"https://example.org/browse/ABC-1x", false}, {"https://example.org/browse/UTF-8", false}, {"https://example.org/browse/x-ABC-1", false},
		{"acme/shop#12x", false}, {"acme/#12", false}, {"/shop#12", false}, {"acme//shop#12", false}, {"@acme/shop#12", false}, {"äacme/shop#12", false},
		{"acme/shop#", false}, {"acme/shop#0", false}, {"acme/shop#1-2", false}, {"https://example.org/acme/shop#12", false}, {"acme/shop#x#1", false},
		{"https://example.org/issues/12x", false}, {"https://example.org/issues/0", false}, {"https://example.org/issues/", false}, {"https://example.org/12", false},
		{"https://example.org/issues/12-3", false}, {"https://example.org/blob/12/issues", false}, {"a/b/issues/12", false}, {"://", false},
		{"https://example.org/discussions/12", false}, {"https://example.org/ABC-1", false}, {"https://example.org/x?y,ABC-1", false}, {"<https://example.org/(#1)>", false},
		{"http://example.org/a,#1,#2,#3", false}, {"feature/ABC-1", false},
	}
	for _, tt := range tests {
		got := !strings.Contains(ruleIDs(judge(t, dor.Defaults(), message("fix: x\n\n"+tt.text))), "issue-key")
		if got != tt.want {
			t.Errorf("%q names an issue: %v, want %v", tt.text, got, tt.want)
		}
	}
}

// An address counts as the key that it stands for, so that the policy's patterns and projects are asked of it too.
func TestAddressNeedsPattern(t *testing.T) {
	t.Parallel()
	opts := dor.Defaults()
	opts.Patterns, opts.Projects = opts.Patterns[1:], []string{"ABC"}
	for text, want := range map[string]string{
		"https://example.org/browse/ABC-1": "", "https://example.org/browse/XYZ-1": "issue-key", "https://example.org/issues/1": "issue-key",
	} {
		if got := ruleIDs(judge(t, opts, message("fix: "+text))); got != want {
			t.Errorf("%q: rules %q, want %q", text, got, want)
		}
	}
	opts.Patterns = []string{`ABC-\d`}
	if got := ruleIDs(judge(t, opts, message("fix: https://example.org/browse/ABC-12"))); got != "issue-key" {
		t.Errorf("a pattern that matches a part of the key: rules %q", got)
	}
}

// Above the subject there may be lines of white space, which git log skips.
func TestBlankAbove(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" \t\nfix: x #1\n": "", "\n \n\nfix: x #1\n\nwhy\n": "", " \nfix: x #1\nwhy\n": "body-separator", " \nx #1\n": "type", " \n\t\n": "subject-empty issue-key",
	} {
		if got := ruleIDs(judge(t, dor.Defaults(), message(text))); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: rules %q, want %q", text, got, want)
		}
	}
}

func TestProjects(t *testing.T) {
	t.Parallel()
	opts := dor.Defaults()
	opts.Projects = []string{"ABC", "UTF"}
	for text, want := range map[string]bool{"ABC-1": true, "UTF-8": true, "XYZ-1": false, "XYZ-1 ABC-2": true, "#1": true} {
		if got := len(judge(t, opts, message("fix: "+text))) == 0; got != want {
			t.Errorf("%q accepted: %v, want %v", text, got, want)
		}
	}
}

// The graph and the host's word exempt.
func TestExemptions(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 80)
	const all = "type subject-length issue-key"
	opts := dor.Defaults()
	opts.Bots = []string{"ci-bot"}
	tests := []struct {
		name   string
		commit analyzers.Commit
		pusher analyzers.Identity
		rules  string
	}{
		{"plain", analyzers.Commit{Parents: []string{p1}}, analyzers.Identity{}, all},
		{"root", analyzers.Commit{}, analyzers.Identity{}, all},
		{"merge", analyzers.Commit{Parents: []string{p1, p2}}, analyzers.Identity{}, ""},
		{"octopus", analyzers.Commit{Parents: []string{p1, p1, p2}}, analyzers.Identity{}, ""},
		{"one parent twice joins nothing", analyzers.Commit{Parents: []string{p1, p1}}, analyzers.Identity{}, all},
		{"proved revert", analyzers.Commit{Parents: []string{p1}, Reverts: p2}, analyzers.Identity{}, ""},
		{"bot", analyzers.Commit{}, analyzers.Identity{Name: "ci-bot", Source: "gitea"}, ""},
		{"bot that nobody vouches for", analyzers.Commit{}, analyzers.Identity{Name: "ci-bot"}, all},
		{"another pusher", analyzers.Commit{}, analyzers.Identity{Name: "ada", Source: "gitea"}, all},
		{"key without a name", analyzers.Commit{}, analyzers.Identity{Key: "ci-bot", Source: "gitea"}, all},
		{"bot as author only", analyzers.Commit{Author: analyzers.Signature{Name: "ci-bot"}}, analyzers.Identity{Name: "ada", Source: "gitea"}, all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			below := tt.rules
			if below != "" {
				below += " body-separator trailer-risk"
			}
			for _, text := range []struct{ message, rules string }{
				{long, tt.rules},
				{"fixup! " + long, tt.rules},
				{long + "\nbody\n\nRisk: none\n", below},
			} {
				commit := tt.commit
				commit.Message = text.message
				list := judge(t, opts, &analyzers.Change{Commits: []*analyzers.Commit{&commit}, Pusher: tt.pusher})
				if got := ruleIDs(list); got != text.rules {
					t.Errorf("%q: rules %q, want %q", text.message, got, text.rules)
				}
			}
		})
	}
}

func TestExemptIsCounted(t *testing.T) {
	t.Parallel()
	c := &analyzers.Change{Commits: []*analyzers.Commit{{Parents: []string{p1, p2}, Message: "x"}, {Message: "fix: x #1"}}}
	r, err := analyzer(t, dor.Defaults()).Run(t.Context(), c)
	if err != nil || r.Examined["commits"] != 2 || r.Examined["exempt"] != 1 {
		t.Errorf("error %v, examined %v, want 2 commits of which 1 exempt", err, r.Examined)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	opts := dor.Defaults()
	opts.Projects = []string{"PAY"}
	opts.Patterns = opts.Patterns[1:]
	tests := []struct{ message, rule, want, hint string }{
		{"fix: " + strings.Repeat("word ", 20) + "PAY-1", "subject-length", "subject has 110 characters, 72 allowed", "reword, for example as: fix: word word"},
		{"feature: Add tabs PAY-1", "type", `type "feature" is not one of feat, fix, perf`, "reword, for example as: feat: add tabs PAY-1"},
		{"Add HTTP server PAY-1", "type", "subject does not begin with a type", "reword, for example as: feat: add HTTP server PAY-1"},
		{"HTTP server PAY-1", "type", "subject does not begin with a type", "reword, for example as: feat: HTTP server PAY-1"},
		{"fix: x", "issue-key", "the message names no issue", "reword, for example as: fix: x (PAY-12)"},
		{"fixup! x PAY-1", "type", "subject does not begin with a type", "git rebase -i --autosquash, then push again; it belongs to: x PAY-1"},
		{"[wip] Add x PAY-1", "type", "subject does not begin with a type", "reword, for example as: feat: add x PAY-1"},
		{"fix:x PAY-1", "type", "subject has no space behind the colon", "reword, for example as: fix: x PAY-1"},
		{"Fix : x PAY-1", "type", "subject has a space between the type and the colon", "reword, for example as: Fix: x PAY-1"},
		{"docs(): x PAY-1", "type", "subject has an empty scope", "reword, for example as: docs: x PAY-1"},
		{"fix(a)!!: x PAY-1", "type", "subject has its ! in the wrong place", "reword, for example as: fix: x PAY-1"},
		{"fix: x PAY-1.", "subject-period", "the subject ends with a full stop", "reword, for example as: fix: x PAY-1"},
		{"fix: x PAY-1\nbody", "body-separator", "the second line is not empty", "reword: leave the second line empty"},
		{"fix: x\nbody", "body-separator", "the second line is not empty", "leave the second line empty; reword, for example as: fix: x (PAY-12)"},
		{"fix: x PAY-1\n\nRisk: none", "trailer-risk", `Risk "none" is not one of low, medium, high`, `reword: write "Risk: low"`},
		{"fix: x PAY-1\n\nAcceptance:", "trailer-acceptance", "the trailer Acceptance has no value", `reword: write "Acceptance: " and a text`},
		{"fix: x PAY-1\n\nBreaking change: y", "breaking-footer", `line 3 is no footer: "Breaking change" is not in upper case`, `reword: declare the breaking change by "BREAKING CHANGE: "`},
	}
	for _, tt := range tests {
		list := judge(t, opts, message(tt.message))
		i := slices.IndexFunc(list, func(f analyzers.Finding) bool { return f.Rule == tt.rule })
		if i < 0 {
			t.Errorf("%q: no finding of %s: %+v", tt.message, tt.rule, list)
			continue
		}
		if f := list[i]; !strings.HasPrefix(f.Message, tt.want) || !strings.Contains(f.Hint, tt.hint) {
			t.Errorf("%q: %q hint %q, want %q hint %q", tt.message, f.Message, f.Hint, tt.want, tt.hint)
		}
	}
}

// A rebase changes the id and perhaps the body, and an editor the spaces.
func TestKeySurvivesARebase(t *testing.T) {
	t.Parallel()
	key := func(c analyzers.Commit) string {
		return judge(t, dor.Defaults(), &analyzers.Change{Commits: []*analyzers.Commit{&c}})[0].Key
	}
	one := key(analyzers.Commit{ID: p1, Message: "fix: a b\n"})
	if two := key(analyzers.Commit{ID: p2, Message: " fix: a  b \n\nbody\n"}); one != two {
		t.Errorf("keys %q and %q differ", one, two)
	}
	if other := key(analyzers.Commit{ID: p1, Message: "fix: b a\n"}); one == other {
		t.Errorf("other subject, same key %q", one)
	}
}

func TestEmptyOptionsAskForASubjectOnly(t *testing.T) {
	t.Parallel()
	if list := judge(t, dor.Options{}, message("fixup! anything "+strings.Repeat("x", 99))); len(list) != 0 {
		t.Errorf("found %+v", list)
	}
	if got := ruleIDs(judge(t, dor.Options{}, message("\n"))); got != "subject-empty" {
		t.Errorf("rules %q, want subject-empty", got)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]dor.Options{
		"missing closing":     {Patterns: []string{`(`}},
		"matches every":       {Patterns: []string{`\d*`}},
		"projects":            {Projects: []string{"abc"}},
		"types":               {Types: []string{"fix bug"}},
		"negative":            {SubjectMax: -1},
		"bots":                {Bots: []string{""}},
		"scopes[0]":           {Scopes: []string{"a)"}},
		"scopes[1]":           {Scopes: []string{"a", ""}},
		"scope_required":      {ScopeRequired: true},
		"subject_case":        {SubjectCase: "upper"},
		"body_line_max":       {BodyLineMax: -1},
		"body_required[0]":    {BodyRequired: []string{"fix"}},
		"body_required[1]":    {Types: []string{"fix"}, BodyRequired: []string{"FIX", "feat"}},
		"branches[0]: error":  {Branches: []string{"("}},
		"branches[0]: it is":  {Branches: []string{""}},
		"single dashes":       {Trailers: map[string]dor.Trailer{"Two words": {}}},
		"than case":           {Trailers: map[string]dor.Trailer{"Risk": {}, "risk": {}}},
		"Risk.values[1]":      {Trailers: map[string]dor.Trailer{"Risk": {Values: []string{"low", ""}}}},
		"Risk.values[0]":      {Trailers: map[string]dor.Trailer{"Risk": {Values: []string{" low"}}}},
		"Risk.pattern: error": {Trailers: map[string]dor.Trailer{"Risk": {Pattern: "("}}},
		"only one of both":    {Trailers: map[string]dor.Trailer{"Risk": {Pattern: "x", Values: []string{"x"}}}},
	} {
		a, err := dor.New(opts, nil)
		if err == nil || !strings.Contains(err.Error(), name) || a != nil {
			t.Errorf("%+v: error %v, want one with %q", opts, err, name)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := analyzer(t, dor.Defaults()).Run(ctx, message("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func FuzzMessage(f *testing.F) {
	for _, s := range []string{"", "\xff", "fixup! ", "feat(x)!: y #1", "WIP", "[wip", "http://#1,ABC-1", "http://x/issues/1/browse/AB-1", "a/b#1 a/b#c/d#2", " \n0", "UTF-8\u0301", "A-1 AB-1AB-2-3 1A-1 1AB-1 A1-", "UTF-8AB-1", "RC-1X-2 AB--1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ready(t, dor.Defaults(), text)
		for _, finding := range judge(t, dor.Defaults(), message(text)) {
			if line := finding.Message + finding.Hint + finding.Excerpt; !utf8.ValidString(line) || strings.ContainsAny(line, "\n\r\x1b\x00") {
				t.Errorf("not one clean line: %q", line)
			}
		}
		// The pattern for which there is code of our own finds what the library does.
		library := dor.Defaults()
		library.Patterns[1] = "(?:" + library.Patterns[1] + ")"
		if got, want := ruleIDs(judge(t, dor.Defaults(), message(text))), ruleIDs(judge(t, library, message(text))); got != want {
			t.Errorf("%q: rules %q, by the library %q", text, got, want)
		}
		exempt := &analyzers.Change{Commits: []*analyzers.Commit{{Parents: []string{p1, p2}, Message: text}}}
		for _, finding := range judge(t, dor.Defaults(), exempt) {
			if finding.Rule != "subject-empty" {
				t.Errorf("a merge is refused for %s", finding.Rule)
			}
		}
	})
}
