package native

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/refward/refward/internal/commitwalk"
	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
)

// New implements [source.Source].
func (n *Native) New(ctx context.Context, tips []string, b source.Boundary) (*source.Graph, error) {
	graph := &source.Graph{Parents: map[string][]string{}}
	if len(tips) == 0 {
		return graph, nil
	}
	from, err := ids(tips)
	if err != nil {
		return nil, err
	}
	known, err := n.boundary(ctx, b)
	if err != nil {
		return nil, err
	}
	if err := n.walk(ctx); err != nil {
		return nil, err
	}
	defer n.walked()
	order, parents, err := n.walker.NewCommits(ctx, from, known)
	if err != nil {
		return nil, historyError(err)
	}
	names := make(map[odb.ID]string, len(order)) // one string for each, however many children it has
	name := func(id odb.ID) string {
		s, ok := names[id]
		if !ok {
			s = id.String()
			names[id] = s
		}
		return s
	}
	graph.Order = make([]string, len(order))
	for i, id := range order {
		graph.Order[i] = name(id)
		of := make([]string, len(parents[id]))
		for j, p := range parents[id] {
			of[j] = name(p)
		}
		graph.Parents[graph.Order[i]] = of
	}
	return graph, nil
}

// boundary says what bounds a walk, listing as little as possible.
func (n *Native) boundary(ctx context.Context, b source.Boundary) (commitwalk.Boundary, error) {
	near, err := ids(b.Near)
	if err != nil {
		return commitwalk.Boundary{}, err
	}
	known := commitwalk.Boundary{Near: near}
	switch {
	case b.All:
		known.Which = n.refs.Which
		known.All = n.tips
	case b.Tips != nil:
		known.All = func() iter.Seq2[odb.ID, error] {
			return func(yield func(odb.ID, error) bool) {
				tips, err := b.Tips(ctx)
				if err != nil {
					yield(odb.ID{}, err)
					return
				}
				for _, tip := range tips {
					id, err := odb.ParseID(tip)
					if !yield(id, unsupported(err)) || err != nil {
						return
					}
				}
			}
		}
	}
	return known, nil
}

// tips lists what "git rev-list --all" begins with.
func (n *Native) tips() iter.Seq2[odb.ID, error] {
	return func(yield func(odb.ID, error) bool) {
		for ref, err := range n.refs.Tips() {
			id := ref.ID
			if ref.Peeled != (odb.ID{}) {
				id = ref.Peeled
			}
			if !yield(id, unsupported(err)) || err != nil {
				return
			}
		}
	}
}

// IsAncestor implements [source.Source].
func (n *Native) IsAncestor(ctx context.Context, old, new string) (bool, error) {
	pair, err := ids([]string{old, new})
	if err != nil {
		return false, err
	}
	if err := n.walk(ctx); err != nil {
		return false, err
	}
	defer n.walked()
	is, err := n.walker.IsAncestor(ctx, pair[0], pair[1])
	return is, historyError(err)
}

// historyError says in the terms of package source why a walk ended. A parent that is missing is not an answer.
func historyError(err error) error {
	if errors.Is(err, commitwalk.ErrTooMuch) {
		return fmt.Errorf("%w: %w", err, source.ErrTooMuch)
	}
	return unsupported(err)
}
