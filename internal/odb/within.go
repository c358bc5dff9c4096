package odb

import (
	"fmt"
	"slices"
)

// An Outside is a store without the objects of one of its directories: in a hook without the quarantine, which is what
// the repository had before the push. It is safe for concurrent use.
type Outside struct {
	store *Store
	apart *dir
}

// Outside returns the store without one of its directories, one that was given to [Open] or that [Store.Dirs] returns.
func (s *Store) Outside(path string) (*Outside, error) {
	resolved, err := resolveDir(path)
	if err != nil {
		return nil, fmt.Errorf("odb: object directory: %w", err)
	}
	i := slices.IndexFunc(s.dirs, func(d *dir) bool { return d.path == resolved })
	if i < 0 {
		return nil, fmt.Errorf("odb: %s is not an object directory of the store", path)
	}
	return &Outside{s, s.dirs[i]}, nil
}

// Dirs returns the other object directories, as [Store.Dirs] does.
func (o *Outside) Dirs() []string {
	return slices.DeleteFunc(o.store.Dirs(), func(path string) bool { return path == o.apart.path })
}

// Has reports whether one of the other directories has an object. It looks for packs that came since the store last
// did only if no directory at all has the object, since most often the one that is apart has it.
func (o *Outside) Has(id ID) (has bool, err error) {
	s := o.store
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return false, err
	}
	has, apart, err := o.look(id)
	if has || apart || err != nil {
		return has, err
	}
	// Somebody has it, or it would not be asked for: git may have packed it meanwhile.
	if more, err := s.scan(); err != nil || !more {
		return false, err
	}
	has, _, err = o.look(id)
	return has, err
}

// look reports whether one of the other directories has an object or, if not, the one that is apart.
func (o *Outside) look(id ID) (has, apart bool, err error) {
	for _, p := range *o.store.packs.Load() {
		if p.dir == o.apart && apart {
			continue
		}
		_, found, err := p.find(id)
		if err != nil {
			return false, false, err
		}
		if found && p.dir != o.apart {
			return true, false, nil
		}
		apart = apart || found
	}
	for _, d := range o.store.dirs {
		if d == o.apart && apart {
			continue
		}
		found, err := hasLoose(d, id)
		if err != nil {
			return false, false, err
		}
		if found && d != o.apart {
			return true, false, nil
		}
		apart = apart || found
	}
	return false, apart, nil
}
