package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/panics"
	"github.com/sourcegraph/conc/stream"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/detector"
	"github.com/refward/refward/internal/objectsig"
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
	hidden   hidden
	allowed  detector.Allowance // for the file at hand

	packing *packing
	wholes  wholes

	mu    sync.Mutex
	apart []analyzers.Finding // of whole files

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
		packing:  newPacking(),
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
	if r.findings = append(r.findings, r.newOnes()...); len(r.findings) > r.limit {
		r.findings = r.findings[:r.limit]
		r.errs = append(r.errs, r.tooMany())
	}
	result := analyzers.Result{Findings: r.findings, Examined: r.examined, Skipped: r.passed.list(), Hidden: r.hidden.list()}
	return result, errors.Join(append(r.errs, err)...)
}

func (r *run) read(ctx context.Context, c *analyzers.Change) error {
	for _, commit := range c.Commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		allowed, err := r.allows("message of "+commit.ID, "", commit.ID)
		if err != nil {
			return err
		}
		if allowed == detector.AllowAll {
			continue
		}
		r.examined["commits"]++
		r.look(ctx, piece{text: commit.Message, commit: commit.ID, allowed: allowed, line: 1, where: " in the commit message"})
		r.look(ctx, piece{text: headers(commit.Raw, ""), commit: commit.ID, allowed: allowed, where: " in the commit's headers, such as its author's name",
			proven: func() (string, bool) {
				rest, ok := objectsig.Proven(objectsig.Commit, commit.Raw, len(commit.ID) == sha256Digits)
				return headers(rest, ""), ok
			}})
	}
	for _, ref := range c.Refs {
		if c.Kind == analyzers.KindPush && !ref.Deletes() {
			r.look(ctx, piece{text: ref.Ref, ref: ref.Ref, where: " in the name of the ref"})
		}
	}
	r.deletedNames(ctx, c)
	for i, tag := range c.Tags {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.examined["tags"]++
		for _, ref := range c.RefsOfTag(i) {
			r.look(ctx, piece{text: tag.Name, ref: ref, where: " in the tag's name"})
			r.look(ctx, piece{text: headers(tag.Raw, "tag"), ref: ref, where: " in the tag's headers, such as its tagger's name"})
			r.look(ctx, piece{text: tag.Message, ref: ref, line: 1, where: " in the tag's message", proven: func() (string, bool) {
				rest, ok := objectsig.Proven(objectsig.Tag, tag.Raw, len(tag.ID) == sha256Digits)
				_, message, _ := bytes.Cut(rest, []byte("\n\n"))
				return string(message), ok
			}})
		}
	}
	if err := r.paths(ctx, c); err != nil {
		return err
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
		if !later {
			if r.allowed, err = r.allows(h.Path, h.Path, h.Commit); err != nil {
				return err
			}
		}
		r.hunk(ctx, h, later)
	}
	if !r.thorough {
		return nil
	}
	if err := r.packed(ctx, c); err != nil {
		return err
	}
	return r.whole(ctx, c)
}

// maxNames is how many paths are searched at once.
const maxNames = 1000

// paths searches the names of new files, many at once, since to search each by itself takes longer than its content.
func (r *run) paths(ctx context.Context, c *analyzers.Change) error {
	var p piece
	flush := func() {
		if len(p.names) > 0 {
			p.text = oneNameALine(p.names)
			r.look(ctx, p)
		}
	}
	for f, err := range c.Files(ctx) {
		if err != nil {
			return fmt.Errorf("list changed files: %w", err)
		}
		if r.thorough {
			moved, err := r.moves(f)
			if err != nil {
				return err
			}
			r.wholes.noteFile(f, moved)
			if moved {
				r.packing.move(f)
			}
		}
		if f.Path == "" || !strings.ContainsRune("ARC", rune(f.Status)) {
			continue
		}
		if f.Commit != p.commit || f.Ref != p.ref || len(p.names) == maxNames {
			flush()
			p = piece{commit: f.Commit, ref: f.Ref, where: " in the name of the file"}
		}
		p.names = append(p.names, f.Path)
	}
	flush()
	return nil
}

