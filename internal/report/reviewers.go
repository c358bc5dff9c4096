package report

import (
	"fmt"
	"strings"
)

// reviewer makes a suggestion harmless: names come from commits, and a name may hold what the push must not.
func (v *view) reviewer(r *Reviewer) Reviewer {
	out := Reviewer{Ref: v.clean(r.Ref), Name: v.name(r.Name), Email: v.name(r.Email), Score: r.Score, Reasons: []string{}}
	for _, reason := range r.Reasons {
		out.Reasons = append(out.Reasons, v.clean(reason))
	}
	return out
}

const (
	maxName = 80 // characters of a name or mail
	maxWord = 30 // of a word of it: longer than names have them, shorter than most tokens
)

// name makes a name or a mail fit to print. It may be as old as the history, and no check has looked at it: a word that is longer than a name has is as likely a token that somebody
// pasted, and only its beginning is shown.
func (v *view) name(s string) string {
	words := strings.Fields(v.clean(s))
	for i, w := range words {
		local, domain, isMail := strings.Cut(w, "@")
		if len([]rune(local)) > maxWord {
			local = cut(local, 9)
		}
		if words[i] = local; isMail {
			words[i] += "@" + domain
		}
	}
	return cut(strings.Join(words, " "), maxName)
}

// printReviewers names who could review each branch.
func (v *view) printReviewers(p *printer) {
	n := 0
	for i, r := range v.report.Reviewers {
		if n++; i == 0 || r.Ref != v.report.Reviewers[i-1].Ref {
			n = 1
			p.wrap("", "who could review "+cut(v.refName(v.Reviewers[i].Ref), maxText)+":")
		}
		who := r.Name
		if r.Email != "" {
			who += " <" + r.Email + ">"
		}
		p.wrap("  ", fmt.Sprintf("%d. %s: %s", n, who, cut(strings.Join(r.Reasons, "; "), maxText)))
	}
}
