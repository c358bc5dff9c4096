// Package report says what became of a change: to the pusher as text, to programs as JSON, SARIF, JUnit and as the
// workflow commands of GitHub Actions.
//
// It stands at the end of the flow: hooks.Run makes outcomes of a change, policy.Decide makes a verdict of the outcomes,
// and [Write] prints it. It decides nothing, and the same input gives the same bytes.
//
// Whatever comes from the push is a stranger's: every such string loses its secrets first (see [Scrubber]) and is then
// made harmless (see [QuotePath] and [Visible]), in one place, [New], from which all formats are made. The words of
// the report itself are left alone, since a gap in a known sentence would tell what was cut out. docs/report-format.md
// is the protocol.
//
//	err := report.Write(os.Stderr, "text", report.Input{
//		ToolVersion: "1.0.0",
//		Hook:        "pre-receive",
//		Change:      change,
//		Outcomes:    outcomes,
//		Verdict:     policy.Decide(…),
//		Contact:     "security@example.com",
//	})
package report
