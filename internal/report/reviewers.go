package report

import (
	"fmt"
	"strings"
)

// reviewer makes a suggestion harmless: names come from commits, and a name may hold what the push must not.
func (v *view) reviewer(r *Reviewer) Reviewer {
	out := Reviewer{Ref: v.clean(r.Ref), Name: v.clean(r.Name), Email: v.clean(r.Email), Score: r.Score, Reasons: []string{}}
	for _, reason := range r.Reasons {
		out.Reasons = append(out.Reasons, v.clean(reason))
	}
	return out
}

// printReviewers names who could review each branch.
func (v *view) printReviewers(p *printer) {
	n := 0
	for i, r := range v.report.Reviewers {
		if n++; i == 0 || r.Ref != v.report.Reviewers[i-1].Ref {
			n = 1
			p.wrap("", "who could review "+cut(v.refName(v.Reviewers[i].Ref), maxText)+":")
		}
		who := cut(r.Name, maxText)
		if r.Email != "" {
			who += " <" + cut(r.Email, maxText) + ">"
		}
		p.wrap("  ", fmt.Sprintf("%d. %s: %s", n, who, cut(strings.Join(r.Reasons, "; "), maxText)))
	}
}
