package hooks

import (
	"context"

	"github.com/refward/refward/internal/policy"
)

// older returns for each layer the commits that are older than where it begins to refuse (policy.EnforceFrom). By date a commit is as old
// as the newest of it and what it stands on, so that a date forged into the past on top of today's branch is seen through.
func (r *run) older(ctx context.Context) ([]map[string]bool, error) {
	var all []map[string]bool
	for _, p := range r.stack {
		from, old := p.EnforceFrom, map[string]bool{}
		var err error
		switch {
		case from.Commit != "":
			old, err = r.repo.ReachableFrom(ctx, from.Commit, r.change.Commits)
		case !from.Date.IsZero():
			for _, c := range r.change.Commits {
				if !c.Latest.IsZero() && c.Latest.Before(from.Date) {
					old[c.ID] = true
				}
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, old)
	}
	return all, nil
}

// dated reports whether any layer begins somewhere.
func dated(stack policy.Stack) bool {
	for _, p := range stack {
		if !p.EnforceFrom.IsZero() {
			return true
		}
	}
	return false
}
