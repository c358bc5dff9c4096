package secrets

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/refward/refward/analyzers"
)

// hidden gathers secrets that no finding is about. It is safe for concurrent use.
type hidden struct {
	mu    sync.Mutex
	texts map[string]bool
}

func (h *hidden) add(found []analyzers.Finding) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range found {
		for _, s := range f.Secrets {
			if h.texts == nil {
				h.texts = map[string]bool{}
			}
			h.texts[s] = true
		}
	}
}

// list returns the texts in a fixed order, nil if there are none.
func (h *hidden) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.texts))
}

// deletedNames searches the names of the refs that a push deletes. A secret in one is no finding, since to delete the ref is to mend
// it; but the name is reported and recorded like any other. They are searched many at once: a push may delete thousands.
func (r *run) deletedNames(ctx context.Context, c *analyzers.Change) {
	if c.Kind != analyzers.KindPush {
		return
	}
	var all []string
	for _, ref := range c.Refs {
		if ref.Deletes() {
			all = append(all, ref.Ref)
		}
	}
	for names := range slices.Chunk(all, maxNames) {
		r.later(func() ([]analyzers.Finding, error) {
			found, err := r.scan(ctx, piece{text: oneNameALine(names)})
			r.hidden.add(found)
			return nil, err
		})
	}
}
