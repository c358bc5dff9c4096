// Package history reads who wrote and reviewed what out of a repository, and keeps it in a file that a push brings up to date.
//
//	index, err := history.Open(history.Path(repo.CommonDir())) // what is wrong with it is no matter: it is built anew
//	index, err = history.Update(ctx, repo, index, tip, history.Options{})
//	if err != nil {
//		return err
//	}
//	err = index.Write(history.Path(repo.CommonDir()))
//	…
//	for _, s := range suggest.Rank(index.State, query) { … index.People.Person(people.ID(s.Person)).Name … }
//
// Commits are taken in the order in which the branch got them: along the line of first parents, and before each merge what it brought. So what
// is added after a push is the end of what would be read from the beginning, and both ways end in the same state, byte for byte.
//
// # What is believed
//
// A commit says what whoever made it typed. A date later than the clock of the machine counts as that of the commit before it. A trailer Reviewed-by,
// Approved-by or Acked-by counts on commits that the branch has, never for who wrote them, and for at most [MaxReviewed]
// commits of one author in a day, so that no script makes an expert overnight. Git keeps no pushers, so that the author stands for them. All this is for advice; no verdict depends on it.
//
// Commits at the edge of a shallow clone change no files: what they changed is not known. A clone that gets deeper is read anew. Content that a partial clone
// lacks is not fetched: files that moved with a change are new ones there. When it comes later, only who begins anew sees it.
package history
