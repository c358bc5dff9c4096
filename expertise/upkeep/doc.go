// Package upkeep keeps the two indexes of a repository up to date: whose the lines are (package ownership), and who wrote and reviewed what (package
// history).
//
// One process at a time does that for a repository, since each reads what the one before has written. Readers do not wait: files are replaced whole.
//
//	done, err := upkeep.Update(ctx, repo, tip, upkeep.Options{People: people.Options{Aliases: aliases}})
package upkeep
