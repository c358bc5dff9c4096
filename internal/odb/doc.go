// Package odb reads git objects out of object directories: packs, loose objects and alternates, read-only, in this process. It stands at
// the start of the flow, below gitio, where a hook reads every object that a push brings; git's own plumbing costs a process
// and a pipe for that, and is not there at all in the chroot of some servers.
//
//	store, err := odb.Open([]string{quarantine, objects}, odb.Options{})
//	if err != nil {
//		return err // errors.Is(err, odb.ErrUnsupported): git can read what this package cannot
//	}
//	defer store.Close()
//	for id, err := range store.Objects(quarantine) {
//		if err != nil {
//			return err
//		}
//		kind, data, err := store.Read(id, 10<<20)
//		...
//	}
//
// # What is looked up where
//
// As in git, packs come before loose objects, and within each the directories in order of precedence: those given to [Open], then
// the alternates that they name (gitrepository-layout(5), "objects/info/alternates"), to git's depth. Replace refs and grafts do not
// exist at this level: what is read is what is stored. A multi-pack-index is not needed, since its packs have an .idx each.
// An object that is not found makes the directories be looked through once more, since git may have repacked meanwhile.
//
// # What is checked
//
// Nothing in a pack, an index or a loose object is believed: sizes and offsets are held against the file before they are used,
// memory is bounded by [Options], and whatever does not fit is an error that says where, never a panic. A file that shrinks or a disk
// that fails under the mapping is an error too. An object is hashed and held against its name as [Options].Verify says.
// A mismatch means that the content is not the one that was pushed under this name (a damaged disk, a hand in the
// store, an index of another pack): it must be treated as unreadable, not as absent, and nothing about it may be judged. git itself does
// not hash what it reads out of a pack, but index-pack and unpack-objects named every object of a push by hashing it.
//
// SHA-256 repositories and formats that this package does not know are [ErrUnsupported].
package odb
