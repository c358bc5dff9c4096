package gitio

import (
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// A tip is where a ref would be, and what tells how its tree was before.
type tip struct {
	commit string // "" = the ref is deleted, or names no commit
	news   []int  // indexes into content.commits of what the ref would gain
	whole  bool   // all of the tree counts as new
}

// tipOf returns the tip of a ref that is to name a commit, "" = none.
func tipOf(ref *analyzers.RefChange, commit string) tip {
	return tip{commit: commit, news: ref.Commits}
}

// Trees implements [analyzers.Content]. No directory is read before someone looks into it.
func (c *content) Trees(ctx context.Context, ref int) (analyzers.Trees, error) {
	var trees analyzers.Trees
	var before []string
	switch {
	case c.staged != nil && ref == 0:
		trees.After = c.tree(ctx, &indexDirs{read: sync.OnceValues(func() (*indexDir, error) { return c.index(ctx) })})
		before = c.staged
	case ref < 0 || ref >= len(c.tips):
		return trees, fmt.Errorf("the change has no ref %d", ref)
	case c.tips[ref].commit != "":
		t := c.tips[ref]
		id, err := c.treeOf(ctx, t.commit)
		if err != nil {
			return trees, err
		}
		trees.Commit, trees.After = t.commit, c.tree(ctx, newObjectDirs(c.directories(), id))
		before = c.before(t)
	}
	seen := map[string]bool{}
	for _, commit := range before {
		if source.IsEmptyTree(commit) { // what an index without a parent is compared with
			continue
		}
		id, err := c.treeOf(ctx, commit)
		if err != nil {
			return analyzers.Trees{}, err
		}
		if !seen[id] {
			seen[id] = true
			trees.Before = append(trees.Before, c.tree(ctx, newObjectDirs(c.directories(), id)))
		}
	}
	return trees, nil
}

func (c *content) tree(ctx context.Context, dirs directories) *tree {
	return &tree{ctx: ctx, src: c.src, maxBlob: c.maxBlob, dirs: dirs}
}

// directories returns what reads directories for all trees of the change, which as a rule have most in common.
func (c *content) directories() *treeReader {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trees == nil {
		c.trees = &treeReader{src: c.src, max: treeCache}
	}
	return c.trees
}

// maxBefore bounds the commits at which new ones begin. A merge of more branches than that is rare; of those that are left out, what came
// with them counts as new.
const maxBefore = 8

// before returns the commits whose trees were there before: those at which the ref's new commits begin. The ref's old commit alone would not do:
// what a merge brings from another branch was there as well. They are found line by line: along the first parents of the tip, then of the
// other parents in the order in which merges have them, from the newest merge on. A tip that is not new itself is where nothing begins.
func (c *content) before(t tip) []string {
	if t.whole {
		return nil
	}
	isNew := make(map[string]bool, len(t.news))
	for _, i := range t.news {
		isNew[c.commits[i].ID] = true
	}
	var found []string
	seen := map[string]bool{}
	for lines := []string{t.commit}; len(lines) > 0 && len(found) < maxBefore; {
		id := lines[0]
		lines = lines[1:]
		for !seen[id] {
			seen[id] = true
			if !isNew[id] {
				found = append(found, id)
				break
			}
			parents := c.parents[id]
			if len(parents) == 0 {
				break
			}
			id, lines = parents[0], append(lines, parents[1:]...)
		}
	}
	return found
}

// maxTreeCommit is the size in bytes of the largest commit whose tree is found, whatever else is judged of it.
const maxTreeCommit = 64 << 20

// treeOf returns the bytes of the id of a commit's tree, as git reads it: the first line must name it (commit.c).
func (c *content) treeOf(ctx context.Context, commit string) (string, error) {
	o, raw, err := c.src.Read(ctx, commit, maxTreeCommit)
	if err != nil {
		return "", unreadable{err}
	}
	if o.Kind != "commit" {
		return "", fmt.Errorf("object %s is a %s, not a commit", commit, o.Kind)
	}
	if raw == nil {
		return "", fmt.Errorf("commit %s: %d bytes, at most %d are read", commit, o.Size, maxTreeCommit)
	}
	line, _, _ := strings.Cut(string(raw[:min(len(raw), 100)]), "\n")
	name, ok := strings.CutPrefix(line, "tree ")
	id, err := hex.DecodeString(name)
	if !ok || err != nil || len(name) != len(commit) {
		return "", fmt.Errorf("commit %s names no tree", commit)
	}
	return string(id), nil
}

// indexDirs are the directories of the index, which has none of its own.
type indexDirs struct {
	read func() (*indexDir, error)
}

type indexDir struct {
	directory
	below map[string]*indexDir
}

func (i *indexDirs) at(_ context.Context, name string) (directory, error) {
	dir, err := i.read()
	if err != nil {
		return nil, err
	}
	for element := range strings.SplitSeq(name, "/") {
		if name == "" {
			break
		}
		if dir = dir.below[element]; dir == nil {
			return nil, fs.ErrNotExist
		}
	}
	return dir.directory, nil
}

// index reads what git commit would make a tree of: no unmerged files, and none that "git add --intent-to-add" only announced, of which
// ls-files would not tell. Compared with nothing, all of the index differs.
func (c *content) index(ctx context.Context) (*indexDir, error) {
	k := &source.Comparison{Parents: []string{source.EmptyTree(c.staged[0])}}
	if err := c.src.Compare(ctx, []*source.Comparison{k}, source.Renames{}); err != nil {
		return nil, unreadable{err}
	}
	root := &indexDir{}
	for i := range k.Entries {
		e := &k.Entries[i]
		side := e.Result()
		if side.Mode == 0 || e.Status == 'U' {
			continue
		}
		id, err := hex.DecodeString(side.ID)
		if err != nil {
			return nil, fmt.Errorf("%q in the index: %w", e.Path, err)
		}
		dir, base := root, e.Path
		for {
			name, rest, more := strings.Cut(base, "/")
			if !more {
				break
			}
			dir, base = dir.child(name), rest
		}
		dir.directory = append(dir.directory, treeEntry{base, string(id), treeMode(fmt.Sprintf("%o", side.Mode))})
	}
	return root, root.sort()
}

// child returns a directory below, made when it is not there yet.
func (d *indexDir) child(name string) *indexDir {
	below := d.below[name]
	if below == nil {
		if d.below == nil {
			d.below = map[string]*indexDir{}
		}
		below = &indexDir{}
		d.below[name] = below
		d.directory = append(d.directory, treeEntry{name: name, mode: source.ModeDir})
	}
	return below
}

// sort puts the entries of a directory and of all below into order.
func (d *indexDir) sort() error {
	for todo := []*indexDir{d}; len(todo) > 0; {
		d := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		var err error
		if d.directory, err = newDirectory(d.directory); err != nil {
			return fmt.Errorf("index: %w", err)
		}
		for _, below := range d.below {
			todo = append(todo, below)
		}
	}
	return nil
}
