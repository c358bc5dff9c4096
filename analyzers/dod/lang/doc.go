// Package lang knows of programming languages what a path tells: which files are code, and which of them are tests.
//
// It is a table, which a policy may add to. What a path tells is a convention of the language's tools: it proves that somebody touched a
// file that these tools would run as a test, not that it tests anything.
//
//	table, err := lang.New(nil)
//	table.Of("cmd/main.go")      // Go, no test
//	table.Of("cmd/main_test.go") // Go, a test
//	table.Of("README.md")        // nothing
package lang
