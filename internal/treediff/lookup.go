package treediff

import (
	"strings"

	"github.com/refward/refward/internal/odb"
)

// Lookup finds the entry at a path, whose parts are separated by single slashes, below a tree. ok is false where there is none, or where
// a part on the way is no directory. Of entries with the same name the first counts.
func Lookup(src Source, tree odb.ID, path string) (mode uint32, id odb.ID, ok bool, err error) {
	id = tree
	for rest, more := path, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, "/")
		w := walk{src: src, path: []byte(path[:len(path)-len(rest)])}
		var at side
		if err := w.load(&at, ref{id, true}); err != nil {
			return 0, id, false, err
		}
		for at.end != 0 && string(at.path()) != name {
			if err := at.next(); err != nil {
				return 0, id, false, err
			}
		}
		if at.end == 0 || more && !at.isDir() {
			return 0, odb.ID{}, false, nil
		}
		mode, id = at.mode, odb.ID(at.rawID())
	}
	return mode, id, true, nil
}
