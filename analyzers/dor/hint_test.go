package dor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dor"
)

const asExample = "for example as: "

// ready ends the test unless the example in each hint of a message breaks no rule. It returns the first hint.
func ready(t *testing.T, opts dor.Options, text string) string {
	t.Helper()
	list := judge(t, opts, message(text))
	if len(list) == 0 {
		return ""
	}
	for _, f := range list {
		if f.Hint != list[0].Hint {
			t.Errorf("%q: the hints %q and %q contradict each other", text, list[0].Hint, f.Hint)
		}
	}
	if _, example, ok := strings.Cut(list[0].Hint, asExample); ok && !strings.Contains(example, ", naming an issue") {
		body := text
		for line := ""; strings.TrimSpace(line) == "" && body != ""; {
			line, body, _ = strings.Cut(body, "\n")
		}
		for _, left := range judge(t, opts, message(example+"\n"+body)) {
			// What is wrong below the subject has a step of its own in the hint; TestSteps takes them.
			if !below(left.Rule) || !slices.ContainsFunc(list, func(f analyzers.Finding) bool { return f.Rule == left.Rule }) {
				t.Errorf("%q: the example %q is wrong itself: %s", text, example, left.Message)
			}
		}
	}
	return list[0].Hint
}

func below(rule string) bool {
	return strings.HasPrefix(rule, "body-") || strings.HasPrefix(rule, "trailer-") || rule == "breaking-footer"
}

// Whoever does what a hint says is refused for nothing else.
func TestSteps(t *testing.T) {
	t.Parallel()
	opts := dor.Defaults()
	opts.BodyLineMax, opts.BodyRequired, opts.SubjectCase, opts.Scopes, opts.ScopeRequired = 20, []string{"feat"}, "lower", []string{"io", "cli"}, true
	opts.Trailers["Rollback"] = dor.Trailer{Pattern: `[a-z]+\.sql`}
	for _, tt := range []struct{ text, rules, hint, mended string }{ // EXAMPLE stands for that of the hint
		{"fix(io): x #1\nbody\n", "body-separator", "reword: leave the second line empty", "fix(io): x #1\n\nbody\n"},
		{"fix(io): x #1\nRisk: low\n", "body-separator", "reword: leave the second line empty", "fix(io): x #1\n\nRisk: low\n"},
		// Below an empty line git takes the subject itself for a trailer, so that there is no body.
		{"\nfix: x #1\nRisk: low\n", "scope-missing body-separator", "leave the second line empty; reword, for example as: fix(io): x #1", "EXAMPLE\n\nRisk: low\n"},
		{"fix(io): x #1\n\nthis line is too long\n", "body-line-length", "reword: break the lines at 20 characters", "fix(io): x #1\n\nthis line is\ntoo long\n"},
		{"feat(io): x #1\n", "body-missing", "reword: say in a body why", "feat(io): x #1\n\nIt is.\n"},
		{"feat(io): x #1\n\nRisk: all\n", "body-missing trailer-risk", `reword: say in a body why; write "Risk: low"`, "feat(io): x #1\n\nIt is.\n\nRisk: low\n"},
		{"fix(io): x #1\n\nBREAKING CHANGE y\n", "breaking-footer", `reword: declare the breaking change by "BREAKING CHANGE: " and what changes, behind an empty line`,
			"fix(io): x #1\n\nBREAKING CHANGE: y\n"},
		{"fix(io): x #1\n\nb\n\nRollback: x\n", "trailer-rollback", "reword: write Rollback, with a value that matches \\A(?:[a-z]+\\.sql)\\z", "fix(io): x #1\n\nb\n\nRollback: x.sql\n"},
		{"Feature: X y.\nthis line is too long\n\nrisk: no\n", "type scope-missing subject-period issue-key body-separator body-line-length trailer-risk",
			`leave the second line empty; break the lines at 20 characters; write "Risk: low"; reword, for example as: feat(io): x y (#12)`, "EXAMPLE\n\nthis line is\ntoo long\n\nRisk: low\n"},
		{"fix(net): It works.\n\n#1\n", "scope subject-case subject-period", "reword, for example as: fix(io): it works", "EXAMPLE\n\n#1\n"},
		{"fix(io,net): x #1\n", "scope", "reword, for example as: fix(io): x #1", "EXAMPLE\n"},
		{"fix: x #1\n", "scope-missing", "reword, for example as: fix(io): x #1", "EXAMPLE\n"},
		{"fix(IO/cli): x #1\n", "", "", "fix(IO/cli): x #1\n"},
	} {
		list := judge(t, opts, message(tt.text))
		if got := ruleIDs(list); got != tt.rules {
			t.Errorf("%q: rules %q, want %q", tt.text, got, tt.rules)
		}
		if hint := ready(t, opts, tt.text); hint != tt.hint {
			t.Errorf("%q: hint %q, want %q", tt.text, hint, tt.hint)
		}
		_, example, _ := strings.Cut(tt.hint, asExample)
		mended := strings.Replace(tt.mended, "EXAMPLE", example, 1)
		if left := ruleIDs(judge(t, opts, message(mended))); left != "" {
			t.Errorf("%q as the hint says, %q: rules %q", tt.text, mended, left)
		}
	}
}

