// Package repair makes a package that does not type-check well-typed, so that its SSA form can be built.
//
// What an import without types declares is guessed from its uses, and stand-ins are declared for it. An expression that still has no type
// gives way to a call of a function that is unknown as well, takes what is valid of it, and returns what the place wants. What cannot be
// mended is left out: a statement, at worst the body of a function. All that is kept keeps its position.
package repair
