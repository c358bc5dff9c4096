// Package statement knows the signed statements about the commits of a branch, as people make and read them in a clone: who may not make one, which
// are there, and what each is worth.
//
// It stands beside the flow: "refward approve" and "refward progress" ask it, no hook does. What a server makes of a statement, by its own list of
// keys, is a check's business.
//
//	branch, err := statement.Look(ctx, repo, ahead, verifier)
//	if wrote := branch.Wrote(id, mail); wrote != nil {
//		// who wrote a part of it cannot approve it
//	}
package statement
