package ownership

import (
	"cmp"
	"errors"
	"slices"

	"github.com/refward/refward/internal/gitio"
)

// A span is lines of a version that may be asked for.
type span struct{ from, past int32 }

// spans are all that may be asked of a commit, by path.
type spans map[string][]span

// maxKept is the size of the versions that are kept while those of a file are compared, in bytes.
const maxKept = 16 << 20

// compare looks at the versions of all pairs, those of a file one after the other, as packs have them. One that is not there or too large makes the
// pair lost.
func (c *chunk) compare(order []int) error {
	var d differ
	kept, size := map[string]*blob{}, 0
	read := func(id string) (*blob, error) {
		if b, ok := kept[id]; ok {
			return b, nil
		}
		o, data, err := c.e.repo.Read(c.ctx, id, c.e.o.MaxBlob)
		if errors.Is(err, gitio.ErrNotExist) || err == nil && o.Kind != "blob" {
			data, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
		if size += len(data); size > maxKept {
			clear(kept)
			size = len(data)
		}
		b := &blob{data: data}
		kept[id] = b
		return b, nil
	}
	for _, i := range order {
		p := &c.pairs[i]
		new, err := read(p.New)
		if err != nil {
			return err
		}
		old, err := read(p.Old)
		if err != nil {
			return err
		}
		if p.lost = old.data == nil || new.data == nil; !p.lost {
			p.middle = d.between(old, new)
		}
	}
	return nil
}

// narrow finds the pairs that need a diff: those where lines in the middle may be asked for, unless it is sure what a diff would say. It goes through
// the commits as settle will, with all the lines that may arrive instead of those that do.
func (c *chunk) narrow() {
	all := make(wanted, len(c.e.state))
	for id, p := range c.e.state {
		s := make(spans, len(p))
		for path, runs := range p {
			list := make([]span, len(runs))
			for i, r := range runs {
				list[i] = span{r.cur, r.cur + r.n}
			}
			s[path] = list
		}
		all[id] = s
	}
	for i := range c.commits {
		k := &c.commits[i]
		p := all[k.id]
		delete(all, k.id)
		if p == nil || len(k.parents) == 0 {
			continue
		}
		for _, s := range k.steps {
			list := p[s.path]
			if len(list) == 0 {
				continue
			}
			delete(p, s.path)
			if s.whole {
				all.add(k.parents[s.from[0].parent], s.from[0].path, list...)
				continue
			}
			list = joined(list)
			for _, f := range s.from {
				if f.pair >= 0 && len(list) > 0 {
					parent := k.parents[f.parent]
					list = c.pairs[f.pair].pass(list, c.e.ignored[k.id], func(passed span) { all.add(parent, f.path, passed) })
				}
			}
		}
		if len(p) > 0 {
			all.move(k.parents[0], p)
		}
	}
}

// pass gives the old version the lines that it may have, and returns those that the new version may have alone. Of an ignored revision the old
// version may be asked for these too.
func (p *pair) pass(list []span, ignored bool, use func(span)) (left []span) {
	h := p.middle.hunk
	inside := false
	for _, r := range list {
		if s := (span{r.from, min(r.past, h.New)}); s.from < s.past {
			use(s)
		}
		if s := (span{max(r.from, h.New+h.NewLines), r.past}); s.from < s.past {
			delta := h.Old + h.OldLines - h.New - h.NewLines
			use(span{s.from + delta, s.past + delta})
		}
		if s := (span{max(r.from, h.New), min(r.past, h.New+h.NewLines)}); s.from < s.past {
			left = append(left, s)
			inside = true
		}
	}
	if !inside {
		return nil
	}
	all := span{h.Old, h.Old + h.OldLines}
	if p.ask = !p.middle.exact || meet(left, p.middle.unsure); p.ask {
		if all.from < all.past {
			use(all)
		}
		return left
	}
	if ignored && all.from < all.past {
		use(all)
	}
	runs := make([]run, len(left))
	for i, s := range left {
		runs[i] = run{cur: s.from, n: s.past - s.from}
	}
	passed, rest := split(runs, p.middle.hunks)
	for _, r := range passed {
		use(span{r.cur, r.cur + r.n})
	}
	left = left[:0]
	for _, r := range rest {
		left = append(left, span{r.cur, r.cur + r.n})
	}
	return left
}

// meet reports whether two lists, both in order, have a line in common.
func meet(a, b []span) bool {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].past <= b[0].from:
			a = a[1:]
		case b[0].past <= a[0].from:
			b = b[1:]
		default:
			return true
		}
	}
	return false
}

// joined sorts spans and makes one of those that meet.
func joined(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	n := 0
	for _, s := range list[1:] {
		if s.from <= list[n].past {
			list[n].past = max(list[n].past, s.past)
			continue
		}
		n++
		list[n] = s
	}
	return list[:n+1]
}

// A wanted is what may be asked of commits.
type wanted map[string]spans

func (w wanted) add(commit, path string, list ...span) {
	s := w[commit]
	if s == nil {
		s = spans{}
		w[commit] = s
	}
	s[path] = append(s[path], list...)
}

// move asks a commit for all that another was asked for.
func (w wanted) move(commit string, p spans) {
	q := w[commit]
	if len(q) > len(p) {
		p, q = q, p
	}
	for path, list := range q {
		p[path] = append(p[path], list...)
	}
	w[commit] = p
}
