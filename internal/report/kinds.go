package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// kinds says what kinds of change the policy takes the refs for, and why: it is what chooses the gates. What is nothing special needs a word
// where something is missing of the change as a whole, since another kind might not need it.
func (v *view) kinds(groups []*group) string {
	missing := slices.ContainsFunc(groups, func(g *group) bool {
		return slices.ContainsFunc(g.entries, func(e *entry) bool {
			f := e.raw[0]
			return e.level == policy.LevelBlock && (f.Analyzer == "dor" || f.Analyzer == "dod") && f.Ref != "" && f.Commit == ""
		})
	})
	var parts []string
	for _, r := range v.report.Refs {
		for i, class := range r.Classes {
			part := fmt.Sprintf("%s (%s)", class, r.ClassReasons[i])
			plain := class == string(analyzers.Feature) || class == string(analyzers.Bugfix)
			if (!plain || missing) && !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	if len(parts) == 0 {
		return ""
	}
	if n := len(parts) - maxNamed; n > 0 {
		parts = append(parts[:maxNamed], fmt.Sprintf("%d more", n))
	}
	return "class: " + strings.Join(parts, ", ")
}
