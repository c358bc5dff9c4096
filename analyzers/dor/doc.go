// Package dor checks the Definition of Ready where a Git server can see it: in commit messages and the names of branches. It asks for an
// issue key, a Conventional Commits header, a subject and a body that can be read, trailers with the values that policy allows, and a branch
// that is named as agreed.
//
// It is one of the checks that hooks.Run hands a Change to. Who is exempt is decided by the graph and by the host's
// word for who pushes, never by the text: a merge joins two histories, a revert provably undoes a commit, a bot is named
// by the policy. Typing "Merge" or "Revert" exempts nothing.
//
// Most rules judge each new commit. That a trailer is missing is a fact about all new commits of a ref together, and is stated for pushes
// and ranges alone: while one commit is made nobody knows whether another will have it.
//
//	a, err := dor.New(dor.Defaults(), nil)
//	if err != nil {
//		return err // a pattern in the policy does not compile
//	}
//	r, err := a.Run(ctx, change)
//	// r.Findings[0].Message: "subject has 83 characters, 72 allowed"
//
// One commit gets one hint for all that is wrong with it, and whoever follows it is refused for nothing else: its example is tried against
// the rules before it is shown.
package dor
