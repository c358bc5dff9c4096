// Package commitwalk finds the commits that a push brings: those that its tips reach and the stored refs do not. It stands between
// odb, whose objects it reads, and gitio, which makes a Change of what it finds, and needs no git.
//
//	w, err := commitwalk.New(commitwalk.Options{Objects: store, Quarantine: quarantine})
//	if err != nil {
//		return err
//	}
//	defer w.Close()
//	order, parents, err := w.NewCommits(ctx, tips, commitwalk.Boundary{Near: olds, Which: refs.Which, All: tips})
//
// # The rule
//
// The set is that of "git rev-list TIPS --not BOUNDARY", by the truth of the parents and not by dates. A commit is left out only when
// a path of parents from a tip of the boundary leads to it. That an object is in the store proves nothing: it may be left over from a push that
// was refused, or belong to another repository of a fork network.
//
// # How it is found
//
// What only the quarantine has, no stored ref can reach: it is new, and its parents are looked at. Most often the walk ends after these, at
// the old value of a ref of the push. The commits where it ends otherwise are painted down to from the boundary, together with
// their own ancestors, until each is painted or no boundary can reach it any more. A commit-graph ([gitformat-commit-graph(5)]) gives
// generation numbers that show when that is. Without them only the end of history shows it, unless [Options].Quarantine is empty: a client or a
// range walks on only until the dates have been too old for long, as git itself does. Dates may lie, so this may judge too
// much, and never too little.
//
// # What is trusted
//
// A commit-graph is git's own cache, written by who runs the repository, and trusted as git trusts it; the quarantine's is never read,
// and the parents of new commits come from the commits. One that is damaged is reported and the walk done without it.
//
// [gitformat-commit-graph(5)]: https://git-scm.com/docs/gitformat-commit-graph
package commitwalk
