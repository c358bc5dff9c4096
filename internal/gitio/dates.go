package gitio

import (
	"context"
	"errors"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// setLatest sets Latest on each commit. They come parents first.
func (r *Repo) setLatest(ctx context.Context, commits []*analyzers.Commit, g *source.Graph) error {
	var edges []string
	seen := map[string]bool{}
	for _, k := range commits {
		for _, parent := range g.Parents[k.ID] {
			if _, new := g.Parents[parent]; !new && !seen[parent] {
				seen[parent] = true
				edges = append(edges, parent)
			}
		}
	}
	known := make(map[string]*analyzers.Commit, len(commits)+len(edges))
	err := r.ReadAll(ctx, edges, r.maxHeader, func(_ int, o source.Object, raw []byte, err error) error {
		if errors.Is(err, ErrNotExist) {
			return nil // what begins at the edge of a shallow repository has no dates behind it
		}
		if err == nil && raw != nil { // one that is larger than is read tells no date
			k := decodeCommit(o.ID, raw)
			known[o.ID] = &analyzers.Commit{Latest: k.Committer.When}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range commits {
		k.Latest = k.Committer.When
		for _, parent := range g.Parents[k.ID] {
			if p := known[parent]; p != nil && p.Latest.After(k.Latest) {
				k.Latest = p.Latest
			}
		}
		known[k.ID] = k
	}
	return nil
}

// ReachableFrom returns the ids of those among the commits of a Change that are the commit rev or ancestors of it. It is empty where rev
// is not in this repository, as in a client's that has not fetched it. It may leave out some, where clocks went wrong and where a path between
// two new commits leads over one that a topic branch had already; it never has too many.
func (r *Repo) ReachableFrom(ctx context.Context, rev string, commits []*analyzers.Commit) (map[string]bool, error) {
	reached := map[string]bool{}
	if len(commits) == 0 {
		return reached, nil
	}
	id, err := r.Resolve(ctx, rev)
	if errors.Is(err, ErrNotExist) {
		return reached, nil
	}
	if err != nil {
		return nil, err
	}
	g := &source.Graph{Parents: make(map[string][]string, len(commits))}
	child := map[string]bool{}
	for _, k := range commits {
		g.Parents[k.ID] = k.Parents
		for _, parent := range k.Parents {
			child[parent] = true
		}
	}
	if _, in := g.Parents[id]; in { // hardly a path between two of them leaves the change, and to look for such is a walk without end
		for _, k := range g.Reachable(id) {
			reached[k] = true
		}
		return reached, nil
	}
	o, raw, err := r.Read(ctx, id, r.maxHeader)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, errors.New(r.tooLongHeader(o))
	}
	// Most often rev is older than all that is new, and what is younger cannot be its ancestor. That spares a walk back to it.
	date, younger := decodeCommit(id, raw).Committer.When, true
	var tips []string
	for _, k := range commits {
		younger = younger && k.Committer.When.After(date)
		if !child[k.ID] {
			tips = append(tips, k.ID)
		}
	}
	if younger {
		return reached, nil
	}
	rest, err := r.New(ctx, tips, source.Boundary{Near: []string{id}})
	if err != nil {
		return nil, err
	}
	for _, k := range commits {
		if _, out := rest.Parents[k.ID]; !out {
			reached[k.ID] = true
		}
	}
	return reached, nil
}
