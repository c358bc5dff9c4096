// Package glob matches paths as Git stores them, raw bytes, against many globs at once.
//
// Options name paths by the globs of doublestar: * and ? do not cross a slash, ** does, {a,b} is a choice. A glob without a slash
// is about names in any directory, as in .gitignore. Most globs that people write are an extension, a name or a directory; these cost
// a look into a map, so that a push of many thousand paths is judged against many globs in little time.
//
//	set, err := glob.Compile([]string{"*.pyc", "node_modules/**", "docs/**/*.md"})
//	set.Match("a/b.pyc") // 0: the first of the globs
package glob
