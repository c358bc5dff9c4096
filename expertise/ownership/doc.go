// Package ownership knows the commit that every line of every file of a revision comes from, as "git blame" tells it of one file, and keeps
// that in an immutable file which a push brings up to date.
//
//	index, err := ownership.Build(ctx, repo, tip, ownership.Options{})
//	if err != nil {
//		return err
//	}
//	if err := index.Write(ownership.Path(repo.CommonDir())); err != nil {
//		return err
//	}
//	…
//	index, err = ownership.Open(ownership.Path(repo.CommonDir()))
//	runs, ok, err := index.Lines("main.go")
//
// One walk from the tip takes each commit after all its children and hands what lines of it are still without an owner to its
// parents, for all files at once. The rules are those of git blame (its sources are not used; git-blame(1) and what it answers are): a parent that has
// the same content takes all lines; otherwise the parents, in their order, take what a diff says they have; where a
// parent lacks the path, the file that git's search for renames finds in it stands for it; what is left is the commit's own. The diffs are git's
// own as well, so that they are the same by construction.
//
// # What differs from git blame
//
// Content is what the repository stores, whatever attributes and configuration say: no textconv, Myers' algorithm with the indent heuristic.
// Replacements and grafts count for nothing. Symbolic links are files of one line, their target; submodules have no lines. Binary files have
// lines, as in git blame. A version that is larger than [Options.MaxBlob] or not there (a partial clone) is not compared: the lines that
// lead to it have no known owner ([Unknown]), as those of an added file whose origin it may be. Commits at the edge of a shallow clone own what is behind them, as in git blame. In a
// commit that moves so many files that to look at each alone among all others would take too long, the origin of one is looked for among the
// deleted files of its base name that its path ends like; files without any are looked for together, if git does that for so many, and a deleted
// file then is at most one's origin. Lines of an ignored revision pass to the line at the same place in the hunk of the parent, where git
// blame guesses by similarity; lines that are more than the parent's stay.
package ownership
