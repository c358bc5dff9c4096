// Package language says in which language a file is written, by its path.
//
//	language.Of("cmd/main.go")           // "Go"
//	language.Of("deploy/Dockerfile.dev") // "Dockerfile"
//	language.Of("LICENSE")               // "Text"
//
// Names are those of Linguist, which hosts show. The table table.txt comes from go-enry's data (a port of Linguist; Apache License 2.0, its data
// MIT), except that what analyzers/dod/lang calls code has the name that it has there: a policy, a checklist and a query mean the same files by
// one word. A test makes the table ("go test ./expertise/language -update") and holds both sources against it.
//
// go-enry itself is not linked: compiling its expressions takes 47 ms at every start of the program (its package data alone 16 ms), and 8.6 MB.
// The table is read when it is first asked, in less than a millisecond.
//
// An extension that several languages share has the most frequent one of go-enry's corpus. A path is all that is looked at: a file of C++
// called "x.h" is C.
package language
