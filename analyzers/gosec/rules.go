package gosec

import (
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/catalog"
)

// documentation lists gosec's rules and ours.
func documentation() []analyzers.Rule {
	rules := []analyzers.Rule{
		{
			ID: ruleNosec, Group: groupMedium,
			Summary: "the change brings a comment that suppresses findings, such as #nosec",
			Why:     "Whoever writes insecure code could write the comment beside it. What was there before the change counts.",
			Fix:     "remove the comment; where the policy says \"nosec: justified\", name the rules and the reason: // #nosec G404 -- REASON",
		},
		{
			ID: ruleUnexamined, Group: groupLow,
			Summary: "a package could not be examined completely",
			Why: "It does not compile, it is larger than is looked at, or the time or memory that the policy allows was not enough. " +
				"What could not be examined is not clean.",
			Fix: "mend what does not compile, raise gosec.cpu or gosec.memory in the policy, or run gosec on a machine with Go",
		},
		{
			ID: ruleReduced, Group: groupLow,
			Summary: "a package was analysed without the types of all modules that it imports",
			Why:     "Findings that depend on these types may be missing. gosec's rules that look at the standard library are not concerned.",
			Fix:     "run \"refward types fill\" on a machine with Go and carry the cache over with \"refward types export\" and \"import\"",
		},
	}
	for _, r := range catalog.Rules() {
		why := "gosec " + r.ID
		if r.CWE != "" {
			why += ", CWE-" + r.CWE
		}
		rules = append(rules, analyzers.Rule{ID: strings.ToLower(r.ID), Summary: r.Summary, Why: why + ". " + r.Why, Fix: r.Fix})
	}
	return rules
}
