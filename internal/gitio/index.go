package gitio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// nextParents returns the ids of the parents that the commit in the making will have, as far as files and environment tell:
// HEAD, then MERGE_HEAD. "git merge" writes that file only after pre-merge-commit and names the merged commits in GITHEAD_* before
// (builtin/merge.c).
func (r *Repo) nextParents(ctx context.Context, environ []string) ([]string, error) {
	head, err := r.Resolve(ctx, "HEAD")
	if errors.Is(err, ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parents := []string{head}
	data, err := os.ReadFile(filepath.Join(r.gitDir, "MERGE_HEAD"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read MERGE_HEAD: %w", err)
	}
	merged := strings.Fields(string(data))
	for _, kv := range environ {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GITHEAD_") {
			// A git that was started by another repository's hook inherits these.
			if id, err := r.Resolve(ctx, strings.TrimPrefix(name, "GITHEAD_")); err == nil {
				merged = append(merged, id)
			} else if !errors.Is(err, ErrNotExist) {
				return nil, err
			}
		}
	}
	for _, id := range merged {
		if isID(id, len(head)) && !slices.Contains(parents, id) {
			parents = append(parents, id)
		}
	}
	return parents, nil
}
