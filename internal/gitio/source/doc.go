// Package source is what gitio wants to know of a repository, whoever answers: package native, which reads the repository's files in this
// process, or package plumbing, which asks git. One suite of tests holds both to the same answers, except where several are right: which of equal lines
// counts as added, which of equal files was renamed, and what is new where clocks went wrong (there git says more).
//
// Objects and refs are as they are stored. Replace refs and grafts, which show other content than the one that enters, do not exist at
// this level; the edge of a shallow repository does, since there is nothing behind it.
//
// Ids are hexadecimal, of either hash function. Paths are raw bytes. Every error names the object or the ref that it is about, and
// what could not be read is never an empty answer.
package source
