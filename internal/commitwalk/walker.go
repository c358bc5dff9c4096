package commitwalk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/refward/refward/internal/odb"
)

// Options say what a [Walker] reads.
type Options struct {
	Objects *odb.Store // stays open as long as the walker is used

	// Read reads an object as Objects does, from a cache for example. nil = Objects.Read.
	Read func(id odb.ID, limit int64) (odb.Kind, []byte, error)

	// Quarantine is the object directory, one of Objects, that has only what a push brings (git-receive-pack(1), "Quarantine
	// Environment"); "" = there is none.
	Quarantine string

	// Shallow has the commits whose parents are cut off, those of the "shallow" file (gitrepository-layout(5)).
	Shallow map[odb.ID]bool

	NoGraph bool        // do not read commit-graphs: core.commitGraph is false
	Warn    func(error) // told of a commit-graph that is there and cannot be used; nil = nobody is
}

// A Boundary says what is known already: the commits that its tips reach. A tip may be a tag, which stands for its target; what leads to no
// commit, or to an object that the store does not have, is passed over as git passes over a broken ref.
type Boundary struct {
	// Near has tips that are likely to decide, such as the stored old values of the refs that are pushed.
	Near []odb.ID

	// Which returns those ids that are tips, at little cost. It may be nil.
	Which func(ids []odb.ID) (map[odb.ID]bool, error)

	// All lists all tips, or all that are not in Near. It is called only when the rest does not decide. It may be nil: there are no others.
	All func() iter.Seq2[odb.ID, error]
}

// A Walker answers questions about the history of one store. It is for one goroutine at a time.
type Walker struct {
	opts    Options
	outside *odb.Outside // nil without a quarantine
	graphs  *graphs      // nil until they are needed
}

// New returns a walker, which the caller closes.
func New(o Options) (*Walker, error) {
	w := &Walker{opts: o}
	if w.opts.Read == nil {
		w.opts.Read = o.Objects.Read
	}
	if w.opts.Warn == nil {
		w.opts.Warn = func(error) {}
	}
	if o.Quarantine != "" {
		var err error
		if w.outside, err = o.Objects.Outside(o.Quarantine); err != nil {
			return nil, fmt.Errorf("commitwalk: quarantine: %w", err)
		}
	}
	return w, nil
}

// Close closes the commit-graphs. The walker can be used on; it opens them again.
func (w *Walker) Close() error {
	if w.graphs == nil {
		return nil
	}
	err := w.graphs.close()
	w.graphs = nil
	return err
}

// NewCommits returns the commits that the tips reach and the boundary does not, parents first, with their parents, which are
// none at the edge of a shallow repository. Tips are commits. The order is that of "git rev-list --topo-order --reverse".
func (w *Walker) NewCommits(ctx context.Context, tips []odb.ID, b Boundary) (order []odb.ID, parents map[odb.ID][]odb.ID, err error) {
	near := make(map[odb.ID]bool, len(b.Near))
	for _, id := range b.Near {
		near[id] = true
	}
	found := make(map[odb.ID][]odb.ID)
	rest, err := w.arrived(ctx, tips, near, found)
	if err != nil {
		return nil, nil, err
	}
	if len(rest) > 0 && b.Which != nil {
		tips, err := b.Which(rest)
		if err != nil {
			return nil, nil, err
		}
		b.Near = slices.Clip(b.Near)
		rest = slices.DeleteFunc(rest, func(id odb.ID) bool {
			if tips[id] {
				b.Near = append(b.Near, id)
			}
			return tips[id]
		})
	}
	if len(rest) > 0 {
		if err = w.withGraphs(func() error { return w.stored(ctx, rest, b, found) }); err != nil {
			return nil, nil, err
		}
	}
	order, err = w.order(tips, found)
	return order, found, err
}

