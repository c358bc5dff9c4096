package gitio

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
)

// boundary returns what bounds the new commits of refs: what the refs have for which counts is true; nil = all.
func (p *push) boundary(ctx context.Context, counts func(ref string) bool) (source.Boundary, error) {
	if p.past != nil {
		return p.pastBoundary(ctx, counts)
	}
	if p.remote != "" {
		return p.remoteBoundary(ctx, counts)
	}
	known := source.Boundary{All: counts == nil}
	if counts == nil {
		counts = func(string) bool { return true }
	} else {
		known.Tips = func(ctx context.Context) ([]string, error) { return p.tipsOf(ctx, counts) }
	}
	if tip := p.stored[p.head]; tip.ID != "" && counts(p.head) { // most pushes begin close to it
		known.Near = append(known.Near, tip.ID)
	}
	for _, ref := range p.change.Refs {
		if !ref.Creates() && ref.Old == p.stored[ref.Ref].ID && counts(ref.Ref) {
			known.Near = append(known.Near, ref.Old)
		}
	}
	return known, nil
}

// tipsOf returns where the refs are that count.
func (p *push) tipsOf(ctx context.Context, counts func(ref string) bool) ([]string, error) {
	all, err := p.repo.refs(ctx, []string{"refs/"})
	if err != nil {
		return nil, err
	}
	var tips []string
	for ref, stored := range all {
		if stored.ID != "" && counts(ref) {
			tips = append(tips, stored.ID)
		}
	}
	slices.Sort(tips)
	return slices.Compact(tips), nil
}

// remoteBoundary is what a client knows of the server: the old ids that the server just named, and the remote-tracking refs.
func (p *push) remoteBoundary(ctx context.Context, counts func(ref string) bool) (known source.Boundary, err error) {
	if counts == nil {
		counts = func(string) bool { return true }
	}
	if !isURL(p.remote) { // for which there are tracking refs
		prefix := "refs/remotes/" + p.remote + "/"
		tracked, err := p.repo.refs(ctx, []string{prefix})
		if err != nil {
			return known, err
		}
		for ref, stored := range tracked {
			if stored.ID != "" && counts("refs/heads/"+strings.TrimPrefix(ref, prefix)) {
				known.Near = append(known.Near, stored.ID)
			}
		}
	}
	for _, ref := range p.change.Refs {
		if ref.Creates() || !counts(ref.Ref) {
			continue
		}
		if _, err := p.repo.Info(ctx, ref.Old); errors.Is(err, ErrNotExist) {
			continue // not fetched yet: the push will not be a fast-forward
		} else if err != nil {
			return known, err
		}
		known.Near = append(known.Near, ref.Old)
	}
	slices.Sort(known.Near)
	return known, nil
}

// pastBoundary is what the refs had when a push of the past was judged, as far as it is still there.
func (p *push) pastBoundary(ctx context.Context, counts func(ref string) bool) (known source.Boundary, err error) {
	for ref, id := range p.past {
		if counts != nil && !counts(ref) {
			continue
		}
		there, err := p.repo.Has(ctx, id)
		if err != nil {
			return known, err
		}
		if there {
			known.Near = append(known.Near, id)
		}
	}
	slices.Sort(known.Near)
	known.Near = slices.Compact(known.Near)
	return known, nil
}
