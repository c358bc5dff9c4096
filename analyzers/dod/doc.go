// Package dod checks the Definition of Done where a Git server can see it: in what a change touches and what its messages declare.
//
// It is one of the checks that hooks.Run hands a Change to. The names of its rules say what is proved and no more: tests-touched means that a file
// that the language's tools take for a test gained a line, not that anything is tested. Some rules judge each commit, others what all new
// commits of a ref do together ("somewhere in the change a test is touched"); the latter speak of pushes and ranges only, once for each ref.
//
// Who is exempt is decided by the graph and by the host's word for who pushes, never by the text: what a merge takes from its parents is not its
// own, a revert provably undoes a commit, a bot is named by the policy.
//
//	a, err := dod.New(dod.Defaults())
//	if err != nil {
//		return err // a glob in the policy is malformed
//	}
//	r, err := a.Run(ctx, change)
//	// r.Findings[0].Message: "code changes in 3 files (lex.go …), and no test does"
package dod
