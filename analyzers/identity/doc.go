// Package identity finds commits and tags whose signature does not count, and commits of somebody else than who pushes.
//
// It is one of the checks that hooks.Run hands a Change to, and an essential one: when it cannot answer, nothing may enter. What keys and people
// there are it asks a [Directory], of which it knows nothing else; without one it has nothing to do.
//
//	r, err := identity.New(directory).Run(ctx, change)
//	// r.Findings[0]: rule "unsigned", commit "…"
package identity
