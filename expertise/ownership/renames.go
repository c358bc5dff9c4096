package ownership

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio"
)

// maxRenameReads bounds, for one commit and parent, the versions that are read to look for the origin of each added file alone: so many deleted
// ones times so many added ones. All that the commit adds count, whether anybody asks for them or not, so that a build and an update do the same.
// Beyond it the origin of a file is looked for among the nearest deleted ones of its base name, and those of all that have none together.
const maxRenameReads = 50_000

// maxNear is how many deleted files of the same base name are looked at then, on each side of where the file would be by the end of its path.
const maxNear = 4

// A doubt is a file whose origin in a parent can be one that cannot be compared.
type doubt struct {
	parent int
	path   string
}

// renames finds the origins of files that a parent of one commit lacks.
type renames struct {
	c       *chunk
	k       *commit
	parents map[int]*moves
	doubt   map[doubt]bool
	loaded  bool
}

// moves are what a commit has and one of its parents has not, and the other way round.
type moves struct {
	added   []gitio.Moved // what no parent has like that, by path
	deleted []gitio.Moved // by path
	same    map[content]int
	named   map[content]int // with the base name

	known  bool          // what follows is there
	files  []gitio.Moved // deleted regular files that can be compared
	byEnd  []int         // the same, by the ends of their paths
	big    bool          // a deleted file cannot be compared
	least  int64         // size of the least of these in bytes; 0 = one is missing
	many   bool          // too many to look for each added file alone
	found  map[string]int
	search bool // found is there
}

// A content is what makes files the same.
type content struct {
	id, base string // base is "" if it does not matter
	mode     uint32
}

func contentOf(m gitio.Moved, base string) content {
	c := content{m.ID, base, m.Mode}
	if isFile(m.Mode) {
		c.mode = 0o100000
	}
	return c
}

func (r *renames) want(parent int) {
	if r.parents == nil {
		r.parents = map[int]*moves{}
	}
	if r.parents[parent] == nil {
		r.parents[parent] = &moves{}
	}
}

// find returns the file of a parent that git holds to be the one that a commit added.
func (r *renames) find(parent int, m gitio.Moved) (from gitio.Moved, ok bool, err error) {
	if err := r.load(); err != nil {
		return from, false, err
	}
	v := r.parents[parent]
	if i, ok := v.exact(m); ok {
		return v.deleted[i], true, nil
	}
	if len(v.deleted) == 0 || !isFile(m.Mode) {
		return from, false, nil
	}
	if err := r.compare(v); err != nil {
		return from, false, err
	}
	size, there, err := r.size(m)
	if err != nil {
		return from, false, err
	}
	if small := there && size <= r.c.e.o.MaxBlob; !small || v.big {
		// The origin can be a file that is missing, or not so large that git would not compare it either, which is from twice the size on.
		if !there || v.big && v.least <= 2*size || !small && len(v.files) > 0 {
			r.doubt[doubt{parent, m.Path}] = true
			return from, false, nil
		}
		if !small {
			return from, false, nil
		}
	}
	if len(v.files) == 0 {
		return from, false, nil
	}
	candidates := v.files
	if v.many {
		if candidates = v.near(m.Path); len(candidates) == 0 {
			return r.together(v, m)
		}
	}
	n, err := r.c.e.scratch.Renames(r.c.ctx, candidates, []gitio.Moved{m})
	if err != nil || n[0] < 0 {
		return from, false, err
	}
	return candidates[n[0]], true, nil
}

// size returns the size of a blob, and whether it is there.
func (r *renames) size(m gitio.Moved) (size int64, there bool, err error) {
	o, err := r.c.e.repo.Info(r.c.ctx, m.ID)
	if errors.Is(err, gitio.ErrNotExist) || err == nil && o.Kind != "blob" {
		return 0, false, nil
	}
	return o.Size, err == nil, err
}

// compare finds out, once for a parent, what can be compared.
func (r *renames) compare(v *moves) error {
	if v.known {
		return nil
	}
	v.known = true
	for _, d := range v.deleted {
		if !isFile(d.Mode) {
			continue
		}
		size, there, err := r.size(d)
		switch {
		case err != nil:
			return err
		case there && size <= r.c.e.o.MaxBlob:
			v.files = append(v.files, d)
		default: // of one that is missing the size is 0
			if !v.big || size < v.least {
				v.least = size
			}
			v.big = true
		}
	}
	if v.many = len(v.files)*len(v.added) > maxRenameReads; v.many {
		v.byEnd = make([]int, len(v.files))
		for i := range v.byEnd {
			v.byEnd[i] = i
		}
		slices.SortStableFunc(v.byEnd, func(a, b int) int { return compareEnds(v.files[a].Path, v.files[b].Path) })
	}
	return nil
}

