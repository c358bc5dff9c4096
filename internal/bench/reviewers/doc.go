// Command reviewers fits the weights of package suggest, and says how good they are where they were not fitted.
//
//	go run ./internal/bench/reviewers [-cold] FILE.jsonl.gz…
//
// Each repository counts the same. Weights are fitted on as many queries before the test queries as there are test queries; no test query
// enters a fit. First each repository in turn is left out: its test queries are ranked with weights that were fitted on the others, so that
// neither its people nor its times have a say. The figures of these rankings are what a repository that nobody has seen may expect. Then the
// weights of all repositories together are printed, as weights.go has them.
package main
