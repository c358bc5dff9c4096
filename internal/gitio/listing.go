package gitio

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/refward/refward/analyzers"
)

const (
	modeSubmodule = 0o160000
	modeType      = 0o170000
)

// rawOptions list the changed paths: of a commit with one parent with renames found, of a merge the paths that differ from every
// parent (-c). The limit on renames bounds the time that a hostile tree can cost; beyond it a rename is an addition.
var rawOptions = []string{"-r", "-c", "--raw", "-z", "--no-abbrev", "--find-renames", "-l1000", "--ignore-submodules=none"}

// A listing is every changed path of a Change, and what is known of each before content is read.
type listing struct {
	files     []analyzers.File
	ofTargets int                   // index of the first file that belongs to a target
	entries   map[string][]rawEntry // of commits whose lines are found by text: merges, and those with content too large to diff
	sizes     map[string]int64      // bytes, by blob id
}

// list returns the changed paths. They are read once and kept.
func (c *content) list(ctx context.Context) (*listing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listed != nil {
		return c.listed, nil
	}
	l := &listing{entries: map[string][]rawEntry{}, sizes: map[string]int64{}}
	byCommit := map[string][]rawEntry{}
	err := c.raw(ctx, func(commit string, e rawEntry) error {
		l.files = append(l.files, e.file(commit))
		byCommit[commit] = append(byCommit[commit], e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.ofTargets = len(l.files)
	for _, t := range c.targets {
		files, err := c.repo.targetFiles(ctx, t)
		if err != nil {
			return nil, err
		}
		l.files = append(l.files, files...)
	}
	if err := c.repo.sizes(ctx, l.files, l.sizes); err != nil {
		return nil, err
	}
	for commit, entries := range byCommit {
		for _, e := range entries {
			if len(e.blobs) > 2 || l.sizes[e.blobs[0]] > c.repo.maxBlob || l.sizes[e.blobs[1]] > c.repo.maxBlob {
				l.entries[commit] = entries
				break
			}
		}
	}
	c.listed = l
	return l, nil
}

// raw runs diff-tree over the commits, or diff-index over the index.
func (c *content) raw(ctx context.Context, use func(commit string, e rawEntry) error) error {
	if c.staged != nil {
		return c.staged.raw(ctx, c.repo, use)
	}
	if len(c.commits) == 0 {
		return nil
	}
	args := append([]string{"diff-tree", "--stdin", "--root", "--always"}, rawOptions...)
	s, err := c.repo.start(ctx, commitLines(c.commits), args...)
	if err != nil {
		return err
	}
	if err := readRawCommits(bufio.NewReaderSize(s, 1<<16), len(c.commits[0].ID), use); err != nil {
		s.stop()
		return firstError(ctx, s, err)
	}
	return s.wait()
}

// firstError prefers git's own words over the sentence that broke off because of them.
func firstError(ctx context.Context, s *stream, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("git %s: %w", s.name, context.Cause(ctx))
	}
	if text := s.stderr.firstLine(); text != "" {
		return fmt.Errorf("git %s: %s", s.name, text)
	}
	return err
}

// commitLines returns the ids as input for --stdin.
func commitLines(commits []*analyzers.Commit) io.Reader {
	var b strings.Builder
	for _, k := range commits {
		b.WriteString(k.ID + "\n")
	}
	return strings.NewReader(b.String())
}

// sizes finds the size of every blob on either side of the files.
func (r *Repo) sizes(ctx context.Context, files []analyzers.File, sizes map[string]int64) error {
	var ids []string
	for _, f := range files {
		for _, side := range []struct {
			id   string
			mode uint32
		}{{f.Blob, f.Mode}, {f.OldBlob, f.OldMode}} {
			if _, known := sizes[side.id]; known || side.mode == 0 || side.mode&modeType == modeSubmodule || analyzers.IsZero(side.id) {
				continue
			}
			sizes[side.id] = 0
			ids = append(ids, side.id)
		}
	}
	return r.objects.each(ctx, "info", ids, 0, func(i int, o objectInfo, _ []byte, err error) error {
		if err != nil {
			return err
		}
		sizes[ids[i]] = o.size
		return nil
	})
}

// A target is a tree or blob whose content enters without a new commit: behind a tag, named by a ref, or at a revision that
// is looked at as if everything in it were new.
type target struct {
	commit  string // at which it is looked at; or
	ref     string // which leads to it
	id      string
	kind    string          // "tree" or "blob"
	entered map[string]bool // ids that are new to the repository; nil = all are judged
}

// targetFiles lists the files of a target.
func (r *Repo) targetFiles(ctx context.Context, t target) ([]analyzers.File, error) {
	if t.kind == "blob" {
		if t.entered != nil && !t.entered[t.id] {
			return nil, nil
		}
		return []analyzers.File{{Commit: t.commit, Ref: t.ref, Status: 'A', Mode: 0o100644, Blob: t.id, OldBlob: zeros(t.id)}}, nil
	}
	s, err := r.start(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", t.id)
	if err != nil {
		return nil, err
	}
	var files []analyzers.File
	for in := bufio.NewReader(s); ; {
		line, err := in.ReadString(0)
		if err == io.EOF && line == "" {
			return files, s.wait()
		}
		var f analyzers.File
		var kind string
		meta, path, ok := strings.Cut(strings.TrimSuffix(line, "\x00"), "\t")
		if _, scanErr := fmt.Sscanf(meta, "%o %s %s", &f.Mode, &kind, &f.Blob); err != nil || !ok || scanErr != nil {
			s.stop()
			return nil, firstError(ctx, s, fmt.Errorf("git ls-tree: entry %.80q", line))
		}
		if t.entered == nil || t.entered[f.Blob] || kind == "commit" {
			f.Commit, f.Ref, f.Status, f.Path, f.OldBlob = t.commit, t.ref, 'A', path, zeros(f.Blob)
			files = append(files, f)
		}
	}
}
