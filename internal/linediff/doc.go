// Package linediff finds the lines that one version of a file has and another has not. It stands between the blobs and the analyzers where
// gitio reads a repository itself: it answers what the "+" lines of
//
//	git diff -U0 --text --diff-algorithm=myers --indent-heuristic OLD NEW
//
// answer where git is asked.
//
//	var d linediff.Differ // one for each goroutine
//	for _, run := range d.Added(old, new) {
//		fmt.Printf("%d: %q\n", run.Start, run.Text)
//	}
//
// Whoever asks which lines of the old version these stand for gets all hunks ([Differ.Hunks]).
//
// # What is promised
//
// Lines end with a line feed; the last one may lack it, and is then another line than the one that has it, as in git. For any two
// versions:
//
//   - a line whose text the old version has not is in a run;
//   - the lines that are in no run are lines of the old version, in its order: who removes lines from the old version and adds exactly the
//     runs gets the new one;
//   - the same versions give the same runs, whatever was compared before.
//
// Where several answers are right, as with a repeated line, git's may be another one. Over the changed files of 3,000 commits of cli/cli and
// 2,000 of git/git, 96 and 97 in 100 had git's runs to the line, 97 and 98 the same added texts, and the sums of added lines were within 0.2 in 100.
//
// # What bounds it
//
// The cost is that of a pass over the bytes and of n log n steps for the lines that differ. Where finding the fewest added lines would
// cost more, more lines count as added, never fewer: maxLines, maxDepth, maxWork and window say when. Nothing depends on the clock.
//
// # How
//
// The lines at both ends that are the same are cut off by comparing bytes. The lines between become numbers, one for each text, and those whose
// text only one side has are set aside. What is left goes to the implementation of Myers' algorithm of gopls, as the module go-udiff
// offers it (package lcs, MIT and BSD). It works on numbers without conversion, and gives up after 100 differences, which bounds
// its cost; the block is then split at the lines that are unique on both sides, in their longest common order, and each part goes the same way.
// At last the runs are moved to where git shows them.
//
// Of the alternatives, sergi/go-diff (Myers without a bound but a timeout) agreed with git in 0.6 in 100 files more and took 1.1 to 1.3 times
// the time, but needs quadratic time in the worst case; rogpeppe/go-internal/diff (unique lines only, a text as the result) took three times the time.
package linediff
