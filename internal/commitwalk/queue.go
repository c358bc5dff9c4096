package commitwalk

// An entry is a commit that waits for its parents to be painted.
type entry struct {
	rank uint32
	node int32
	date int64
}

// before says which of two commits is taken first: what has the higher rank, then the younger one. The order among equals
// is fixed, so that the same walk takes the same steps.
func (e entry) before(o entry) bool {
	switch {
	case e.rank != o.rank:
		return e.rank > o.rank
	case e.date != o.date:
		return e.date > o.date
	}
	return e.node < o.node
}

// A queue is a heap, its first entry in front.
type queue []entry

func (q *queue) push(e entry) {
	h := append(*q, e)
	i := len(h) - 1
	for up := (i - 1) / 2; i > 0 && e.before(h[up]); up = (i - 1) / 2 {
		h[i] = h[up]
		i = up
	}
	h[i] = e
	*q = h
}

func (q *queue) pop() entry {
	h := *q
	first, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for {
		down := 2*i + 1
		if down+1 < len(h) && h[down+1].before(h[down]) {
			down++
		}
		if down >= len(h) || !h[down].before(last) {
			break
		}
		h[i] = h[down]
		i = down
	}
	if len(h) > 0 {
		h[i] = last
	}
	*q = h
	return first
}
