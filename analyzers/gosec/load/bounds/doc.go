// Package bounds finds what Go's parser and type checker must not be given, because they would run out of stack, which ends a process, or for
// minutes.
//
// [Scan] bounds how deep a source is nested before it is parsed. [Measure] looks at the declarations of a package before they are typed.
package bounds
