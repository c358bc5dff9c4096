// Package indexfile is the file of the index of owners: its layout, which docs/ownership-format.md has, how it is read, and how it is made of another
// one and of what has changed.
//
//	f, err := indexfile.Open(path)
//	if err != nil {
//		return err
//	}
//	i, ok := f.Find("main.go")
//	runs, err := f.Runs(i)
//	…
//	f, err = indexfile.Encode(head, f, changes, added)
//
// It knows nothing of git: package ownership finds the owners. The same owners are the same bytes, however they were come by, so all tables are in an
// order of their own and not in that of finding. A file of the repository has its own short list of commits, whose places its lines name. So
// its lines stay as they are, and are copied, when commits come and go elsewhere.
package indexfile
