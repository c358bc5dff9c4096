// Package objects finds commits, tags and paths that a well-meaning Git would not make: malformed objects, and paths
// that can leave the work tree or write into the repository's own directory when somebody checks them out.
//
// It is one of the checks that hooks.Run hands a Change to, and an essential one: without its answer nothing enters. It
// states what git fsck(1) would, for what the push brings only, and does not depend on receive.fsckObjects, which is off
// by default (git-config(1)). Content that cannot be read is the business of the secrets check.
//
//	r, err := objects.New().Run(ctx, change)
//	// r.Findings[0]: rule "unsafe-path", path ".GIT/config"
package objects
