package secrets

import (
	"context"

	"github.com/refward/refward/analyzers"
)

// packed looks into the files that may be archives or compressed streams, once all hunks have come by.
func (r *run) packed(ctx context.Context, c *analyzers.Change) error {
	for t, err := range r.packing.texts(ctx, c) {
		if err != nil {
			return err
		}
		first := t.at[0]
		p := piece{path: first.Path + t.inner, commit: first.Commit, ref: first.Ref, line: 1}
		if t.names {
			p.line, p.where = 0, " in the names and comments of an archive"
		}
		switch {
		case t.damaged:
			r.passed.add(p.path, t.unread)
			continue
		case t.unread != "":
			r.passed.add(p.path, t.unread)
			r.later(func() ([]analyzers.Finding, error) {
				return everywhere(t, []analyzers.Finding{unread(p, t.unread, first.Blob)}), nil
			})
			continue
		}
		if p.allowed, err = r.detector.Allows(p.path, p.commit); err != nil {
			return err
		}
		r.examined["unpacked"] += int64(len(t.text))
		p.text, p.raw = string(t.text), t.text
		r.later(func() ([]analyzers.Finding, error) {
			found, err := r.findAll(ctx, p)
			return everywhere(t, found), err
		})
	}
	return nil
}

// everywhere states what was found in a packed text for every place of its file.
func everywhere(t packedText, found []analyzers.Finding) []analyzers.Finding {
	all := found
	for _, f := range t.at[1:] {
		for _, one := range found {
			one.Path, one.Commit, one.Ref = f.Path+one.Path[len(t.at[0].Path):], f.Commit, f.Ref
			all = append(all, one)
		}
	}
	return all
}
