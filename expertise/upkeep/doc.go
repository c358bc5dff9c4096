// Package upkeep keeps the two indexes of a repository up to date: whose the lines are (package ownership), and who wrote and reviewed what (package
// history).
//
// One process at a time does that for a repository, since each reads what the one before has written. Readers do not wait: files are replaced whole.
//
//	done, err := upkeep.Update(ctx, repo, func(ctx context.Context) (census.Tip, people.Options, error) {
//		tip, err := census.Trusted(ctx, repo)
//		return tip, people.Options{}, err
//	}, upkeep.Options{})
package upkeep
