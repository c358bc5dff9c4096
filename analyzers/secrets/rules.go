package secrets

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// A rule is what findings need to know of a ruleset.Rule.
type rule struct {
	title    string // what it finds, in a few words
	why      string // its whole description
	group    string
	severity analyzers.Severity
	whole    bool // the secret is all that the rule matches
	pack     bool // a rule pack of ours has it
	order    int  // its place among all rules
}

func newRule(r ruleset.Rule) *rule {
	out := &rule{
		title: titleOf(r.ID, r.Description), why: oneLine(r.Description), group: string(r.Group()), whole: r.CapturesPart(), pack: r.Pack,
		severity: analyzers.Medium,
	}
	if out.group == groupProvider {
		out.severity = analyzers.High
	}
	return out
}

// The descriptions of the stock rules are sentences such as "Uncovered a possible Acme API key, potentially
// compromising access to Acme.": what the secret is stands between the verb and the first comma.
var (
	openingRE = regexp.MustCompile(`^(?:(?:Detected|Discovered|Found|Identified|Uncovered)(?: an?)?|Possible)\s+` +
		`(?:(?:potential|possible|pattern that may indicate|pattern that resembles|pattern resembling)\s+)?(?:an? )?`)
	closingRE = regexp.MustCompile(`(?:,| detected\b|\.(?: |$)).*$`)
)

const maxTitle = 80 // characters

// titleOf returns what a rule finds, in a few words: from its description, or else from its id.
func titleOf(id, description string) string {
	title := closingRE.ReplaceAllString(openingRE.ReplaceAllString(oneLine(description), ""), "")
	// Two stock descriptions tell what a company does, not what the rule finds.
	if title == "" || strings.Contains(title, " is a ") || utf8.RuneCountInString(title) > maxTitle {
		return strings.ReplaceAll(id, "-", " ")
	}
	return title
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

const (
	fixSecret = "Revoke it where it was issued and get another one: a secret that left its owner's machine counts as known. " +
		"Keep the new one in the environment or a secret store. Then take the old one out of every commit that has it " +
		"(the newest: git commit --amend; an older one: git rebase -i) and push again."
	fixGeneric = "If it is a secret: " + fixSecret + " If it is not, give the value a name or a form that says so, " +
		"or allow it in the policy."
	fixUnread = "Keep files of that size out of the repository (git-lfs, a package registry), or let an administrator " +
		"raise the limit. The content enters a repository only after it was looked at."
	hintSecret  = "revoke it, keep its successor out of the repository, and take it out of every commit that has it"
	hintGeneric = "if it is a secret, revoke it and take it out of every commit that has it"
	hintUnread  = "keep the file out of the repository, or make it readable"
)

// documentation describes every rule, in the order of their ids, then our own.
func (e *engine) documentation() []analyzers.Rule {
	var list []analyzers.Rule
	rules := e.detector.Rules()
	slices.SortFunc(rules, func(a, b ruleset.Rule) int { return strings.Compare(a.ID, b.ID) })
	for _, of := range rules {
		r := newRule(of)
		doc := analyzers.Rule{ID: of.ID, Group: r.group, Summary: r.title, Why: r.why, Fix: fixSecret, Example: example(of, r.title)}
		if r.group == groupGeneric {
			doc.Fix = fixGeneric
		}
		list = append(list, doc)
	}
	return append(list, analyzers.Rule{
		ID: ruleUnread, Group: groupUnexamined, Summary: "content that could not be examined",
		Why: "Lines that nobody looked at may hold a secret as well as any others.", Fix: fixUnread, Example: exampleUnread,
	})
}