// oneNameALine joins names so that a line is a name, also where one has line ends.
func oneNameALine(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(strings.ReplaceAll(name, "\n", " ") + "\n")
	}
	return b.String()
}

// headers returns what stands before the message of a commit or tag, less the ids of other objects, and less the header that is
// searched by itself, if any.
func headers(raw []byte, besides string) string {
	head, _, _ := bytes.Cut(raw, []byte("\n\n"))
	var b strings.Builder
	for line := range strings.Lines(string(head)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ") // a later line of a header has no name
		if name != "" && name == besides || (name == "tree" || name == "parent" || name == "object") && isID(value) {
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

// isID reports whether a value is an object's id and nothing else.
func isID(value string) bool {
	return (len(value) == 40 || len(value) == 64) && strings.Trim(value, "0123456789abcdef") == ""
}

// allows asks what the configuration lets pass in everything of a file or a commit, and notes that not all rules look at it.
func (r *run) allows(what, path, commit string) (detector.Allowance, error) {
	allowed, err := r.detector.Allows(path, commit)
	switch allowed {
	case detector.AllowAll:
		r.passed.add(what, passedAllowed)
	case detector.AllowGeneric:
		r.passed.add(what, passedGeneric)
	}
	return allowed, err
}

func (r *run) hunk(ctx context.Context, h analyzers.Hunk, later bool) {
	if r.allowed == detector.AllowAll {
		return
	}
	if r.thorough {
		r.packing.note(h)
		r.wholes.noteHunk(h)
	}
	p := piece{text: string(h.Text), raw: h.Text, path: h.Path, commit: h.Commit, ref: h.Ref, line: h.Start, allowed: r.allowed, laterHunk: later}
	if h.Unread != "" {
		r.passed.add(h.Path, h.Unread)
		r.later(func() ([]analyzers.Finding, error) { return []analyzers.Finding{unread(p, h.Unread, h.Blob)}, nil })
	}
	r.examined["bytes"] += int64(len(h.Text))
	r.examined["lines"] += int64(bytes.Count(h.Text, []byte("\n")))
	if n := len(h.Text); n > 0 && h.Text[n-1] != '\n' {
		r.examined["lines"]++
	}
	r.look(ctx, p)
}

// sha256Digits is the length of an id in a repository of SHA-256.
const sha256Digits = 64

func (r *run) look(ctx context.Context, p piece) {
	r.later(func() ([]analyzers.Finding, error) {
		found, err := r.findAll(ctx, p)
		if err != nil || len(found) == 0 || p.proven == nil {
			return found, err
		}
		// A signature is chance, and looks like a token at times: one key in some hundreds does so in everything that it signs.
		text, ok := p.proven()
		if !ok {
			return found, nil
		}
		p.text = text
		return r.findAll(ctx, p)
	})
}

// later has find called by the pool, and keeps what it returns. It waits while the pool is busy.
func (r *run) later(find func() ([]analyzers.Finding, error)) {
	r.pool.Go(func() stream.Callback {
		var found []analyzers.Finding
		var err error
		panicked := panics.Try(func() { found, err = find() })
		return func() {
			switch {
			case panicked != nil:
				// Without the stack, which would quote what was searched.
				r.errs = append(r.errs, fmt.Errorf("search for secrets: panic: %v", panicked.Value))
			case err != nil:
				if len(r.errs) == 0 { // the others would mostly say the same
					r.errs = append(r.errs, err)
				}
				if len(r.findings)+len(found) <= r.limit {
					r.findings = append(r.findings, found...)
				}
			case len(r.findings)+len(found) > r.limit:
				if len(r.errs) == 0 {
					r.errs = append(r.errs, r.tooMany())
				}
				r.stop()
			default:
				r.findings = append(r.findings, found...)
			}
		}
	})
}

func (r *run) tooMany() error { return fmt.Errorf("more than %d findings", r.limit) }
