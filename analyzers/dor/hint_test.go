package dor_test

import (
	"strings"
	"testing"

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
		_, body, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
		if left := judge(t, opts, message(example+"\n"+body)); len(left) > 0 {
			t.Errorf("%q: the example %q is wrong itself: %s", text, example, left[0].Message)
		}
	}
	return list[0].Hint
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
