// Command bench pushes 1, 100 and 5,000 commits into a bare repository with and without the gate, in turn, and prints the medians
// of both and what the gate adds: CPU seconds (user and system, of git push and all that it starts), wall seconds, and the
// peak memory of the largest process. "make bench" runs it; the machine's speed does not matter to the ratios.
//
//	go run ./internal/bench bin
//	go run ./internal/bench -repo ~/src/git bin      a real history instead of a made one
package main
