// Package suggest ranks the people who could review a change, and says why in words and figures.
//
// It asks an activity.State who wrote and reviewed the files, their surroundings and the author's changes, and takes the owners of the
// touched lines from the caller:
//
//	q := &suggest.Query{At: now, Author: author, Files: files, Touched: touched, Whole: whole, Exclude: absent}
//	for _, s := range suggest.Rank(state, q)[:3] {
//		fmt.Println(s.Person, s.Score)
//	}
//
// The score is a weighted sum of signals. The weights are the same for every repository: nothing is learnt from the one that is asked
// about. docs/expertise.md has the formulas, docs/decisions/0015-reviewer-model.md how the weights were found.
package suggest
