package secrets

import (
	"context"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/detector"
)

// packed looks into the files that may be archives or compressed streams, once all hunks have come by.
func (r *run) packed(ctx context.Context, c *analyzers.Change) error {
	for t, err := range r.packing.texts(ctx, c) {
		if err != nil {
			return err
		}
		if t.unread == "" {
			r.examined["unpacked"] += int64(len(t.text))
		}
		text := string(t.text)
		for _, at := range t.at { // each by itself: what is allowed, and what rules look at, goes by the path and the commit
			if err := r.packedAt(ctx, t, text, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// packedAt looks at one text at one of its places. What the configuration allows in all of the packed file, it allows inside.
func (r *run) packedAt(ctx context.Context, t packedText, text string, at analyzers.File) error {
	p := piece{text: text, raw: t.text, path: at.Path + t.inner, commit: at.Commit, ref: at.Ref, line: 1}
	if t.names {
		p.line, p.where = 0, " in the names and comments of an archive"
	}
	switch whole, err := r.detector.Allows(at.Path, at.Commit); {
	case err != nil:
		return err
	case whole == detector.AllowAll:
		return nil // as its hunks have said
	}
	if t.unread != "" {
		r.passed.add(p.path, t.unread)
		if !t.damaged {
			r.later(func() ([]analyzers.Finding, error) { return []analyzers.Finding{unread(p, t.unread, at.Blob)}, nil })
		}
		return nil
	}
	var err error
	if p.allowed, err = r.allows(p.path, p.path, p.commit); err == nil && p.allowed != detector.AllowAll {
		r.look(ctx, p)
	}
	return err
}
