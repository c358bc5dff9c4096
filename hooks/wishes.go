package hooks

import (
	"context"

	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/reviewers"
	"github.com/refward/refward/internal/smallfile"
)

// Reviewers returns what the administrator's policy and the repository's own, at a revision, say together of whom to suggest. It judges nothing: a
// repository's policy that cannot be read counts for nothing, and skipped is why. An administrator's that cannot is an error.
func (g *Gate) Reviewers(ctx context.Context, repo *gitio.Repo, rev string) (c reviewers.Config, skipped, err error) {
	bare, err := repo.IsBare(ctx)
	if err != nil {
		return c, nil, err
	}
	r := g.begin("reviewers")
	r.repo, r.client = repo, !bare
	base, err := r.loadPolicy()
	if err != nil {
		return c, nil, err
	}
	r.stack = policy.Stack{base}
	return r.wishes(ctx, rev)
}

// wishes adds what the repository's own policy at a revision says to the administrator's.
func (r *run) wishes(ctx context.Context, rev string) (c reviewers.Config, skipped, err error) {
	data, unread, err := smallfile.Read(ctx, r.repo, rev, RepositoryPolicy, maxPolicy)
	switch {
	case err != nil:
		return c, nil, err
	case unread != nil || data == nil:
		return r.stack[0].Reviewers, unread, nil
	}
	own, skipped := policy.Overlay(r.stack[0], RepositoryPolicy, data)
	if skipped != nil {
		return r.stack[0].Reviewers, skipped, nil
	}
	return policy.Stack{r.stack[0], own}.Reviewers(), nil, nil
}
