// Package advice asks who could review a change that a repository holds.
//
// It makes a query of the change for package suggest: who wrote it, which files and lines it touches and whose those are, by the indexes of
// the packages history and ownership; and looks up in CODEOWNERS who owns the paths.
//
//	s, err := advice.Open(ctx, repo) // as they are stored; or &advice.Source{Repo: repo, Activity: activity, Lines: lines}
//	a, err := s.Range(ctx, old, new, advice.Options{})
//	for _, c := range a.Ranking[:3] { … suggest.Reasons(s.Activity.State, a.Query, c.Person) … }
//
// Nothing that the change brings is believed: the indexes and CODEOWNERS are those of a branch that is trusted.
package advice
