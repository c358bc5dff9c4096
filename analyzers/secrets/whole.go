package secrets

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/detector"
)

// wholes are the files of a change that are searched as a whole, since their hunks do not tell all: what was moved out of a path that the
// configuration allows has no new line, and of a key that two commits or hunks make up each has a half.
type wholes struct {
	moved map[fileAt]bool
	lines map[fileAt][]span // added lines, of files with a part of a key; numbers from 1, the end not included
}

// A fileAt is a file of a commit, or of a ref.
type fileAt struct{ commit, ref, path string }

func fileAtOf(f analyzers.File) fileAt { return fileAt{f.Commit, f.Ref, f.Path} }

// noteFile takes notice of a changed path: moved says that it was allowed under its old name, and is not any more.
func (w *wholes) noteFile(f analyzers.File, moved bool) {
	if moved {
		if w.moved == nil {
			w.moved = map[fileAt]bool{}
		}
		w.moved[fileAtOf(f)] = true
	}
}

// noteHunk takes notice of a hunk.
func (w *wholes) noteHunk(h analyzers.Hunk) {
	at := fileAt{h.Commit, h.Ref, h.Path}
	if len(w.lines[at]) == 0 && !partOfKey(h.Text) {
		return
	}
	if w.lines == nil {
		w.lines = map[fileAt][]span{}
	}
	w.lines[at] = append(w.lines[at], span{h.Start, h.Start + bytes.Count(h.Text, []byte("\n")) + 1})
}

const minKeyLine = 24 // characters of a line in the body of a PEM; most have 64, and it can be broken anywhere

// partOfKey reports whether a text has a line such as private keys have.
func partOfKey(text []byte) bool {
	if bytes.Contains(text, []byte("-----")) || bytes.Contains(text, []byte("PRIVATE KEY")) {
		return true
	}
	for len(text) >= minKeyLine {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) >= minKeyLine && !slices.ContainsFunc(line, func(c byte) bool {
			return (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '+' && c != '/' && c != '='
		}) {
			return true
		}
		text = rest
	}
	return false
}

// whole searches the files that are to be searched as a whole, once all hunks have come by. What it finds is kept apart, since hunks have
// shown most of it.
func (r *run) whole(ctx context.Context, c *analyzers.Change) error {
	merges := map[string]bool{}
	for _, k := range c.Commits {
		if k.Merge() {
			merges[k.ID] = true
		}
	}
	joined := func(f analyzers.File) bool { return merges[f.Commit] && !r.packing.seen(f) } // out of lines that parents have
	wanted := func(f analyzers.File) bool {
		return f.Status != 'D' && (r.wholes.moved[fileAtOf(f)] || len(r.wholes.lines[fileAtOf(f)]) > 0 || joined(f))
	}
	if len(r.wholes.moved)+len(r.wholes.lines)+len(merges) == 0 {
		return nil
	}
	for b, err := range c.Blobs(ctx, wanted) {
		if err != nil {
			return fmt.Errorf("read whole files: %w", err)
		}
		for _, f := range b.Files {
			if b.Unread != "" || !wanted(f) {
				continue // a hunk has said so, or packed
			}
			allowed, err := r.detector.Allows(f.Path, f.Commit)
			if err != nil {
				return err
			}
			p := piece{text: string(b.Data), path: f.Path, commit: f.Commit, ref: f.Ref, line: 1, allowed: allowed, laterHunk: true}
			moved, all := r.wholes.moved[fileAtOf(f)], joined(f)
			r.later(func() ([]analyzers.Finding, error) {
				search := r.scan
				if moved {
					search = r.findAll // no hunk has shown its other forms either
				}
				found, err := search(ctx, p)
				if !moved {
					found = slices.DeleteFunc(found, func(f analyzers.Finding) bool { return f.EndLine <= f.Line })
				}
				if !moved && !all {
					found = within(found, r.wholes.lines[fileAt{p.commit, p.ref, p.path}])
				}
				if !r.keepApart(found) {
					err = errors.Join(err, r.tooMany())
				}
				return nil, err
			})
		}
	}
	return nil
}

// within returns the findings that have an added line, with the first such line for their place.
func within(found []analyzers.Finding, lines []span) []analyzers.Finding {
	var kept []analyzers.Finding
	for _, f := range found {
		for _, l := range lines {
			if l.start <= f.EndLine && f.Line < l.end {
				if l.start > f.Line {
					f.Line, f.Column = l.start, 0
				}
				kept = append(kept, f)
				break
			}
		}
	}
	return kept
}

// keepApart keeps findings until all others are known. It returns false, and stops the run, when there are too many.
func (r *run) keepApart(found []analyzers.Finding) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.apart)+len(found) > r.limit {
		r.stop()
		return false
	}
	r.apart = append(r.apart, found...)
	return true
}

// newOnes returns the findings that were kept apart and are not among the others.
func (r *run) newOnes() []analyzers.Finding {
	type one struct{ rule, key, commit, ref, path string }
	of := func(f analyzers.Finding) one { return one{f.Rule, f.Key, f.Commit, f.Ref, f.Path} }
	seen := map[one]bool{}
	if len(r.apart) > 0 {
		for _, f := range r.findings {
			seen[of(f)] = true
		}
	}
	r.apart = slices.DeleteFunc(r.apart, func(f analyzers.Finding) bool { return seen[of(f)] })
	slices.SortStableFunc(r.apart, func(a, b analyzers.Finding) int {
		return cmp.Or(strings.Compare(a.Commit, b.Commit), strings.Compare(a.Ref, b.Ref), strings.Compare(a.Path, b.Path),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Key, b.Key), cmp.Compare(a.Line, b.Line))
	})
	return r.apart
}

// moves tells whether a file was moved to where rules look at it that did not under its old name.
func (r *run) moves(f analyzers.File) (bool, error) {
	if f.Status != 'R' && f.Status != 'C' {
		return false, nil
	}
	before, err := r.detector.Allows(f.OldPath, f.Commit)
	if err != nil || before == detector.AllowNothing {
		return false, err
	}
	after, err := r.detector.Allows(f.Path, f.Commit)
	return after < before, err
}
