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
		r := source.Ref{Target: ref.Target}
		if ref.ID != (odb.ID{}) {
			r.ID = ref.ID.String()
		}
		if r != (source.Ref{}) {
			refs[ref.Name] = r
		}
	}
	for _, p := range patterns {
		if err := done(ctx); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(p, "/") {
			ref, _, err := n.refs.Lookup(p)
			if err != nil {
				return nil, unsupported(err)
			}
			add(ref)
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
