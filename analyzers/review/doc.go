// Package review finds changes that nobody else has approved, and work that went on without a review.
//
// It is one of the checks that hooks.Run hands a Change to, and an essential one: when it cannot answer, nothing may enter. An approval is a
// signed tag (package attest); what a signature is worth, and who a person is, it asks a [Directory], of which it knows nothing else. Without
// keys it reads trailers, which anybody can type, and is silent about signed statements.
//
//	a, err := review.New(review.Defaults(), directory)
//	r, err := a.Run(ctx, change)
//	// r.Findings[0]: rule "unattested", ref "refs/heads/main"
package review
