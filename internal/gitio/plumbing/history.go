package plumbing

import (
	"context"
	"errors"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// New implements [source.Source].
func (g *Git) New(ctx context.Context, tips []string, b source.Boundary) (*source.Graph, error) {
	graph := &source.Graph{Parents: map[string][]string{}}
	if len(tips) == 0 {
		return graph, nil
	}
	// Ids go through stdin: an argument list has an end. Before git 2.42 "--stdin" takes ids and "^id", but no options.
	var in strings.Builder
	for _, id := range tips {
		in.WriteString(id + "\n")
	}
	args := []string{"rev-list", "--topo-order", "--reverse", "--parents", "--stdin"}
	if b.All {
		args = append(args, "--not", "--all")
	} else {
		bounds := b.Near
		if b.Tips != nil {
			all, err := b.Tips(ctx)
			if err != nil {
				return nil, err
			}
			bounds = append(bounds[:len(bounds):len(bounds)], all...)
		}
		for _, id := range bounds {
			in.WriteString("^" + id + "\n")
		}
	}
	out, err := g.Output(ctx, strings.NewReader(in.String()), args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		ids := strings.Fields(line)
		if len(ids) == 0 {
			return nil, errors.New("git rev-list: an empty line")
		}
		graph.Order = append(graph.Order, ids[0])
		graph.Parents[ids[0]] = ids[1:]
	}
	return graph, nil
}

// IsAncestor implements [source.Source].
func (g *Git) IsAncestor(ctx context.Context, old, new string) (bool, error) {
	_, err := g.Output(ctx, nil, "merge-base", "--is-ancestor", old, new)
	if ExitCode(err) == 1 && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}
