package ownership

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/expertise/ownership/indexfile"
)

// A known index is what an update goes on from.
type known struct {
	*Index
	tip string
	err error // of what was asked of it
}

// find returns the number of a file.
func (k *known) find(path string) (int, bool) { return k.f.Find(path) }

// runs returns the owners of the lines of a file, by its number. Where they cannot be read there are none, and err says why.
func (k *known) runs(i int) []Run {
	runs, err := k.f.Runs(i)
	if err != nil && k.err == nil {
		k.err = err
	}
	return runs
}

// index makes an Index of what was found: the files of known, but for those that were looked for and those that are gone.
func (e *engine) index(ctx context.Context, tip string, gone []string) (*Index, error) {
	head := e.head(tip)
	changes := make([]indexfile.Change, 0, len(e.files)+len(gone))
	for _, f := range e.files {
		if f.kept {
			continue
		}
		runs := f.runs
		if runs == nil {
			for _, owner := range f.owner {
				if owner == unset {
					return nil, fmt.Errorf("a line of %q has no owner", f.path)
				}
				if n := len(runs); n > 0 && runs[n-1].Commit == owner {
					runs[n-1].Lines++
				} else {
					runs = append(runs, Run{Commit: owner, Lines: 1})
				}
			}
		}
		changes = append(changes, indexfile.Change{Path: f.path, Blob: f.side.ID, Runs: runs})
	}
	for _, path := range gone {
		changes = append(changes, indexfile.Change{Path: path})
	}
	slices.SortFunc(changes, func(a, b indexfile.Change) int { return strings.Compare(a.Path, b.Path) })
	if edge, err := e.repo.ShallowEdge(); err != nil || !slices.Equal(edge, e.edge) {
		return nil, errors.Join(errors.New("the edge of the shallow repository moved meanwhile"), err)
	}
	added := make([]Commit, len(e.ids))
	err := e.repo.CommitHeads(ctx, e.ids, func(i int, c *analyzers.Commit) error {
		added[i] = Commit{ID: e.ids[i], Author: signature(c.Author), Committer: signature(c.Committer)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var old *indexfile.File
	if e.known != nil {
		old = e.known.f
	}
	f, err := indexfile.Encode(head, old, changes, added)
	if err != nil {
		return nil, err
	}
	return &Index{f}, nil
}

func signature(s analyzers.Signature) Signature {
	return Signature{Name: s.Name, Email: s.Email, When: s.When.UTC()}
}
