package report

import (
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// Where something is missing of a change as a whole, the report says what the change was taken for, even if that is nothing special.
func TestKinds(t *testing.T) {
	missing := func(level policy.Level) policy.Finding {
		return policy.Finding{Analyzer: "dor", Level: level, Finding: analyzers.Finding{Rule: "trailer-acceptance", Ref: "refs/heads/main", Message: "none has it"}}
	}
	const words = "\nclass: feature (nothing says otherwise)\n"
	for _, tt := range []struct {
		name   string
		result policy.Result
		found  policy.Finding
		want   bool
	}{
		{"missing", policy.Refused, missing(policy.LevelBlock), true},
		{"missed", policy.Accepted, missing(policy.LevelWarn), false},
		{"in a commit", policy.Refused, wip(id("1"), policy.LevelBlock), false},
		{"in a file", policy.Refused, leak("a", 1, id("1")), false},
	} {
		c := push("refs/heads/main", id("f"), commits(id("f"), "1 one"))
		if text := render(t, "text", input("pre-receive", c, verdict(tt.result, on(c, tt.found)...))); strings.Contains(text, words) != tt.want {
			t.Errorf("%s: %q is there: %v, want %v:\n%s", tt.name, words, !tt.want, tt.want, text)
		}
	}
}
