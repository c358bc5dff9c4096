// Package gosec checks the Go packages that a change touches with gosec, and reports what the change makes worse.
//
// It works on the objects of a push: no checkout, no Go toolchain, no module cache and no network are needed. Packages are read out
// of the tree that a ref would have (in a commit: out of the index), and the types of the standard library come with the program. What else
// a package imports is looked for in the tree, in a cache of types that "refward types" fills, and in Go's module cache. A package whose
// imports are not all known is made good enough to be analysed all the same, and is named as such.
//
//	analyzer, err := gosec.New(gosec.Defaults(), gosec.Host{})
//	result, err := analyzer.Run(ctx, change)
//
// gosec itself runs in another process, refward-gosec; see package wire. This package does not link it.
//
//	Run ─► touched ─► helper (package worker: load, engine, repair) ─► worse ─► findings
package gosec
