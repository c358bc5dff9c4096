package gitio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

const (
	modeSubmodule = 0o160000
	modeType      = 0o170000
)

// rawOptions list the changed paths. The limit on renames bounds the time that a hostile tree can cost; beyond it a
// rename is an addition and a deletion.
var rawOptions = []string{"-r", "--raw", "-z", "--no-abbrev", "-l1000", "--ignore-submodules=none"}

// A listing is every changed path of a Change, and what is known of each before content is read.
type listing struct {
	files     []analyzers.File
	ofTargets int                   // index of the first file that belongs to a target
	plain     []*analyzers.Commit   // commits whose lines git can diff
	entries   map[string][]rawEntry // of the others, whose lines are found by text: merges, and those with content too large to diff
	sizes     map[string]int64      // bytes, by blob id
}

// A comparison is what differs between a commit, or the index, and one parent.
type comparison struct {
	commit  string // "" = the index
	parent  string // "" = its only one, or none
	entries []rawEntry
}

// line asks "git diff-tree --stdin" for the comparison.
func (p *comparison) line() string { return strings.TrimSuffix(p.commit+" "+p.parent, " ") + "\n" }

// list returns the changed paths. They are read once and kept.
func (c *content) list(ctx context.Context) (*listing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listed != nil {
		return c.listed, nil
	}
	l := &listing{entries: map[string][]rawEntry{}, sizes: map[string]int64{}}
	compared, err := c.compare(ctx, l.sizes)
	if err != nil {
		return nil, err
	}
	differs := map[string][]rawEntry{}
	for i := 0; i < len(compared); {
		commit := compared[i].commit
		var parents [][]rawEntry
		for ; i < len(compared) && compared[i].commit == commit; i++ {
			parents = append(parents, compared[i].entries)
		}
		differs[commit] = combine(parents)
		for _, e := range differs[commit] {
			l.files = append(l.files, e.file(commit))
		}
		if len(parents) > 1 {
			l.entries[commit] = differs[commit]
		}
	}
	l.ofTargets = len(l.files)
	for _, t := range c.targets {
		files, err := c.repo.targetFiles(ctx, t)
		if err != nil {
			return nil, err
		}
		l.files = append(l.files, files...)
	}
	sides := slices.Clip(l.files)
	for _, entries := range l.entries {
		for _, e := range entries {
			for i := 1; i < len(e.blobs)-1; i++ { // the first parent's is in the file
				sides = append(sides, analyzers.File{OldMode: e.modes[i], OldBlob: e.blobs[i]})
			}
		}
	}
	if err := c.repo.sizes(ctx, sides, l.sizes); err != nil {
		return nil, err
	}
	for commit, entries := range differs {
		for _, e := range entries {
			if l.sizes[e.blobs[0]] > c.repo.maxBlob || l.sizes[e.blobs[1]] > c.repo.maxBlob {
				l.entries[commit] = entries
			}
		}
	}
	for _, k := range c.commits {
		if _, byText := l.entries[k.ID]; !byText && len(differs[k.ID]) > 0 {
			l.plain = append(l.plain, k)
		}
	}
	c.listed = l
	return l, nil
}

// compare compares each commit, or the index, with each of its parents. A first look finds renames without a change. Only
// where files were both added and deleted, and none is too large to read, a second one finds the others: git
// then holds the content of all of them.
func (c *content) compare(ctx context.Context, sizes map[string]int64) ([]*comparison, error) {
	var all []*comparison
	if c.staged != nil {
		for _, parent := range c.staged.parents {
			all = append(all, &comparison{parent: parent})
		}
	}
	for _, k := range c.commits {
		parents := c.parents[k.ID]
		if len(parents) < 2 {
			all = append(all, &comparison{commit: k.ID})
			continue
		}
		for _, parent := range parents {
			all = append(all, &comparison{commit: k.ID, parent: parent})
		}
	}
	if err := c.diff(ctx, all, "-M100%"); err != nil {
		return nil, err
	}
	var moved []*comparison
	var files []analyzers.File
	for _, p := range all {
		if some := p.moved(); len(some) > 0 {
			moved, files = append(moved, p), append(files, some...)
		}
	}
	if err := c.repo.sizes(ctx, files, sizes); err != nil {
		return nil, err
	}
	moved = slices.DeleteFunc(moved, func(p *comparison) bool {
		return slices.ContainsFunc(p.moved(), func(f analyzers.File) bool {
			return sizes[f.Blob] > c.repo.maxBlob || sizes[f.OldBlob] > c.repo.maxBlob
		})
	})
	return all, c.diff(ctx, moved, "-M")
}

