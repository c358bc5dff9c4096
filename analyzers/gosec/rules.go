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
			Example: "// found\nn := rand.Int() // #nosec\n// right, where the policy says \"nosec: justified\"\n" +
				"n := rand.Int() // #nosec G404 -- only spreads load",
		},
		{
			ID: ruleIncomplete, Group: groupUnexamined,
			Summary: "a package could not be examined completely",
			Why: "It does not compile, it is larger than is looked at, or the time or memory that the policy allows was not enough. " +
				"What could not be examined is not clean.",
			Example: "// found: a package that does not compile, since y is declared nowhere\nx := y\n// right\ny := 1\nx := y",
			Fix:     "mend what does not compile, raise gosec.cpu or gosec.memory in the policy, or run gosec on a machine with Go",
		},
		{
			ID: ruleMissingTypes, Group: groupUnexamined,
			Summary: "a package was analysed without the types of all modules that it imports",
			Why:     "Findings that depend on these types may be missing. gosec's rules that look at the standard library are not concerned.",
			Fix:     "run \"refward types fill\" on a machine with Go and carry the cache over with \"refward types export\" and \"import\"",
			Example: "# found: import \"example.org/lib\", whose types are not known here\n# right\nrefward types fill\nrefward types export types.tar\nrefward types import types.tar",
		},
	}
	for _, r := range catalog.Rules() {
		rules = append(rules, analyzers.Rule{ID: strings.ToLower(r.ID), Summary: r.Summary, Why: r.Why, Fix: r.Fix, CWE: r.CWE, Example: r.Example()})
	}
	return rules
}
