// Package goapi finds changes of what Go packages export that break who uses them, where no new commit declares a breaking change.
//
//	analyzer, err := goapi.New(goapi.Defaults(), start)
//	result, err := analyzer.Run(ctx, change)
//
// Here only tokens are compared: a push that changes nothing but bodies of functions, or only adds declarations, costs no more. What is left is
// asked of a [Comparer], which has types: package gosec's helper program, in which a hostile source does no harm.
//
// Not looked at: commands, tests, directories named internal, vendor or testdata, and what a package exports of another one that changes, as by
// an alias for a type of an internal package or by a newer version of a module.
package goapi
