// Package tracker keeps a signed snapshot of an issue tracker in a file, so that a hook can ask whether an issue exists, in which state
// it is and whether it says when it is done, without waiting for anybody.
//
// A timer writes the file (see the package fetch and "refward tracker sync"), hooks read it. docs/tracker.md documents the format. It is
// one file, with the signature behind the text that it signs: with two files a reader could see one of them with the other's
// predecessor. Each issue has a line of its own, in the order of the keys, so that a push that names three of 100,000 issues decodes
// three.
//
//	f, err := tracker.Open("/var/lib/refward/tracker.json", keys)
//	if err != nil {
//		return err // also when nobody who may has signed it
//	}
//	issue, known, err := f.Issue("ABC-12")
package tracker
