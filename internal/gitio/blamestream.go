package gitio

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/plumbing"
	"github.com/refward/refward/internal/gitio/source"
)

// What the owner of a line is found with: git's own walk and git's own diffs, since only these are what git blame sees.
type (
	Ancestry   = plumbing.Ancestry   // a walk, children first
	CommitPair = plumbing.CommitPair // a commit and parents to compare it with
	Scratch    = plumbing.Scratch    // compares blobs in the numbers of a whole history
	LineHunk   = plumbing.LineHunk   // lines that differ
	BlobPair   = plumbing.BlobPair   // two versions
	Moved      = plumbing.Moved      // a file that one side lacks
	Entry      = source.Entry        // a path that differs
	Side       = source.Side         // a version of it
	Object     = source.Object       // what is known of an object without its content
)

// HasContent reports whether a tree entry of the mode names a blob.
func HasContent(mode uint32) bool { return source.HasContent(mode) }

// ModeType is the part of a mode that tells files, symbolic links and submodules apart.
const ModeType = source.ModeType

// Ancestry walks from tips to all that they reach and the commits in not do not, each commit after all its children.
func (r *Repo) Ancestry(ctx context.Context, tips, not []string) (*Ancestry, error) {
	return r.git.Ancestry(ctx, tips, not)
}

// Since returns the commits that tip reaches and old does not, each after all its children, with their parents; as Ancestry, for few commits.
func (r *Repo) Since(ctx context.Context, tip, old string) (ids []string, parents map[string][]string, err error) {
	g, err := r.New(ctx, []string{tip}, source.Boundary{Near: []string{old}})
	if err != nil {
		return nil, nil, err
	}
	slices.Reverse(g.Order)
	return g.Order, g.Parents, nil
}

// ShallowEdge returns the commits whose parents a shallow repository does not have, ascending (gitrepository-layout(5), "shallow").
func (r *Repo) ShallowEdge() ([]string, error) {
	data, err := os.ReadFile(filepath.Join(r.CommonDir(), "shallow")) // #nosec G304 -- of the repository
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("edge of a shallow repository: %w", err)
	}
	ids := strings.Fields(string(data))
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// MergeBase returns the best commit that all of the commits reach, or "".
func (r *Repo) MergeBase(ctx context.Context, ids []string) (string, error) {
	return r.git.MergeBase(ctx, ids)
}

// Versions calls use for each path that differs between a commit and one parent, in the order of the requests; or, where all requests have
// several parents, for each path that none of those has like that. What is too much for this process is left to git.
func (r *Repo) Versions(ctx context.Context, list []CommitPair, use func(i int, e Entry) error) error {
	if !r.ReadsItself() {
		return r.git.Versions(ctx, list, use)
	}
	for i, p := range list {
		c := source.Comparison{Commit: p.Commit, Parents: p.Parents}
		err := r.Compare(ctx, []*source.Comparison{&c}, source.Renames{})
		if errors.Is(err, source.ErrTooMuch) || errors.Is(err, source.ErrUnsupported) {
			err = r.git.Versions(ctx, list[i:i+1], func(_ int, e Entry) error { return use(i, e) })
			c.Entries = nil
		}
		for j := 0; j < len(c.Entries) && err == nil; j++ {
			err = use(i, c.Entries[j])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ReadsItself reports whether objects are read in this process, which costs less than to let git read them.
func (r *Repo) ReadsItself() bool { return r.why == "" }

// NewScratch returns what compares blobs. The caller closes it.
func (r *Repo) NewScratch() (*Scratch, error) { return r.git.NewScratch() }

// CommitHeads calls use for each of the commits, in order, with what its object says. The message is in it.
func (r *Repo) CommitHeads(ctx context.Context, ids []string, use func(i int, c *analyzers.Commit) error) error {
	return r.ReadAll(ctx, ids, r.maxHeader, func(i int, o source.Object, raw []byte, err error) error {
		if err != nil {
			return err
		}
		return use(i, decodeCommit(ids[i], raw))
	})
}

// TreeFiles calls use for each file of a commit's tree, in the order of the paths.
func (r *Repo) TreeFiles(ctx context.Context, commit string, use func(mode uint32, id, path string) error) error {
	c := &content{src: r.Source, maxBlob: r.maxBlob}
	tree, err := c.treeOf(ctx, commit)
	if err != nil {
		return err
	}
	return r.Files(ctx, hexID(tree), use)
}

func hexID(id string) string { return hex.EncodeToString([]byte(id)) }
