// Package refs finds ref updates that lose or falsify history: deletions, branches that drop commits, tags that move,
// and replace refs.
//
// It is one of the checks that hooks.Run hands a Change to, and an essential one. It looks at the updates alone, and
// states each fact for every ref: which refs are protected, and from what, is policy's business.
//
//	r, err := refs.New().Run(ctx, change)
//	// r.Findings[0]: rule "non-fast-forward", ref "refs/heads/main"
package refs
