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

// diff compares the index with each parent.
func (x *index) diff(ctx context.Context, r *Repo, list []*comparison, options []string) error {
	options = slices.DeleteFunc(options, func(o string) bool { return o == "-r" })
	for _, p := range list {
		s, err := r.start(ctx, nil, slices.Concat(indexOptions, options, []string{p.parent, "--"})...)
		if err != nil {
			return err
		}
		p.entries = nil
		for in := bufio.NewReaderSize(s, 1<<16); ; {
			e, err := readRaw(in)
			if err == io.EOF {
				break
			}
			if err != nil {
				return s.fail(err)
			}
			p.entries = append(p.entries, e)
		}
		if err := s.wait(); err != nil {
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
	if entries, byText := l.entries[""]; byText {
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
	defer s.stop()
	for next := s.hunks(len(x.parents[0])); ; {
		h, err := next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = yield(h)
		}
		if err != nil {
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
			// A git that was started by another repository's hook inherits these.
			if id, err := r.Resolve(ctx, strings.TrimPrefix(name, "GITHEAD_")); err == nil {
				merged = append(merged, id)
			} else if !errors.Is(err, ErrNotExist) {
				return nil, err
			}
		}
	}
	for _, id := range merged {
		if isID(id, len(head)) && !slices.Contains(parents, id) {
			parents = append(parents, id)
		}
	}
	return parents, nil
}
