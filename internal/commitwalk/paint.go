package commitwalk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/refward/refward/internal/odb"
)

const (
	// nearCommits is how many commits are walked from the tips that are near before all of them are listed: with a commit-graph a
	// few milliseconds, without one the price of listing some thousand refs.
	nearCommits = 5000

	// slop is how many commits, all of them older than the oldest new one, must change nothing before a walk without proof ends. git takes 5
	// (revision.c), and lists old commits as new where dates lie more than that.
	slop = 250
)

type colours uint8

const (
	fresh      colours = 1 << iota // reached from a tip
	known                          // reached from the boundary
	queued                         // waits for its parents to be painted
	read                           // its parents are in edges
	commitOnly                     // for seed: what is missing or no commit is an error
)

// Ranks of commits whose generation number, their topological level, is not in a commit-graph. A commit in the graph
// has all its ancestors there.
const (
	rankOutside uint32 = math.MaxUint32     // not in a graph: only another such commit reaches it
	rankUnknown uint32 = math.MaxUint32 - 1 // written by a git that knew no levels: it says nothing
)

// A node is a commit that the walk has met: some 60 bytes, with its entry in the index some 100.
type node struct {
	id           odb.ID
	colours      colours
	graph        int32 // -1 = read from the object
	position     uint32
	rank         uint32
	first, count uint32 // its parents in edges
	date         int64
}

// proof returns the rank below which nothing reaches the commit.
func (n *node) proof() uint32 {
	if n.rank == rankUnknown {
		return 0
	}
	return n.rank
}

// A painter walks down from tips and from a boundary at once. A colour that arrives late, where dates or ranks mislead, is passed on to what
// has been walked already, so the order costs time and is no matter of truth.
type painter struct {
	w           *Walker
	objects     bool // the parents of fresh commits are read from the commits
	index       map[odb.ID]int32
	others      map[odb.ID]bool // tips of the boundary that are no commits
	nodes       []node
	edges       []odb.ID
	queue       queue
	live        int    // commits that are fresh and not known
	freshQueued int    // those of them that are in the queue
	floor       uint32 // of the fresh commits that were walked: the least rank that may reach one
	oldest      int64  // the least of their dates
	positions   []uint32
}

func newPainter(w *Walker, objects bool) *painter {
	return &painter{w: w, objects: objects, index: map[odb.ID]int32{}, others: map[odb.ID]bool{}, floor: math.MaxUint32, oldest: math.MaxInt64}
}

// seed begins a colour at an id. For the boundary it may be a tag, and nothing is begun at what is missing or leads to no commit.
func (p *painter) seed(id odb.ID, c colours) error {
	strict := c&(fresh|commitOnly) != 0
	if !strict && p.others[id] {
		return nil
	}
	for range maxTags + 1 {
		i, err := p.node(id)
		var kind *kindError
		switch {
		case err == nil:
			p.mark(i, c&(fresh|known))
			return nil
		case strict:
			return p.w.wrap(id, odb.ID{}, err)
		case errors.Is(err, odb.ErrNotFound):
			return nil
		case !errors.As(err, &kind):
			return fmt.Errorf("commitwalk: read tip %s: %w", id, err)
		case kind.kind != odb.Tag:
			p.others[kind.id] = true
			return nil
		}
		if id, err = parseTag(kind.data); err != nil {
			return fmt.Errorf("commitwalk: read tag %s: %w", kind.id, err)
		}
	}
	if strict {
		return fmt.Errorf("commitwalk: more than %d tags point to each other, the last to %s", maxTags, id)
	}
	return nil // whoever made such a ref must not keep others from pushing; what only it leads to is judged again
}

func (p *painter) seedAll(ctx context.Context, all iter.Seq2[odb.ID, error]) error {
	n := 0
	for id, err := range all {
		if err == nil && n%64 == 0 && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = p.seed(id, known)
		}
		if err != nil || p.live == 0 {
			return err
		}
		n++
	}
	return nil
}

// node returns the place of a commit among the nodes.
func (p *painter) node(id odb.ID) (int32, error) {
	if i, ok := p.index[id]; ok {
		return i, nil
	}
	for g, gr := range p.w.graphs.list {
		if pos, ok, err := gr.find(id); err != nil {
			return 0, err
		} else if ok {
			return p.add(id, g, pos)
		}
	}
	n := node{id: id, graph: -1, rank: rankOutside}
	c, err := p.w.commit(id)
	if err != nil {
		return 0, err
	}
	n.date = c.date
	if err := p.keep(&n, c.parents); err != nil {
		return 0, err
	}
	return p.append(n)
}