// withGraphs runs a walk, and runs it again without commit-graphs when these turn out to be damaged.
func (w *Walker) withGraphs(walk func() error) error {
	if w.graphs == nil {
		w.graphs = &graphs{}
		if !w.opts.NoGraph && len(w.opts.Shallow) == 0 { // to git as well, the graph and the edge of a shallow repository exclude each other
			dirs := w.opts.Objects.Dirs()
			if w.outside != nil {
				dirs = w.outside.Dirs()
			}
			w.graphs.open(dirs, w.opts.Warn)
		}
	}
	err := walk()
	var damaged *graphError
	if !errors.As(err, &damaged) {
		return err
	}
	w.opts.Warn(err)
	_ = w.graphs.close() // only read
	return walk()
}

// arrived finds the commits that only the quarantine has and returns, each once, the others that the walk meets: without a
// quarantine the tips. What is in near is decided.
func (w *Walker) arrived(ctx context.Context, tips []odb.ID, near map[odb.ID]bool, found map[odb.ID][]odb.ID) (rest []odb.ID, err error) {
	type step struct{ id, child odb.ID }
	var todo []step
	for i := len(tips) - 1; i >= 0; i-- {
		todo = append(todo, step{id: tips[i]})
	}
	seen := map[odb.ID]bool{} // those of rest
	var edges int
	for n := 0; len(todo) > 0; n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, done := found[at.id]; done || near[at.id] || seen[at.id] {
			continue
		}
		has := true
		if w.outside != nil {
			if has, err = w.outside.Has(at.id); err != nil {
				return nil, fmt.Errorf("commitwalk: %w", err)
			}
		}
		if has {
			seen[at.id] = true
			rest = append(rest, at.id)
			continue
		}
		c, err := w.commit(at.id)
		if err != nil {
			return nil, w.wrap(at.id, at.child, err)
		}
		if edges += len(c.parents); edges > maxEdges {
			return nil, errEdges
		}
		found[at.id] = c.parents
		for i := len(c.parents) - 1; i >= 0; i-- {
			todo = append(todo, step{c.parents[i], at.id})
		}
	}
	return rest, nil
}

// stored adds to found those commits that the candidates reach and the boundary does not.
func (w *Walker) stored(ctx context.Context, candidates []odb.ID, b Boundary, found map[odb.ID][]odb.ID) error {
	p := newPainter(w, true)
	for _, id := range candidates {
		if err := p.seed(id, fresh); err != nil {
			return err
		}
	}
	for _, id := range b.Near {
		if err := p.seed(id, known); err != nil {
			return err
		}
	}
	if b.All != nil {
		left := nearCommits
		if len(b.Near) == 0 {
			left = 0
		}
		err := p.run(ctx, func(entry) bool {
			left--
			return p.live == 0 || p.freshQueued == 0 || left < 0
		})
		if err == nil && p.live > 0 {
			err = p.seedAll(ctx, b.All())
		}
		if err != nil {
			return err
		}
	}
	if err := p.run(ctx, p.proof(w.outside != nil)); err != nil {
		return err
	}
	for i := range p.nodes {
		if n := &p.nodes[i]; n.colours&(fresh|known) == fresh {
			found[n.id] = p.edges[n.first : n.first+n.count : n.first+n.count]
		}
	}
	return nil
}

// IsAncestor reports whether the old commit is the new one or one of its ancestors.
func (w *Walker) IsAncestor(ctx context.Context, old, new odb.ID) (is bool, err error) {
	if old == new {
		return true, nil
	}
	err = w.withGraphs(func() error {
		p := newPainter(w, false)
		if err := p.seed(old, known|commitOnly); err != nil {
			return err
		}
		if err := p.seed(new, fresh); err != nil {
			return err
		}
		// All between the two descends from the old one, so none of it is painted as known, and the walk need not leave
		// what is not.
		goal := p.index[old]
		floor := p.nodes[goal].proof()
		err := p.run(ctx, func(next entry) bool {
			is = p.nodes[goal].colours&fresh != 0
			return is || p.freshQueued == 0 || next.rank < floor
		})
		is = p.nodes[goal].colours&fresh != 0
		return err
	})
	return is, err
}