// The one example satisfies all rules at once, and makes sense.
func TestExample(t *testing.T) {
	t.Parallel()
	with := func(change func(*dor.Options)) dor.Options {
		o := dor.Defaults()
		change(&o)
		return o
	}
	custom := with(func(o *dor.Options) { o.Patterns = []string{`T\d{5}`} })
	for _, tt := range []struct {
		name, message string
		opts          dor.Options
		want          string // after "for example as: ", or the whole hint
	}{
		{"nothing right", "wip stuff", dor.Defaults(), "feat: stuff (#12)"},
		{"stacked marks", "[WIP] wip: Stuff", dor.Defaults(), "feat: stuff (#12)"},
		{"a mark before a header", "WIP: fix(io)!: close it", dor.Defaults(), "fix(io)!: close it (#12)"},
		{"a fix by its own word", "Fix the tabs", dor.Defaults(), "fix: the tabs (#12)"},
		{"a fix of nothing", "fixed it", dor.Defaults(), "feat: fixed it (#12)"},
		{"a word that begins like it", "Fixture for tabs", dor.Defaults(), "feat: fixture for tabs (#12)"},
		{"a fix where no type says so", "Fix the tabs", with(func(o *dor.Options) { o.Types = []string{"task"} }), "task: fix the tabs (#12)"},
		{"its own type", "fix:  Parser: accept tabs", dor.Defaults(), "fix: Parser: accept tabs (#12)"},
		{"its own issue, cut off", "fix: " + strings.Repeat("word ", 20) + "#7", dor.Defaults(), "fix: " + strings.Repeat("word ", 11) + "word (#7)"},
		{"an issue in the body", "wip stuff\n\n#7", dor.Defaults(), "feat: stuff"},
		{"one long word", "feat: " + strings.Repeat("x", 95), dor.Defaults(), "feat: say what the commit does (#12)"},
		{"one long word, and an issue below", "feat: " + strings.Repeat("x", 95) + "\n\n#1", dor.Defaults(), "feat: say what the commit does"},
		{"a long scope", "feat(" + strings.Repeat("x", 95) + "): y #1", dor.Defaults(), "feat: say what the commit does (#1)"},
		{"only a mark", "WIP", dor.Defaults(), "feat: say what the commit does (#12)"},
		{"nothing", "\n", dor.Defaults(), "feat: say what the commit does (#12)"},
		{"controls", "a\x1b[2Jb\xff c", dor.Defaults(), "feat: a\ufffd[2Jb\ufffd c (#12)"},
		{"no types", "Parser: accept tabs", with(func(o *dor.Options) { o.Types = nil }), "Parser: accept tabs (#12)"},
		{"no issues", "Stuff", with(func(o *dor.Options) { o.Patterns = nil }), "feat: stuff"},
		{"projects", "stuff", with(func(o *dor.Options) { o.Projects, o.Patterns = []string{"PAY", "OPS"}, o.Patterns[1:] }), "feat: stuff (PAY-12)"},
		{"an unknown kind of issue", "stuff", custom, "feat: stuff, naming an issue that matches T\\d{5}"},
		{"its own kind of issue", "wip stuff T12345", custom, "feat: stuff T12345"},
		{"too little room", "stuff", with(func(o *dor.Options) { o.SubjectMax = 10 }), "reword as the policy asks (refward policy explain)"},
		{"nothing but a fixup", "fixup!", dor.Defaults(), "git rebase -i --autosquash, then push again"},
		{"a fixup with all faults", "fixup! stuff", dor.Defaults(), "git rebase -i --autosquash, then push again; it belongs to: stuff"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ready(t, tt.opts, tt.message)
			if _, example, ok := strings.Cut(got, asExample); ok {
				got = example
			}
			if got != tt.want {
				t.Errorf("%q: %q, want %q", tt.message, got, tt.want)
			}
		})
	}
}