// compareEnds compares paths from their last byte on.
func compareEnds(a, b string) int {
	for i := 1; i <= len(a) && i <= len(b); i++ {
		if c := cmp.Compare(a[len(a)-i], b[len(b)-i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// near returns the deleted files of the same base name whose paths end most like a path.
func (v *moves) near(name string) (list []gitio.Moved) {
	at, _ := slices.BinarySearchFunc(v.byEnd, name, func(i int, name string) int { return compareEnds(v.files[i].Path, name) })
	base := path.Base(name)
	var some []int
	for i := at - 1; i >= max(0, at-maxNear) && path.Base(v.files[v.byEnd[i]].Path) == base; i-- {
		some = append(some, v.byEnd[i])
	}
	for i := at; i < min(len(v.byEnd), at+maxNear) && path.Base(v.files[v.byEnd[i]].Path) == base; i++ {
		some = append(some, v.byEnd[i])
	}
	slices.Sort(some)
	for _, i := range some {
		list = append(list, v.files[i])
	}
	return list
}

// together looks for the origins of all added files that have none of their base name. git does not, if these are too many.
func (r *renames) together(v *moves, m gitio.Moved) (from gitio.Moved, ok bool, err error) {
	if !v.search {
		v.search, v.found = true, map[string]int{}
		var added []gitio.Moved
		for _, a := range v.added {
			if _, same := v.exact(a); same || !isFile(a.Mode) || len(v.near(a.Path)) > 0 {
				continue
			}
			size, there, err := r.size(a)
			if err != nil {
				return from, false, err
			}
			if there && size <= r.c.e.o.MaxBlob {
				added = append(added, a)
			}
		}
		all, err := r.c.e.scratch.Renames(r.c.ctx, v.files, added)
		if err != nil {
			return from, false, err
		}
		for i, n := range all {
			if n >= 0 {
				v.found[added[i].Path] = n
			}
		}
	}
	n, ok := v.found[m.Path]
	if !ok {
		return from, false, nil
	}
	return v.files[n], true, nil
}

// exact returns the deleted file with the same content: one of the same base name goes before, then the first (gitdiffcore(7)).
func (v *moves) exact(m gitio.Moved) (int, bool) {
	if i, ok := v.named[contentOf(m, path.Base(m.Path))]; ok {
		return i, true
	}
	i, ok := v.same[contentOf(m, "")]
	return i, ok
}

func isFile(mode uint32) bool { return mode&gitio.ModeType == 0o100000 }

// load lists what the commit and its parents have and the others have not. It asks for all parents that lack a file at once: there can be thousands.
func (r *renames) load() error {
	if r.loaded {
		return nil
	}
	r.loaded = true
	use := func(v *moves, e gitio.Entry) {
		if e.Result().Mode == 0 && gitio.HasContent(e.Sides[0].Mode) {
			v.deleted = append(v.deleted, gitio.Moved{Path: e.Path, Side: e.Sides[0]})
		}
	}
	var list []gitio.CommitPair
	var others []*moves
	for _, parent := range slices.Sorted(maps.Keys(r.parents)) {
		v := r.parents[parent]
		if parent > 0 {
			list, others = append(list, gitio.CommitPair{Commit: r.k.id, Parents: r.k.parents[parent : parent+1]}), append(others, v)
			continue
		}
		for _, e := range r.k.changed {
			use(v, e)
		}
	}
	err := r.c.e.repo.Versions(r.c.ctx, list, func(i int, e gitio.Entry) error {
		use(others[i], e)
		return nil
	})
	if err != nil {
		return err
	}
	for i := range r.k.changed {
		e := &r.k.changed[i]
		sides := r.k.sidesOf(e)
		if !gitio.HasContent(e.Result().Mode) || slices.ContainsFunc(sides, func(s gitio.Side) bool { return s.ID == e.Result().ID }) {
			continue
		}
		for parent, v := range r.parents {
			if sides[parent].Mode == 0 {
				v.added = append(v.added, gitio.Moved{Path: e.Path, Side: e.Result()})
			}
		}
	}
	byPath := func(a, b gitio.Moved) int { return strings.Compare(a.Path, b.Path) }
	for _, v := range r.parents {
		slices.SortFunc(v.added, byPath)
		slices.SortFunc(v.deleted, byPath)
		v.same, v.named = map[content]int{}, map[content]int{}
		for i := len(v.deleted) - 1; i >= 0; i-- { // the first one stays
			d := v.deleted[i]
			v.same[contentOf(d, "")] = i
			v.named[contentOf(d, path.Base(d.Path))] = i
		}
	}
	return nil
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
