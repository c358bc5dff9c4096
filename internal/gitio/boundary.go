package gitio

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// boundaries returns what bounds the new commits, for topic refs and for protected ones.
func (p *push) boundaries(ctx context.Context) (known, knownProtected source.Boundary, err error) {
	if p.remote != "" {
		return p.remoteBoundaries(ctx)
	}
	known = source.Boundary{All: true}
	knownProtected = source.Boundary{Tips: p.protectedTips}
	if tip := p.stored[p.head]; tip.ID != "" { // most pushes begin close to it
		known.Near = append(known.Near, tip.ID)
		if p.protected(p.head) {
			knownProtected.Near = append(knownProtected.Near, tip.ID)
		}
	}
	for i, ref := range p.change.Refs {
		if ref.Creates() || p.change.Refs[i].Old != p.stored[ref.Ref].ID {
			continue
		}
		known.Near = append(known.Near, ref.Old)
		if ref.Protected {
			knownProtected.Near = append(knownProtected.Near, ref.Old)
		}
	}
	return known, knownProtected, nil
}

// protectedTips returns where all protected refs are.
func (p *push) protectedTips(ctx context.Context) ([]string, error) {
	all, err := p.repo.refs(ctx, []string{"refs/"})
	if err != nil {
		return nil, err
	}
	var tips []string
	for ref, stored := range all {
		if stored.ID != "" && p.protected(ref) {
			tips = append(tips, stored.ID)
		}
	}
	slices.Sort(tips)
	return slices.Compact(tips), nil
}

// remoteBoundaries is what a client knows of the server: the old ids that the server just named, and the remote-tracking refs.
func (p *push) remoteBoundaries(ctx context.Context) (known, knownProtected source.Boundary, err error) {
	if !isURL(p.remote) { // for which there are tracking refs
		prefix := "refs/remotes/" + p.remote + "/"
		tracked, err := p.repo.refs(ctx, []string{prefix})
		if err != nil {
			return known, knownProtected, err
		}
		for ref, stored := range tracked {
			if stored.ID == "" {
				continue
			}
			known.Near = append(known.Near, stored.ID)
			if p.protected("refs/heads/" + strings.TrimPrefix(ref, prefix)) {
				knownProtected.Near = append(knownProtected.Near, stored.ID)
			}
		}
	}
	for _, ref := range p.change.Refs {
		if ref.Creates() {
			continue
		}
		if _, err := p.repo.Info(ctx, ref.Old); errors.Is(err, ErrNotExist) {
			continue // not fetched yet: the push will not be a fast-forward
		} else if err != nil {
			return known, knownProtected, err
		}
		known.Near = append(known.Near, ref.Old)
		if ref.Protected {
			knownProtected.Near = append(knownProtected.Near, ref.Old)
		}
	}
	slices.Sort(known.Near)
	slices.Sort(knownProtected.Near)
	return known, knownProtected, nil
}
