// Package odbtest makes packs and loose objects that git would not write, or only at great cost: objects under names that are not theirs,
// deltas that claim any size, deep chains, gigabytes in a few kilobytes. It is for tests of everything that reads objects.
//
//	p := odbtest.NewPack()
//	blob := p.Add("blob", "some text\n")
//	p.Add("tree", odbtest.Entry("100644", "a.txt", blob))
//	err := p.Write(filepath.Join(repository, "objects"))
package odbtest
