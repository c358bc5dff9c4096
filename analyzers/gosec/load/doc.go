// Package load reads Go packages out of a tree of files: no checkout, no go command, no network.
//
// A [Loader] selects the files of a directory as go/build does, parses and type-checks them, and knows what they import from, in this
// order: the standard library (stdtypes), the main module or the modules of the workspace, vendor, directories that replace a module, other
// modules of which types are known ([Modules]). What is left gets a stand-in without declarations, and a [Problem].
//
// The trees are other people's. Names in them are never opened outside of the tree, what is too large or nested too deep is named and not
// read, and what is known to make go/types run out of stack or time is refused before. What remains (types that grow exponentially by
// instantiation, constants that do by addition) only a limit on the process stops.
package load
