package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/stream"

	"github.com/refward/refward/analyzers"
)

// maxFindings bounds what one run keeps. A change with more cannot be judged in full, and is an error: to drop the rest
// would let an author hide a secret behind many harmless ones.
const maxFindings = 100_000

// A run examines one change. Its fields are written by the goroutine that reads the change, except for findings and
// errs, which belong to the callbacks of the pool until it is done.
type run struct {
	*engine
	pool     *stream.Stream
	examined map[string]int64
	passed   passed

	findings []analyzers.Finding
	errs     []error
	stop     context.CancelFunc
}

// run searches the messages of commits and tags, then the hunks, as many at once as there are processors; a hunk is
// held only while it is searched. The findings come in the order of the change.
func (e *engine) run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	r := &run{
		engine:   e,
		pool:     stream.New().WithMaxGoroutines(runtime.GOMAXPROCS(0)),
		examined: map[string]int64{"commits": 0, "tags": 0, "lines": 0, "bytes": 0},
		stop:     stop,
	}
	err := r.read(inner, c)
	r.pool.Wait()
	switch {
	case ctx.Err() != nil && err == nil:
		err = ctx.Err() // an interrupted search returns a part of what it would have found, and does not say so
	case ctx.Err() == nil && inner.Err() != nil:
		err = nil // the echo of our own stop, whose reason is in errs
	}
	result := analyzers.Result{Findings: r.findings, Examined: r.examined, Skipped: r.passed.list()}
	return result, errors.Join(append(r.errs, err)...)
}

func (r *run) read(ctx context.Context, c *analyzers.Change) error {
	for _, commit := range c.Commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.allows("", commit.ID) {
			r.passed.add("message of "+commit.ID, passedAllowed)
			continue
		}
		r.examined["commits"]++
		r.search(ctx, piece{text: commit.Message, commit: commit.ID, line: 1, where: " in the commit message"})
	}
	for _, ref := range c.Refs {
		if c.Kind == analyzers.KindPush && !ref.Deletes() {
			r.search(ctx, piece{text: ref.Ref, ref: ref.Ref, where: " in the name of the ref"})
		}
	}
	for i, tag := range c.Tags {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.examined["tags"]++
		for _, ref := range refsOf(c, i) {
			r.search(ctx, piece{text: tag.Name, ref: ref, where: " in the tag's name"})
			r.search(ctx, piece{text: tag.Message, ref: ref, line: 1, where: " in the tag's message"})
		}
	}
	var last analyzers.Hunk
	for h, err := range c.Hunks(ctx) {
		if err != nil {
			return fmt.Errorf("read added lines: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		later := h.Commit == last.Commit && h.Ref == last.Ref && h.Path == last.Path && last.Start > 0
		last = analyzers.Hunk{Commit: h.Commit, Ref: h.Ref, Path: h.Path, Start: max(h.Start, 1)}
		r.hunk(ctx, h, later)
	}
	return nil
}

// refsOf returns the refs that bring a tag, or "" if none does.
func refsOf(c *analyzers.Change, tag int) []string {
	var refs []string
	for _, r := range c.Refs {
		for _, i := range r.Tags {
			if i == tag {
				refs = append(refs, r.Ref)
			}
		}
	}
	if refs == nil {
		refs = []string{""}
	}
	return refs
}

func (r *run) hunk(ctx context.Context, h analyzers.Hunk, later bool) {
	if r.allows(h.Path, h.Commit) {
		r.passed.add(h.Path, passedAllowed)
		return
	}
	p := piece{text: string(h.Text), path: h.Path, commit: h.Commit, ref: h.Ref, line: h.Start, laterHunk: later}
	if h.Unread != "" {
		r.passed.add(h.Path, h.Unread)
		r.later(func() []analyzers.Finding {
			return []analyzers.Finding{{
				Rule: ruleUnread, Group: groupUnexamined, Severity: analyzers.High,
				Path: h.Path, Commit: h.Commit, Ref: h.Ref,
				Message: "content that could not be examined: " + oneLine(h.Unread), Hint: hintUnread, Key: h.Unread,
			}}
		})
	}
	r.examined["bytes"] += int64(len(h.Text))
	r.examined["lines"] += int64(bytes.Count(h.Text, []byte("\n")))
	if n := len(h.Text); n > 0 && h.Text[n-1] != '\n' {
		r.examined["lines"]++
	}
	r.search(ctx, p)
}

func (r *run) search(ctx context.Context, p piece) {
	r.later(func() []analyzers.Finding { return r.scan(ctx, p) })
}

// later has find called by the pool, and keeps what it returns. It waits while the pool is busy.
func (r *run) later(find func() []analyzers.Finding) {
	r.pool.Go(func() stream.Callback {
		var found []analyzers.Finding
		panicked := panics.Try(func() { found = find() })
		return func() {
			switch {
			case panicked != nil:
				// Without the stack, which would quote what was searched.
				r.errs = append(r.errs, fmt.Errorf("search for secrets: panic: %v", panicked.Value))
			case len(r.findings)+len(found) > r.limit:
				if len(r.errs) == 0 {
					r.errs = append(r.errs, fmt.Errorf("more than %d findings", r.limit))
				}
				r.stop()
			default:
				r.findings = append(r.findings, found...)
			}
		}
	})
}
