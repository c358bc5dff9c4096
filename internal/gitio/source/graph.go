package source

import "slices"

// A Graph is a set of commits with their parents, none at the edge of a shallow repository.
type Graph struct {
	Order   []string // parents first
	Parents map[string][]string
}

// Union returns the commits of both graphs. Either may hold ancestors of the other's, so the order is made anew.
func (g *Graph) Union(h *Graph) *Graph {
	if len(h.Order) == 0 {
		return g
	}
	if len(g.Order) == 0 {
		return h
	}
	u := &Graph{Parents: make(map[string][]string, len(g.Parents)+len(h.Parents))}
	for _, from := range []*Graph{h, g} {
		for id, parents := range from.Parents {
			u.Parents[id] = parents
		}
	}
	placed := map[string]bool{}
	for _, id := range slices.Concat(h.Order, g.Order) {
		u.place(id, placed)
	}
	return u
}

// place appends a commit to the order, after its ancestors. Histories are deep, so it keeps its own stack.
func (g *Graph) place(id string, placed map[string]bool) {
	type frame struct {
		id   string
		next int // the parent to look at
	}
	stack := []frame{{id: id}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		parents, in := g.Parents[top.id]
		switch {
		case !in || placed[top.id]:
			stack = stack[:len(stack)-1]
		case top.next < len(parents):
			top.next++
			stack = append(stack, frame{id: parents[top.next-1]})
		default:
			placed[top.id] = true
			g.Order = append(g.Order, top.id)
			stack = stack[:len(stack)-1]
		}
	}
}

// Reachable returns the commits of the graph that the tip reaches, the tip included. A path between two commits of
// the graph never leaves it: what bounds it bounds all its ancestors.
func (g *Graph) Reachable(tip string) []string {
	var found []string
	seen := map[string]bool{}
	todo := []string{tip}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		parents, in := g.Parents[id]
		if !in || seen[id] {
			continue
		}
		seen[id] = true
		found = append(found, id)
		todo = append(todo, parents...)
	}
	return found
}

// Reaches reports whether a walk from the tip through the graph meets id, be it in the graph or a parent at its edge.
func (g *Graph) Reaches(tip, id string) bool {
	if tip == id {
		return true
	}
	for _, k := range g.Reachable(tip) {
		if slices.Contains(g.Parents[k], id) {
			return true
		}
	}
	return false
}
