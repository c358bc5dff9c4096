// Package treediff compares two trees as "git diff-tree -r --raw" does, and finds renames among the differences. It stands between odb,
// which reads the trees, and gitio, which asks for each new commit which paths it changes against each parent.
//
//	trees := treediff.NewCache(store, odb.Tree, 16<<20)
//	var changes []treediff.Change
//	err := treediff.Diff(ctx, trees, parent, commit, func(c treediff.Change) error {
//		changes = append(changes, c)
//		return nil
//	})
//	if err != nil {
//		return err
//	}
//	changes = treediff.Exact(changes)
//
// # Trees that git would not write
//
// Whoever pushes writes trees byte by byte, and git keeps them unless receive.fsckObjects is set. Names are therefore raw bytes, without
// any meaning: ".git", "..", slashes, newlines. Trees are walked side by side in the order of their entries. In a tree out of order, or with a name
// twice, an entry may meet the wrong partner or none, but none is passed over without one that has the same name, mode and id: what
// the new tree brings is always among the changes, at worst together with what it does not. In all of this the changes are those that
// git 2.39 lists, and what git refuses is an error here: a mode that is no octal number, an entry without a name, a tree that
// ends early or is not there.
//
// There is one exception, where git sees less. It takes a file named "a/b" and a directory "a" for the same entry, since it compares
// the slash of the one with the slash that is added to the other, and shows nothing at all when both have the same id. Here they differ.
//
// Modes are those that git knows, as it makes them from what is stored: regular files are 0100644 or 0100755, symbolic
// links 0120000, directories 040000, and whatever is none of these (0 too) is a submodule, 0160000. Two entries whose stored modes come to the
// same do not differ.
package treediff
