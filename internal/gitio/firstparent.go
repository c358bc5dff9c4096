package gitio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/refward/refward/internal/gitio/source"
)

// A Step is one commit of a branch's own line, where its first parent was the tip before (git-rev-list(1), "--first-parent").
type Step struct {
	Commit    string    // full id
	Parent    string    // full id of its first parent; "" = it has none
	Committed time.Time // by its committer's clock
}

// Steps returns the line of first parents from the revision new, newest first, as far as the revision old does not reach it; "" reaches nothing.
func (r *Repo) Steps(ctx context.Context, old, new string) ([]Step, error) {
	tip, err := r.Resolve(ctx, new)
	if err != nil {
		return nil, err
	}
	var boundary source.Boundary
	if old != "" {
		id, err := r.Resolve(ctx, old)
		if err != nil {
			return nil, err
		}
		boundary.Near = []string{id}
	}
	g, err := r.New(ctx, []string{tip}, boundary)
	if err != nil {
		return nil, err
	}
	var ids []string
	for id, in := tip, true; ; {
		var parents []string
		if parents, in = g.Parents[id]; !in {
			break
		}
		ids = append(ids, id)
		if len(parents) == 0 {
			break
		}
		id = parents[0]
	}
	steps := make([]Step, len(ids))
	err = r.ReadAll(ctx, ids, r.maxHeader, func(i int, o source.Object, raw []byte, err error) error {
		if err != nil {
			return err
		}
		if raw == nil {
			return errors.New(r.tooLongHeader(o))
		}
		k := decodeCommit(o.ID, raw)
		steps[i] = Step{Commit: ids[i], Committed: k.Committer.When}
		if len(k.Parents) > 0 {
			steps[i].Parent = k.Parents[0]
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("first parents of %s: %w", new, err)
	}
	return steps, nil
}

// Has reports whether the repository has the object of a full id.
func (r *Repo) Has(ctx context.Context, id string) (bool, error) {
	_, err := r.Info(ctx, id)
	if errors.Is(err, ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
