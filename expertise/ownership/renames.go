package ownership

import (
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio"
)

// maxRenameReads bounds, for one commit and parent, the versions that are read to look for the origin of each added file alone: so many deleted
// ones times so many added ones. Beyond it all are looked for together.
const maxRenameReads = 20_000

// A doubt is a file whose origin in a parent can be one that cannot be compared.
type doubt struct {
	parent int
	path   string
}

// renames finds the origins of files that a parent of one commit lacks.
type renames struct {
	c       *chunk
	k       *commit
	added   map[int][]gitio.Moved // by parent: all pending files that it lacks
	deleted map[int][]gitio.Moved // by parent
	doubt   map[doubt]bool
	loaded  bool
	found   map[int]map[string]string // by parent: the path that an added path was, where all were looked for together
}

func (r *renames) want(parent int, m gitio.Moved) {
	if r.added == nil {
		r.added = map[int][]gitio.Moved{}
	}
	r.added[parent] = append(r.added[parent], m)
}

// find returns the file of a parent that git holds to be the one that a commit added.
func (r *renames) find(parent int, m gitio.Moved) (gitio.Moved, bool, error) {
	deleted, err := r.load(parent)
	if err != nil || len(deleted) == 0 {
		return gitio.Moved{}, false, err
	}
	if from, ok := exact(deleted, m); ok {
		return from, true, nil
	}
	if !isFile(m.Mode) {
		return gitio.Moved{}, false, nil
	}
	candidates := slices.DeleteFunc(slices.Clone(deleted), func(d gitio.Moved) bool { return !isFile(d.Mode) })
	added := []gitio.Moved{m}
	together := len(candidates)*len(r.added[parent]) > maxRenameReads
	if together {
		if r.doubt[doubt{parent, m.Path}] {
			return gitio.Moved{}, false, nil
		}
		if found, ok := r.found[parent]; ok {
			return pick(candidates, found[m.Path])
		}
		added = slices.DeleteFunc(slices.Clone(r.added[parent]), func(a gitio.Moved) bool {
			_, same := exact(deleted, a)
			return same || !isFile(a.Mode)
		})
	}
	ids := make([]string, 0, len(candidates)+len(added))
	for _, d := range slices.Concat(candidates, added) {
		ids = append(ids, d.ID)
	}
	small, err := r.c.e.readable(r.c.ctx, ids)
	if err != nil {
		return gitio.Moved{}, false, err
	}
	big := func(d gitio.Moved) bool { return !small[d.ID] }
	if big(m) || slices.ContainsFunc(candidates, big) {
		unsure := false
		for _, a := range added {
			is, err := r.unsure(a, slices.DeleteFunc(slices.Clone(candidates), func(d gitio.Moved) bool { return !big(d) }))
			if err != nil {
				return gitio.Moved{}, false, err
			}
			r.doubt[doubt{parent, a.Path}] = is
			unsure = unsure || is
		}
		if unsure && !together {
			return gitio.Moved{}, false, nil
		}
	}
	candidates, added = slices.DeleteFunc(candidates, big), slices.DeleteFunc(added, big)
	if len(candidates) == 0 || len(added) == 0 {
		return gitio.Moved{}, false, nil
	}
	from, err := r.c.e.scratch.Renames(r.c.ctx, candidates, added)
	if err != nil {
		return gitio.Moved{}, false, err
	}
	found := map[string]string{}
	for i, n := range from {
		if n >= 0 {
			found[added[i].Path] = candidates[n].Path
		}
	}
	if together {
		if r.found == nil {
			r.found = map[int]map[string]string{}
		}
		r.found[parent] = found
	}
	if r.doubt[doubt{parent, m.Path}] {
		return gitio.Moved{}, false, nil
	}
	return pick(candidates, found[m.Path])
}

// unsure reports whether one of some files that cannot be compared can be the origin of an added one: it is missing, or not so large that git
// would not compare it either, which is from twice the size on.
func (r *renames) unsure(added gitio.Moved, list []gitio.Moved) (bool, error) {
	is, err := r.c.e.repo.Info(r.c.ctx, added.ID)
	if errors.Is(err, gitio.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, d := range list {
		was, err := r.c.e.repo.Info(r.c.ctx, d.ID)
		if errors.Is(err, gitio.ErrNotExist) || err == nil && was.Size <= 2*is.Size {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return is.Size > r.c.e.o.MaxBlob, nil
}

func pick(list []gitio.Moved, path string) (gitio.Moved, bool, error) {
	for _, m := range list {
		if m.Path == path {
			return m, true, nil
		}
	}
	return gitio.Moved{}, false, nil
}

// exact returns the deleted file with the same content: one of the same base name goes before, then the first (gitdiffcore(7)).
func exact(deleted []gitio.Moved, m gitio.Moved) (from gitio.Moved, ok bool) {
	base := path.Base(m.Path)
	for _, d := range deleted {
		if d.ID != m.ID || d.Mode != m.Mode && !(isFile(d.Mode) && isFile(m.Mode)) {
			continue
		}
		if path.Base(d.Path) == base {
			return d, true
		}
		if !ok {
			from, ok = d, true
		}
	}
	return from, ok
}

func isFile(mode uint32) bool { return mode&gitio.ModeType == 0o100000 }

// load lists what a parent has and the commit has not.
func (r *renames) load(parent int) ([]gitio.Moved, error) {
	if !r.loaded {
		if err := r.loadAll(); err != nil {
			return nil, err
		}
		r.loaded = true
	}
	return r.deleted[parent], nil
}

// loadAll asks one git for all parents that lack a file: there can be thousands.
func (r *renames) loadAll() error {
	use := func(parent int, e gitio.Entry) {
		if e.Result().Mode == 0 && gitio.HasContent(e.Sides[0].Mode) {
			r.deleted[parent] = append(r.deleted[parent], gitio.Moved{Path: e.Path, Side: e.Sides[0]})
		}
	}
	var list []gitio.CommitPair
	var others []int
	for _, parent := range slices.Sorted(maps.Keys(r.added)) {
		if parent > 0 {
			list, others = append(list, gitio.CommitPair{Commit: r.k.id, Parents: r.k.parents[parent : parent+1]}), append(others, parent)
			continue
		}
		for _, e := range r.k.changed {
			use(0, e)
		}
	}
	err := r.c.e.repo.Versions(r.c.ctx, list, func(i int, e gitio.Entry) error {
		use(others[i], e)
		return nil
	})
	for _, deleted := range r.deleted {
		slices.SortFunc(deleted, func(a, b gitio.Moved) int { return strings.Compare(a.Path, b.Path) })
	}
	return err
}

// readable says which blobs are there and small enough to be compared.
func (e *engine) readable(ctx context.Context, ids []string) (map[string]bool, error) {
	is := make(map[string]bool, len(ids))
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, ok := is[id]; !ok {
			is[id] = false
			list = append(list, id)
		}
	}
	if err := e.repo.Order(list); err != nil {
		return nil, err
	}
	err := e.repo.InfoAll(ctx, list, func(i int, o gitio.Object, err error) error {
		if errors.Is(err, gitio.ErrNotExist) {
			return nil
		}
		if err == nil && o.Kind == "blob" && o.Size <= e.o.MaxBlob {
			is[list[i]] = true
		}
		return err
	})
	return is, err
}
