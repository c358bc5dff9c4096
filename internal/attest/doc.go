// Package attest names signed statements about commits: an approval, or a review of work in progress.
//
// A statement is an annotated tag with a signature of git's own ("git tag -s", git-tag(1)), so that any git makes, carries and verifies it. Its
// header binds what is said and of which commit, as git's format of a tag has it ("git mktag", git-mktag(1)):
//
//	object <full id of the commit>
//	type commit
//	tag refward/approval/<full id of the commit>
//
// The name of a release, "v1.0", is none of these names, so that who signs a release has approved nothing by it. A ref under
// [analyzers.ReviewPrefix] holds the tag:
//
//	refs/refward/review/<full id of the commit>/approval-<what tells signers apart>
//
// The package knows names only: neither how tags are made nor what a signature is worth.
package attest
