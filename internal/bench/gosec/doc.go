// Command gosec holds the check of Go code beside the gosec command: which findings both have, and what each costs.
//
//	make bench-gosec REPO=DIR RANGE=OLD..NEW
//
// The command runs on a complete checkout, with the Go toolchain, the modules and a warm build cache. Refward gets the bare objects: once with
// a cache of types that "refward types fill" has made, once with nothing but its programs. Compared are file, line, column, rule and message
// of the packages that the range touches and of all; of the command's findings those that three runs have in common, since it varies.
package main
