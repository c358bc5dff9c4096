package commitwalk

import (
	"cmp"
	"errors"
	"slices"

	"github.com/refward/refward/internal/odb"
)

// order sorts commits parents first. Lines of history stay together, and where several begin, the tip with the older date
// comes first (git-rev-list(1), "--topo-order"): the reverse of a walk that takes a commit when it has taken all its children.
func (w *Walker) order(tips []odb.ID, parents map[odb.ID][]odb.ID) ([]odb.ID, error) {
	children := make(map[odb.ID]int32, len(parents))
	for _, of := range parents {
		for _, id := range of {
			children[id]++
		}
	}
	type head struct {
		id   odb.ID
		date int64
	}
	var heads []head
	seen := map[odb.ID]bool{}
	for _, id := range tips {
		if _, in := parents[id]; !in || children[id] > 0 || seen[id] {
			continue
		}
		seen[id] = true
		heads = append(heads, head{id: id})
	}
	if len(heads) > 1 {
		for i := range heads {
			c, err := w.commit(heads[i].id)
			if err != nil {
				return nil, w.wrap(heads[i].id, odb.ID{}, err)
			}
			heads[i].date = c.date
		}
		slices.SortStableFunc(heads, func(a, b head) int { return cmp.Compare(b.date, a.date) })
	}
	order := make([]odb.ID, 0, len(parents))
	var stack []odb.ID
	for _, h := range slices.Backward(heads) {
		stack = append(stack, h.id)
	}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		order = append(order, id)
		for _, parent := range parents[id] {
			if _, in := parents[parent]; !in {
				continue
			}
			if children[parent]--; children[parent] == 0 {
				stack = append(stack, parent)
			}
		}
	}
	if len(order) != len(parents) {
		return nil, errors.New("commitwalk: the commits are ancestors of each other")
	}
	slices.Reverse(order)
	return order, nil
}
