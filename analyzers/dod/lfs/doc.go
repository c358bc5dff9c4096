// Package lfs tells which paths of a tree are to be stored by Git LFS, and which contents are its pointers.
//
// A path is Git LFS's when the .gitattributes files of the tree give it filter=lfs (gitattributes(5); git-lfs-track(1) writes such lines). Its
// content in the repository is then a pointer, a few lines of text (Git LFS, docs/spec.md, "The Pointer"). Where a clone has no Git LFS
// installed, git commits the content itself and says nothing.
//
//	attrs := lfs.New(trees.After)
//	tracked, err := attrs.Tracked("art/title.psd")
//	if tracked && !lfs.Pointer(blob.Data) { … }
package lfs
