package ownership

import (
	"context"

	"github.com/refward/refward/internal/gitio"
)

// A chunk is commits that are looked at together, children first.
type chunk struct {
	e       *engine
	ctx     context.Context
	commits []commit
	pairs   []pair
	hunks   []gitio.LineHunk
	taken   int  // steps so far
	listed  bool // what the commits change is known
}

type commit struct {
	id      string
	parents []string
	changed []gitio.Entry           // against the first parent
	sides   map[string][]gitio.Side // of a merge: what each parent has, where none of two has what the merge has; or of several parents
	steps   []step
}

// A step is what becomes of a pending path that the first parent has not like that.
type step struct {
	path  string
	whole bool // from[0] takes all
	from  []origin
}

// An origin is the version of a parent that lines can come from.
type origin struct {
	parent int
	path   string
	pair   int // index into chunk.pairs; -1 = it cannot be compared
}

type pair struct {
	gitio.BlobPair
	path        string // where it sorts: versions of a file follow each other
	first, past int    // its hunks
}

func (c *chunk) hunksOf(n int) []gitio.LineHunk { return c.hunks[c.pairs[n].first:c.pairs[n].past] }

// trace follows pending paths through the commits and says for each what to do there. It returns how many commits it has followed them through: as many as
// have maxSteps steps together, which does not depend on what other paths the commits change.
func (c *chunk) trace() (n int, err error) {
	pend := c.e.paths()
	follow := func(i int) (more bool, err error) {
		n = i + 1
		err = c.follow(&c.commits[i], pend)
		return c.taken < maxSteps, err
	}
	if !c.listed {
		err = c.read(func(i int) bool { return len(pend[c.commits[i].id]) > 0 }, follow)
		return n, err
	}
	for i := range c.commits {
		if more, err := follow(i); err != nil || !more {
			return n, err
		}
	}
	return n, nil
}

// follow says for each pending path of a commit what to do there, and makes it pending at the parents.
func (c *chunk) follow(k *commit, pend map[string]map[string]bool) error {
	paths := pend[k.id]
	delete(pend, k.id)
	if len(paths) == 0 || len(k.parents) == 0 {
		k.changed, k.sides = nil, nil
		return nil
	}
	if err := c.steps(k, paths); err != nil {
		return err
	}
	k.changed, k.sides = nil, nil
	for _, s := range k.steps {
		delete(paths, s.path)
		for _, f := range s.from {
			if f.pair < 0 {
				continue
			}
			add(pend, k.parents[f.parent], f.path)
		}
	}
	c.taken += len(k.steps)
	q := pend[k.parents[0]]
	if len(q) > len(paths) {
		paths, q = q, paths
	}
	for path := range q {
		paths[path] = true
	}
	if len(paths) > 0 {
		pend[k.parents[0]] = paths
	}
	return nil
}

func add(pend map[string]map[string]bool, commit, path string) {
	if pend[commit] == nil {
		pend[commit] = map[string]bool{}
	}
	pend[commit][path] = true
}

// steps says what to do with the pending paths of a commit that its first parent has not like that.
func (c *chunk) steps(k *commit, paths map[string]bool) error {
	var entries []*gitio.Entry
	for i := range k.changed {
		if paths[k.changed[i].Path] && k.changed[i].Result().Mode != 0 {
			entries = append(entries, &k.changed[i])
		}
	}
	if len(entries) == 0 {
		return nil
	}
	if len(k.parents) > 2 {
		if err := c.octopus(k); err != nil { // for all paths: whether renames are looked for together must not depend on what is asked
			return err
		}
	}
	r := renames{c: c, k: k, doubt: map[doubt]bool{}}
	for _, e := range entries {
		for parent, s := range k.sidesOf(e) {
			if s.Mode == 0 {
				r.want(parent)
			}
		}
	}
	for _, e := range entries {
		s, err := c.step(k, e, &r)
		if err != nil {
			return err
		}
		k.steps = append(k.steps, s)
	}
	return nil
}

// sidesOf returns what the parents have at a path that the first one has not like the commit.
func (k *commit) sidesOf(e *gitio.Entry) []gitio.Side {
	if len(k.parents) == 1 {
		return e.Sides[:1]
	}
	if sides := k.sides[e.Path]; sides != nil {
		return sides[:len(k.parents)]
	}
	return []gitio.Side{e.Sides[0], e.Result()} // of two parents the other has it
}

// octopus finds what each parent of a merge of more than two has at the paths that changed.
func (c *chunk) octopus(k *commit) error {
	k.sides = map[string][]gitio.Side{}
	for i := range k.changed {
		e := &k.changed[i]
		sides := make([]gitio.Side, len(k.parents))
		for j := range sides {
			sides[j] = e.Result() // unless it differs
		}
		sides[0] = e.Sides[0]
		k.sides[e.Path] = sides
	}
	list := make([]gitio.CommitPair, len(k.parents)-1)
	for i := range list {
		list[i] = gitio.CommitPair{Commit: k.id, Parents: k.parents[i+1 : i+2]}
	}
	return c.e.repo.Versions(c.ctx, list, func(i int, e gitio.Entry) error {
		if sides := k.sides[e.Path]; sides != nil {
			sides[i+1] = e.Sides[0]
		}
		return nil
	})
}

// step says what to do with one path.
func (c *chunk) step(k *commit, e *gitio.Entry, r *renames) (step, error) {
	is := e.Result()
	sides := k.sidesOf(e)
	origins := make([]gitio.Side, len(sides))
	paths := make([]string, len(sides))
	for parent, s := range sides {
		if s.Mode == 0 || s.Mode&gitio.ModeType != is.Mode&gitio.ModeType {
			continue
		}
		if s.ID == is.ID {
			return step{e.Path, true, []origin{{parent, e.Path, 0}}}, nil
		}
		origins[parent], paths[parent] = s, e.Path
	}
	for parent, s := range sides {
		if s.Mode != 0 {
			continue
		}
		from, ok, err := r.find(parent, gitio.Moved{Path: e.Path, Side: is})
		if err != nil {
			return step{}, err
		}
		if !ok {
			continue
		}
		if from.ID == is.ID {
			return step{e.Path, true, []origin{{parent, from.Path, 0}}}, nil
		}
		origins[parent], paths[parent] = from.Side, from.Path
	}
	s := step{path: e.Path}
	for parent := range sides {
		if r.doubt[doubt{parent, e.Path}] {
			s.from = append(s.from, origin{parent, e.Path, -1})
		}
	}
	seen := make(map[string]bool, 2)
	for parent, o := range origins {
		if o.Mode == 0 || seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		s.from = append(s.from, origin{parent, paths[parent], len(c.pairs)})
		c.pairs = append(c.pairs, pair{BlobPair: gitio.BlobPair{Old: o.ID, New: is.ID}, path: paths[parent]})
	}
	return s, nil
}
