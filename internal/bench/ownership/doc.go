// Ownership measures the index of line owners of a repository beside "git blame", run for each file by two processes at once: processor time
// with that of children, memory, the share of lines with the same owner, and updates against rebuilds. Where the
// system does not count the time of children, these are 0.
//
//	go run ./internal/bench/ownership -repo DIR [-rev HEAD] [-every N] [-show N] [-updates 1,30,300]
package main
