package gitio

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// isAncestor reports whether the old commit is the new one or an ancestor of it. Most often the graph of new commits shows it.
func (r *Repo) isAncestor(ctx context.Context, g *source.Graph, old, new string) (bool, error) {
	if g.Reaches(new, old) {
		return true, nil
	}
	if o, err := r.Info(ctx, old); errors.Is(err, ErrNotExist) {
		return false, nil // a client has not fetched it
	} else if err != nil {
		return false, err
	} else if o.Kind != "commit" {
		return false, nil
	}
	return r.IsAncestor(ctx, old, new)
}

// commits reads commits in the order of ids.
func (r *Repo) commits(ctx context.Context, ids []string) ([]*analyzers.Commit, error) {
	commits := make([]*analyzers.Commit, len(ids))
	total := int64(0)
	err := r.ReadAll(ctx, ids, r.maxHeader, func(i int, o source.Object, raw []byte, err error) error {
		if err != nil {
			return err
		}
		if o.Kind != "commit" {
			return fmt.Errorf("object %s is a %s, not a commit", ids[i], o.Kind)
		}
		if total += o.Size; total > maxHeaders {
			return fmt.Errorf("the commits have more than %d bytes: %w", maxHeaders, source.ErrTooMuch)
		}
		commits[i] = decodeCommit(o.ID, raw)
		if raw == nil {
			commits[i].Defects = []string{r.tooLongHeader(o)}
		}
		return nil
	})
	return commits, err
}

// tag reads a tag.
func (r *Repo) tag(ctx context.Context, id string) (*analyzers.Tag, error) {
	o, raw, err := r.Read(ctx, id, r.maxHeader)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, errors.New(r.tooLongHeader(o)) // its target is not known
	}
	return decodeTag(o.ID, raw), nil
}

func (r *Repo) tooLongHeader(o source.Object) string {
	return fmt.Sprintf("%s of %d bytes, at most %d are read", o.Kind, o.Size, r.maxHeader)
}

// revertedID finds what a commit says that it reverts. The words are only a hint where to look.
var revertedID = regexp.MustCompile(`(?m)^This reverts commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b`)

// maxReverts bounds the attempts to prove a revert in one push, each at the cost of two comparisons. Further ones are judged like
// any commit.
const maxReverts = 100

// proveReverts sets Reverts on each commit whose change is exactly the inverse of the change of one of its ancestors. A
// commit that just says so is not exempt from anything.
func (r *Repo) proveReverts(ctx context.Context, commits []*analyzers.Commit, g *source.Graph) error {
	tried := 0
	for _, k := range commits {
		m := revertedID.FindStringSubmatch(k.Message)
		if m == nil || len(g.Parents[k.ID]) != 1 || tried >= maxReverts {
			continue
		}
		before := g.Parents[k.ID][0]
		tried++
		o, raw, err := r.Read(ctx, m[1], r.maxHeader)
		if errors.Is(err, ErrNotExist) || err == nil && (o.Kind != "commit" || raw == nil) {
			continue
		}
		if err != nil {
			return err
		}
		old := decodeCommit(o.ID, raw)
		if ok, err := r.isAncestor(ctx, g, old.ID, before); err != nil {
			return err
		} else if !ok {
			continue
		}
		for _, parent := range old.Parents {
			if _, err := r.Info(ctx, parent); errors.Is(err, ErrNotExist) {
				continue // beyond the edge of a shallow repository
			} else if err != nil {
				return err
			}
			undone, err := r.inverse(ctx, parent, old.ID, before, k.ID)
			if err != nil {
				return err
			}
			if undone {
				k.Reverts = old.ID
				break
			}
			if tried++; tried >= maxReverts {
				break
			}
		}
	}
	return nil
}

// inverse reports whether the change from c to d takes back exactly the change from a to b.
func (r *Repo) inverse(ctx context.Context, a, b, c, d string) (bool, error) {
	done := &source.Comparison{Commit: a, Parents: []string{b}}
	undone := &source.Comparison{Commit: d, Parents: []string{c}}
	if err := r.Compare(ctx, []*source.Comparison{done, undone}, source.Renames{}); err != nil {
		return false, err
	}
	return len(undone.Entries) > 0 && reflect.DeepEqual(done.Entries, undone.Entries), nil
}
