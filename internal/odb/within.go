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

// Has reports whether one of the other directories has an object. Unlike [Store.Has] it does not look for packs that came
// since the store last did, since most often the answer is no: an object that git packs at this moment may seem absent, and must be
// treated like one that is.
func (o *Outside) Has(id ID) (has bool, err error) {
	s := o.store
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return false, err
	}
	for _, p := range *s.packs.Load() {
		if p.dir == o.apart {
			continue
		}
		if _, has, err := p.find(id); has || err != nil {
			return err == nil, err
		}
	}
	for _, d := range s.dirs {
		if d == o.apart {
			continue
		}
		if has, err := hasLoose(d, id); has || err != nil {
			return has, err
		}
	}
	return false, nil
}
