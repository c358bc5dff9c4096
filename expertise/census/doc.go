// Package census says whose the lines of a tree are: of a file, of each directory, of each person. It reads what package ownership keeps, finds the
// people by package people, and keeps that index up to date.
//
//	tip, err := census.Trusted(ctx, repo)
//	result, err := census.Refresh(ctx, repo, tip, census.RefreshOptions{}) // builds or updates ownership.Path(repo.CommonDir())
//
// What is counted is the trusted tip, never what was pushed to a topic: anybody could write other owners there.
package census