// at returns the place among the nodes of the commit at a position of a graph.
func (p *painter) at(g int, pos uint32) (int32, error) {
	id, err := p.w.graphs.list[g].id(pos)
	if err != nil {
		return 0, err
	}
	if i, ok := p.index[id]; ok {
		return i, nil
	}
	return p.add(id, g, pos)
}

func (p *painter) add(id odb.ID, g int, pos uint32) (int32, error) {
	level, date, err := p.w.graphs.list[g].numbers(pos)
	if err != nil {
		return 0, err
	}
	if level == 0 {
		level = rankUnknown
	}
	return p.append(node{id: id, graph: int32(g), position: pos, rank: level, date: date}) // #nosec G115 -- maxChain and the number of directories bound the graphs
}

func (p *painter) append(n node) (int32, error) {
	if len(p.nodes) == math.MaxInt32 {
		return 0, errEdges
	}
	i := int32(len(p.nodes)) // #nosec G115 -- maxEdges bounds the nodes
	p.nodes = append(p.nodes, n)
	p.index[n.id] = i
	return i, nil
}

// keep stores the parents of a commit.
func (p *painter) keep(n *node, parents []odb.ID) error {
	if len(p.edges)+len(parents) > maxEdges {
		return errEdges
	}
	n.first, n.count = uint32(len(p.edges)), uint32(len(parents)) // #nosec G115 -- maxEdges
	n.colours |= read
	p.edges = append(p.edges, parents...)
	return nil
}

// mark adds a colour to a commit. What is known passes on nothing else.
func (p *painter) mark(i int32, c colours) {
	n := &p.nodes[i]
	before := n.colours
	n.colours |= c
	switch {
	case n.colours == before || before&known != 0:
		return
	case n.colours&known == 0:
		p.live++
	case before&fresh != 0:
		p.live--
		if before&queued != 0 {
			p.freshQueued--
		}
	}
	if before&queued == 0 {
		n.colours |= queued
		p.queue.push(entry{n.rank, i, n.date})
	}
	if n.colours&known == 0 {
		p.freshQueued++
	}
}

// run paints the parents of one commit after another until done says, given the next one, that it is enough.
func (p *painter) run(ctx context.Context, done func(next entry) bool) error {
	for n := 0; len(p.queue) > 0 && !done(p.queue[0]); n++ {
		if n%64 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := p.paint(p.queue.pop().node); err != nil {
			return err
		}
	}
	return nil
}

// proof returns a condition under which each fresh commit is known to be one.
func (p *painter) proof(exact bool) func(next entry) bool {
	left, live := slop, p.live
	return func(next entry) bool {
		switch {
		case p.live == 0:
			return true
		case p.freshQueued > 0:
			left, live = slop, p.live
			return false
		case next.rank < p.floor:
			return true
		case exact:
			return false
		case next.date >= p.oldest || p.live != live:
			left, live = slop, p.live
		}
		left--
		return left < 0
	}
}

// paint passes the colour of a commit on to its parents.
func (p *painter) paint(i int32) error {
	n := p.nodes[i]
	c := known
	if n.colours&known == 0 {
		c = fresh
		p.freshQueued--
		p.floor, p.oldest = min(p.floor, n.proof()), min(p.oldest, n.date)
	}
	p.nodes[i].colours &^= queued
	if n.colours&read == 0 && !(c == fresh && p.objects) {
		return p.paintInGraph(&n, c)
	}
	if n.colours&read == 0 {
		k, err := p.w.commit(n.id)
		if err == nil {
			err = p.keep(&p.nodes[i], k.parents)
		}
		if err != nil {
			return p.w.wrap(n.id, odb.ID{}, err)
		}
		n = p.nodes[i]
	}
	for at := n.first; at < n.first+n.count; at++ {
		parent, err := p.node(p.edges[at])
		if errors.Is(err, odb.ErrNotFound) && c == known {
			continue // git does not need it either: what lies behind is not known
		}
		if err != nil {
			return p.w.wrap(p.edges[at], n.id, err)
		}
		p.mark(parent, c)
	}
	return nil
}

func (p *painter) paintInGraph(n *node, c colours) error {
	g := p.w.graphs.list[n.graph]
	var err error
	if p.positions, err = g.parents(n.position, p.positions[:0]); err != nil {
		return err
	}
	for _, pos := range p.positions {
		i, err := p.at(int(n.graph), pos)
		if err != nil {
			return err
		}
		if level := p.nodes[i].rank; level >= n.rank && n.rank < maxLevel && level < maxLevel {
			return g.errorf("commit %s is of level %d, its parent %s of %d", n.id, n.rank, p.nodes[i].id, level)
		}
		p.mark(i, c)
	}
	return nil
}
