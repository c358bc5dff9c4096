// Package analyzers is the vocabulary that every check of Refward speaks: what a [Change] is, what an [Analyzer]
// does with one, and what it says in return.
//
// It stands at the start of the flow: internal/gitio makes a Change out of Git's input, hooks.Run hands it to every
// Analyzer at once, and internal/policy turns the [Outcome] of each into a verdict. The package knows neither Git nor
// policy and imports the standard library only, so that a check can be written and tested without either.
//
// A check is a value:
//
//	var Analyzer = &analyzers.Analyzer{
//		Name: "todo",
//		Doc:  "finds added TODO marks\n\nA TODO that nobody owns stays for ever: name who will do it.",
//		Rules: func() []analyzers.Rule {
//			return []analyzers.Rule{{ID: "anonymous", Summary: "a TODO without a name", Fix: "write TODO(name)",
//				Example: "TODO: mend\nTODO(ada): mend"}}
//		},
//		Run: func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
//			var r analyzers.Result
//			for h, err := range c.Hunks(ctx) {
//				if err != nil {
//					return r, err
//				}
//				// … look at h.Text, append to r.Findings
//			}
//			return r, nil
//		},
//	}
//
// analyzerstest holds the suite that every Analyzer passes; all.List names those that Refward runs.
package analyzers
