// Package refstore reads the refs of a repository from its files: loose refs, packed-refs, HEAD and those of linked worktrees, read-only,
// in this process. It stands beside odb at the start of the flow, below gitio: a push is new where no stored ref reaches it, and what a client
// claims a ref to be counts only where the store says the same.
//
//	refs, err := refstore.Open(gitDir, commonDir)
//	if err != nil {
//		return err // errors.Is(err, odb.ErrUnsupported): git can read what this package cannot
//	}
//	ref, ok, err := refs.Lookup("refs/heads/main")
//	if err != nil {
//		return err
//	}
//	if !ok || ref.ID != claimed {
//		...
//	}
//	tips, err := refs.Which(boundary) // two or three milliseconds for 100,000 packed refs; listing them takes ten times as long
//
// # What counts
//
// A loose ref hides the line of packed-refs with the same name, which is stale more often than not (git-pack-refs(1)): a commit that was
// forced away may still stand there, and must not count as known. The refs of a linked worktree are those of the common directory but for HEAD,
// refs/bisect/, refs/worktree/ and refs/rewritten/ (git-worktree(1), "REFS"). A namespace is a prefix, which is the caller's matter.
// Whether a ref's object exists is not looked at.
//
// # While git writes
//
// Nothing is kept between calls: each reads the files as they are. git renames a new packed-refs over the old one before it deletes the loose
// refs that went into it, so loose refs are read first and packed-refs is opened after that: a ref that exists all the time is found by every
// call, with a value that it had during the call. A listing is no snapshot; git's is none either.
//
// # What is refused
//
// A ref that is there and cannot be read is an error that names it, never an absent one: an empty or torn file, a pipe, a symbolic
// ref that leads in a circle, a line of packed-refs that git would not have written. "git rev-list --all" dies of most of these, too. Only files
// whose names are not those of refs (git-check-ref-format(1)) are passed over, with less known in consequence, never more. A repository with reftable
// or SHA-256 is [odb.ErrUnsupported].
package refstore
