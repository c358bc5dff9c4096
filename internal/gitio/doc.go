// Package gitio reads a repository: which commits, tags, files, lines and blobs a push, a commit or a range brings. It
// makes the [analyzers.Change] at the start of the flow, and it is the only package that imports go-git or runs git.
//
// In a hook the new objects are not in the repository yet but in a quarantine that only the hook's environment names
// (git-receive-pack(1), "QUARANTINE ENVIRONMENT"). [Open] therefore takes the environment, keeps of it what locates objects and
// drops what could blind git: replace refs, grafts, external diffs, attributes.
//
//	repo, err := gitio.Open(ctx, gitio.Options{Environ: os.Environ()})
//	if err != nil {
//		return err
//	}
//	defer repo.Close()
//	change, err := repo.Push(ctx, updates, gitio.PushOptions{Protected: isProtected})
//
// The trees of a change are file systems: [analyzers.Trees]. Their directories are parsed here, out of the objects that either back end
// reads, when someone looks into them.
//
// The back end is git's own plumbing. A push of one commit runs it five times: for-each-ref, rev-list, one long-lived cat-file,
// one diff-tree for the paths and one for each reading of the lines.
package gitio
