package secrets

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/refward/refward/analyzers"
)

// maxComments bounds what one run remembers of comments: their author may write one on every line. Those beyond it do not count.
const maxComments = 100_000

// An addedLine is one added line of a change.
type addedLine struct {
	commit, ref, path string
	number            int
}

// comments is the content of a change that remembers which added lines say something to allow what is found on them.
type comments struct {
	analyzers.Content
	limit int

	mu   sync.Mutex
	said map[addedLine]string
	more int // that are not remembered
}

func watch(c analyzers.Content) *comments {
	return &comments{Content: c, limit: maxComments, said: map[addedLine]string{}}
}

// Hunks yields the hunks of the change as they are.
func (c *comments) Hunks(ctx context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for h, err := range c.Content.Hunks(ctx) {
			if err == nil {
				c.read(h)
			}
			if !yield(h, err) {
				return
			}
		}
	}
}

// read remembers the comments of a hunk. Almost none has any, which bytes.Index finds out at the speed of memory.
func (c *comments) read(h analyzers.Hunk) {
	rest, number := h.Text, h.Start
	for {
		i := bytes.Index(rest, []byte(":allow"))
		if i < 0 {
			return
		}
		begin := bytes.LastIndexByte(rest[:i], '\n') + 1
		number += bytes.Count(rest[:begin], []byte("\n"))
		line, after, _ := bytes.Cut(rest[begin:], []byte("\n"))
		if words := analyzers.InlineAllow(string(line)); words != "" {
			c.mu.Lock()
			if len(c.said) < c.limit {
				c.said[addedLine{h.Commit, h.Ref, h.Path, number}] = words
			} else {
				c.more++
			}
			c.mu.Unlock()
		}
		rest, number = after, number+1
	}
}

// tell writes into each finding what its lines say.
func (c *comments) tell(r *analyzers.Result) {
	if len(c.said) == 0 {
		return
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		for n := f.Line; n > 0 && n <= f.EndLine && f.Inline == "" && f.Path != ""; n++ {
			f.Inline = c.said[addedLine{f.Commit, f.Ref, f.Path, n}]
		}
	}
	if c.more > 0 {
		r.Skipped = append(r.Skipped, analyzers.Skip{What: fmt.Sprintf("%d comments that allow something", c.more),
			Why: fmt.Sprintf("more than %d", c.limit)})
	}
}
