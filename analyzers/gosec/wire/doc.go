// Package wire is what the check and its helper program say to each other, over the helper's standard input and output.
//
// gosec runs in a process of its own, refward-gosec: what it is given can overflow the stack, which nothing recovers from, and linking it
// costs every start of the program that does. The helper opens no repository and no file that a push has named: it asks for the files of
// a tree, and the check answers out of the objects.
//
//	check:   Job{Tree: 0, Dirs: ["cmd/x"]}
//	helper:  Begin{cmd/x rules}  Ask{ReadDir cmd/x}
//	check:   Answer{…}
//	helper:  …  Found{cmd/x rules, …}  Begin{cmd/x ssa}  Found{cmd/x ssa, …}  End{}
//
// When the helper dies, what it has found is there, and it is known at what it died.
package wire
