package gitio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// An index is what the next commit would hold, against its parents. It is read and never written: neither the index nor the
// work tree changes, so that partial staging and unmerged work are safe.
type index struct {
	parents []string // full ids, or the empty tree for a first commit
}

// indexOptions leave out what "git add --intent-to-add" announces, since git commit does too.
var indexOptions = []string{"diff-index", "--cached", "--ita-invisible-in-index"}

// raw lists the staged paths that differ from every parent.
func (x *index) raw(ctx context.Context, r *Repo, use func(commit string, e rawEntry) error) error {
	var all []rawEntry
	for i, parent := range x.parents {
		args := slices.Concat(indexOptions, slices.DeleteFunc(slices.Clone(rawOptions), func(o string) bool { return o == "-r" || o == "-c" }))
		s, err := r.start(ctx, nil, append(args, parent, "--")...)
		if err != nil {
			return err
		}
		entries := map[string]rawEntry{}
		in := bufio.NewReaderSize(s, 1<<16)
		for {
			e, err := readRaw(in)
			if err == io.EOF {
				break
			}
			if err != nil {
				s.stop()
				return firstError(ctx, s, err)
			}
			if i == 0 {
				all = append(all, e)
			}
			entries[e.path] = e
		}
		if err := s.wait(); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		all = slices.DeleteFunc(all, func(e rawEntry) bool { _, ok := entries[e.path]; return !ok })
		for k, e := range all {
			last := len(e.blobs) - 1
			other := entries[e.path]
			all[k].blobs = slices.Insert(slices.Clone(e.blobs), last, other.blobs[0])
			all[k].modes = slices.Insert(slices.Clone(e.modes), last, other.modes[0])
		}
	}
	for _, e := range all {
		if err := use("", e); err != nil {
			return err
		}
	}
	return nil
}

// hunks yields the staged lines: by git against one parent, by text against several.
func (x *index) hunks(ctx context.Context, c *content, l *listing, yield func(analyzers.Hunk) error) error {
	for _, f := range l.files {
		if f.Status == 'U' {
			if err := yield(analyzers.Hunk{Path: f.Path, Unread: "unmerged: resolve the conflict and add the file"}); err != nil {
				return err
			}
		}
	}
	if entries := l.entries[""]; entries != nil {
		return c.hunksByText(ctx, l, "", entries, yield)
	}
	if len(l.files) == 0 {
		return nil
	}
	args := slices.Concat(indexOptions, slices.DeleteFunc(slices.Clone(patchOptions), func(o string) bool { return o == "-r" }))
	s, err := c.repo.start(ctx, nil, append(args, x.parents[0], "--")...)
	if err != nil {
		return err
	}
	p := &patchReader{r: bufio.NewReaderSize(s, 1<<16), idLen: len(x.parents[0])}
	for {
		h, err := p.next()
		if err == io.EOF {
			return s.wait()
		}
		if err == nil {
			err = yield(h)
		} else {
			err = firstError(ctx, s, err)
		}
		if err != nil {
			s.stop()
			return err
		}
	}
}

// nextParents returns the ids of the parents that the commit in the making will have, as far as files and environment tell:
// HEAD, then MERGE_HEAD. "git merge" writes that file only after pre-merge-commit and names the merged commits in GITHEAD_* before
// (builtin/merge.c).
func (r *Repo) nextParents(ctx context.Context, environ []string) ([]string, error) {
	head, err := r.Resolve(ctx, "HEAD")
	if errors.Is(err, ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parents := []string{head}
	data, err := os.ReadFile(filepath.Join(r.gitDir, "MERGE_HEAD"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read MERGE_HEAD: %w", err)
	}
	merged := strings.Fields(string(data))
	for _, kv := range environ {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GITHEAD_") {
			merged = append(merged, strings.TrimPrefix(name, "GITHEAD_"))
		}
	}
	for _, id := range merged {
		if isID(id, len(head)) && !slices.Contains(parents, id) {
			parents = append(parents, id)
		}
	}
	return parents, nil
}