// moved returns the additions and deletions of a comparison that has both.
func (p *comparison) moved() []analyzers.File {
	var added, deleted []analyzers.File
	for _, e := range p.entries {
		switch e.status {
		case 'A':
			added = append(added, e.file(p.commit))
		case 'D':
			deleted = append(deleted, e.file(p.commit))
		}
	}
	if len(added) == 0 || len(deleted) == 0 {
		return nil
	}
	return append(added, deleted...)
}

// diff runs diff-tree over the comparisons, or diff-index.
func (c *content) diff(ctx context.Context, list []*comparison, renames string) error {
	if len(list) == 0 {
		return nil
	}
	options := append(slices.Clone(rawOptions), renames)
	if c.staged != nil {
		return c.staged.diff(ctx, c.repo, list, options)
	}
	var lines strings.Builder
	asked := make([]string, len(list))
	for i, p := range list {
		p.entries, asked[i] = nil, p.commit
		lines.WriteString(p.line())
	}
	s, err := c.repo.start(ctx, strings.NewReader(lines.String()), slices.Concat(diffTree, options)...)
	if err != nil {
		return err
	}
	err = readRawCommits(bufio.NewReaderSize(s, 1<<16), asked, func(i int, e rawEntry) error {
		if c.paths++; c.paths > maxPaths {
			return fmt.Errorf("more than %d changed paths: %w", maxPaths, errTooMuch)
		}
		list[i].entries = append(list[i].entries, e)
		return nil
	})
	if errors.Is(err, errTooMuch) {
		s.stop()
		return err
	}
	if err != nil {
		return s.fail(err)
	}
	return s.wait()
}

// maxPaths bounds the changed paths of a Change, counted for each parent of a merge. Ten files can be a tree of a million paths;
// the largest public tree has some 400,000.
const maxPaths = 2_000_000

// diffTree names each commit before its differences, also when there are none, and shows a root commit as a whole.
var diffTree = []string{"diff-tree", "--stdin", "--root", "--always"}

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
		if o.kind != "blob" {
			return fmt.Errorf("object %s is a %s, but a tree has it for a file", o.id, o.kind)
		}
		sizes[ids[i]] = o.size
		return nil
	})
}

// A target is a tree or blob that is reached without a commit, behind a tag or named by a ref, or a tree at a revision. All
// in it counts as new: whether old history has it too, only a walk through all of that would tell.
type target struct {
	commit string // at which it is looked at; or
	ref    string // which leads to it
	id     string
	kind   string // "tree" or "blob"
}

// targetFiles lists the files of a target.
func (r *Repo) targetFiles(ctx context.Context, t target) ([]analyzers.File, error) {
	if t.kind == "blob" {
		return []analyzers.File{{Commit: t.commit, Ref: t.ref, Status: 'A', Mode: 0o100644, Blob: t.id, OldBlob: zeros(t.id)}}, nil
	}
	s, err := r.start(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", t.id)
	if err != nil {
		return nil, err
	}
	var files []analyzers.File
	for in := bufio.NewReader(s); ; {
		line, err := readField(in)
		if err == io.EOF {
			return files, s.wait()
		}
		var f analyzers.File
		var kind string
		meta, path, ok := strings.Cut(line, "\t")
		if _, scanErr := fmt.Sscanf(meta, "%o %s %s", &f.Mode, &kind, &f.Blob); err != nil || !ok || scanErr != nil {
			return nil, s.fail(fmt.Errorf("entry %.80q: %w", line, errors.Join(err, scanErr)))
		}
		f.Commit, f.Ref, f.Status, f.Path, f.OldBlob = t.commit, t.ref, 'A', path, zeros(f.Blob)
		if files = append(files, f); len(files) > maxPaths {
			s.stop()
			return nil, fmt.Errorf("more than %d paths: %w", maxPaths, errTooMuch)
		}
	}
}
