package native

import (
	"bytes"
	"context"
	"fmt"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/linediff"
	"github.com/refward/refward/internal/odb"
)

// Lines implements [source.Source].
func (n *Native) Lines(ctx context.Context, list []*source.Comparison, use func(i int, h analyzers.Hunk) error) error {
	var d linediff.Differ
	for i, c := range list {
		for _, e := range c.Entries {
			if err := done(ctx); err != nil {
				return err
			}
			err := n.lines(&d, e, func(h analyzers.Hunk) error { return use(i, h) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// lines yields the added lines of one path. Where the type changed (a file became a symbolic link), all is new.
func (n *Native) lines(d *linediff.Differ, e source.Entry, use func(analyzers.Hunk) error) error {
	old, new := e.Sides[0], e.Result()
	if !source.HasContent(new.Mode) || e.Status == 'D' {
		return nil
	}
	var before []byte
	if source.HasContent(old.Mode) && e.Status != 'T' {
		if old.ID == new.ID {
			return nil
		}
		var err error
		if before, err = n.version(old); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
	}
	after, err := n.version(new)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Path, err)
	}
	head := analyzers.HeadOf(after)
	for _, run := range d.Added(before, after) {
		h := analyzers.Hunk{Path: e.Path, Blob: new.ID, Start: run.Start, Text: run.Text, Head: head}
		h.Binary = bytes.IndexByte(run.Text, 0) >= 0
		if err := use(h); err != nil {
			return err
		}
	}
	return nil
}

func (n *Native) version(s source.Side) ([]byte, error) {
	id, err := odb.ParseID(s.ID)
	if err != nil {
		return nil, err
	}
	return n.content(id)
}
