package native

import (
	"context"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
	"github.com/refward/refward/internal/refstore"
)

// SymbolicRef implements [source.Source].
func (n *Native) SymbolicRef(_ context.Context, name string) (string, error) {
	ref, _, err := n.refs.Lookup(name)
	return ref.Target, unsupported(err)
}

// Refs implements [source.Source].
func (n *Native) Refs(ctx context.Context, patterns []string) (map[string]source.Ref, error) {
	refs := make(map[string]source.Ref, len(patterns))
	add := func(ref refstore.Ref) {
		if ref.ID != (odb.ID{}) {
			refs[ref.Name] = source.Ref{ID: ref.ID.String(), Target: ref.Target}
		}
	}
	for _, p := range patterns {
		if err := done(ctx); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(p, "/") {
			ref, ok, err := n.refs.Lookup(p)
			if err != nil {
				return nil, unsupported(err)
			}
			if ok {
				add(ref)
			}
			continue
		}
		for ref, err := range n.refs.All(p) {
			if err != nil {
				return nil, unsupported(err)
			}
			add(ref)
		}
	}
	return refs, nil
}
