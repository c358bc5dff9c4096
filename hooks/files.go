package hooks

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/refward/refward/analyzers"
)

// maxKept is how many files of a change are kept in memory, some 200 bytes each. Those of 5,000 ordinary commits are 25,000.
const maxKept = 100_000

// kept is a change's content whose list of files is kept once somebody has read it to its end: the classes and several checks each ask for
// it, and comparing trees is most of what they cost.
type kept struct {
	analyzers.Content
	files atomic.Pointer[[]analyzers.File]
}

// Files yields what the content does, and from memory once that is known. An error is not kept: who asks again is told again.
func (k *kept) Files(ctx context.Context) iter.Seq2[analyzers.File, error] {
	return func(yield func(analyzers.File, error) bool) {
		if known := k.files.Load(); known != nil {
			for i := range *known {
				if err := ctx.Err(); err != nil {
					yield(analyzers.File{}, err)
					return
				}
				if !yield((*known)[i], nil) {
					return
				}
			}
			return
		}
		var list []analyzers.File
		for f, err := range k.Content.Files(ctx) {
			if err == nil && len(list) <= maxKept {
				list = append(list, f)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
		if len(list) <= maxKept {
			k.files.Store(&list)
		}
	}
}
