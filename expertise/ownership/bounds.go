package ownership

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/refward/refward/internal/gitio"
)

// Bounds of what is held of commits that are looked at together. They are many times what a chunk usually takes; without them a small
// history, whose commits share their trees, could take all memory. No owner depends on where chunks are cut: between two of them is what a part or an index keeps.
var (
	maxSteps   = 100_000 // what becomes of pending paths
	maxHunks   = 4 << 20
	maxEntries = 100_000 // paths that the commits of an update change
)

// errMany and errEnough end what git says.
var (
	errMany   = errors.New("too many hunks")
	errEnough = errors.New("enough is known")
)

// read lists what commits change against their first parents, and what merges have as no parent has it, and calls use with one after the other
// until it wants no more. Of commits that wanted says no to nothing is kept; it is asked once all before have been used.
func (c *chunk) read(wanted func(i int) bool, use func(i int) (more bool, err error)) error {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	var first []gitio.CommitPair
	var at []int
	for i, k := range c.commits {
		if len(k.parents) > 0 {
			first, at = append(first, gitio.CommitPair{Commit: k.id, Parents: k.parents[:1]}), append(at, i)
		}
	}
	m := c.merges(ctx)
	done, ended := 0, false
	var own error
	tell := func(past int) error {
		for ; done < past && !ended; done++ {
			if len(c.commits[done].parents) == 2 {
				if c.commits[done].sides, own = m.next(); own != nil {
					return own
				}
			}
			more := false
			if more, own = use(done); own != nil {
				return own
			}
			ended = !more
		}
		if ended {
			return errEnough
		}
		return nil
	}
	last, keep := -1, false
	err := c.e.repo.Versions(ctx, first, func(i int, e gitio.Entry) error {
		if i != last {
			if err := tell(at[i]); err != nil {
				return err
			}
			last, keep = i, wanted(at[i])
		}
		if keep {
			c.commits[at[i]].changed = append(c.commits[at[i]].changed, e)
		}
		return nil
	})
	if err == nil {
		err = tell(len(c.commits))
	}
	cancel()
	wrong := m.wait()
	switch {
	case own != nil:
		return own
	case ended: // whatever git said as it was ended
		return c.ctx.Err()
	case err != nil:
		return err
	}
	return wrong
}

// A mergeReader lists what merges of two have as no parent has it, a little ahead of who asks.
type mergeReader struct {
	sides chan map[string][]gitio.Side
	err   error // once sides is closed
}

func (c *chunk) merges(ctx context.Context) *mergeReader {
	m := &mergeReader{sides: make(chan map[string][]gitio.Side, 4)}
	var list []gitio.CommitPair
	for _, k := range c.commits {
		if len(k.parents) == 2 {
			list = append(list, gitio.CommitPair{Commit: k.id, Parents: k.parents})
		}
	}
	go func() {
		defer close(m.sides)
		at, sides := 0, map[string][]gitio.Side{}
		tell := func(past int) error {
			for ; at < past; at++ {
				select {
				case m.sides <- sides:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
				sides = map[string][]gitio.Side{}
			}
			return nil
		}
		m.err = c.e.repo.Versions(ctx, list, func(i int, e gitio.Entry) error {
			if err := tell(i); err != nil {
				return err
			}
			sides[e.Path] = e.Sides
			return nil
		})
		if m.err == nil {
			m.err = tell(len(list))
		}
	}()
	return m
}

// next returns those of the next merge.
func (m *mergeReader) next() (map[string][]gitio.Side, error) {
	if sides, ok := <-m.sides; ok {
		return sides, nil
	}
	return nil, cmp.Or(m.err, errors.New("a merge was not compared"))
}

// wait waits until nothing is read any more, and returns what went wrong.
func (m *mergeReader) wait() error {
	for range m.sides { // nobody asks for them
	}
	return m.err
}

// list reads what all commits change at once; ok is false where that is too much.
func (c *chunk) list() (ok bool, err error) {
	n := 0
	err = c.read(func(int) bool { return n < maxEntries }, func(i int) (bool, error) {
		n += len(c.commits[i].changed) + len(c.commits[i].sides)
		return n < maxEntries, nil
	})
	c.listed = err == nil && n < maxEntries
	return c.listed, err
}

// diff makes the diffs that the steps need. many is true where they are too many to be held; those of one commit never are.
func (c *chunk) diff() (many bool, err error) {
	ids := make([]string, 0, 2*len(c.pairs))
	for _, p := range c.pairs {
		ids = append(ids, p.Old, p.New)
	}
	small, err := c.e.readable(c.ctx, ids)
	if err != nil {
		return false, err
	}
	for i := range c.commits {
		for _, s := range c.commits[i].steps {
			for j := range s.from {
				if s.whole { // takes no diff
					break
				}
				f := &s.from[j]
				if f.pair < 0 {
					continue
				}
				if p := &c.pairs[f.pair]; !small[p.Old] || !small[p.New] {
					f.pair = -1
				}
			}
		}
	}
	order := make([]int, 0, len(c.pairs))
	for i, p := range c.pairs {
		if small[p.Old] && small[p.New] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.pairs[a].path, c.pairs[b].path) })
	list := make([]gitio.BlobPair, len(order))
	for i, n := range order {
		list[i] = c.pairs[n].BlobPair
	}
	last := -1
	err = c.e.scratch.Hunks(c.ctx, list, c.e.o.IgnoreSpace, func(i int, h gitio.LineHunk) error {
		if many = len(c.hunks) >= maxHunks && len(c.commits) > 1; many {
			return errMany
		}
		p := &c.pairs[order[i]]
		if i != last {
			p.first, last = len(c.hunks), i
		}
		c.hunks = append(c.hunks, h)
		p.past = len(c.hunks)
		return nil
	})
	if many { // whatever git said as it was ended
		return true, c.ctx.Err()
	}
	return false, err
}
