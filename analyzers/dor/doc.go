// Package dor checks the Definition of Ready where a Git server can see it: in commit messages. It asks for an issue
// key, a Conventional Commits header, a subject that fits, and no mark of unfinished work.
//
// It is one of the checks that hooks.Run hands a Change to. Who is exempt is decided by the graph and by the host's
// word for who pushes, never by the text: a merge joins two histories, a revert provably undoes a commit, a bot is named
// by the policy. Typing "Merge" or "Revert" exempts nothing.
//
//	a, err := dor.New(dor.Defaults(), nil)
//	if err != nil {
//		return err // a pattern in the policy does not compile
//	}
//	r, err := a.Run(ctx, change)
//	// r.Findings[0].Message: "subject has 83 characters, 72 allowed"
package dor
