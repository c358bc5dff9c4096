package gitio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/plumbing"
	"github.com/refward/refward/internal/gitio/source"
)

// Ahead is what a commit has that the protected branches do not.
type Ahead struct {
	Tip     string
	Bases   []string            // full names of the refs that stand for protected branches here, sorted; none = everything is new
	Commits []*analyzers.Commit // parents first
	Fork    string              // full id of the commit that Tip and Bases have in common; "" = there is none

	graph   *source.Graph
	reached map[string]map[string]bool // what Reachable has found, since each statement asks it anew
}

// Ahead returns what the commit tip, a full id, has that no protected branch of a remote has, as it was when last fetched. Without any such branch
// those of the repository itself count, but for the one that HEAD names. Where the history is cut off before that is known, it returns [ErrShallow].
func (r *Repo) Ahead(ctx context.Context, tip, remote string, protected func(ref string) bool) (*Ahead, error) {
	a := &Ahead{Tip: tip}
	bases := map[string]string{}
	collect := func(prefix, but string) error {
		all, err := r.refs(ctx, []string{prefix})
		if err != nil {
			return err
		}
		for name, stored := range all {
			if branch := "refs/heads/" + strings.TrimPrefix(name, prefix); stored.ID != "" && stored.Target == "" && branch != but && protected(branch) {
				bases[name] = stored.ID
			}
		}
		return nil
	}
	if remote != "" {
		if err := collect("refs/remotes/"+remote+"/", ""); err != nil {
			return nil, err
		}
	}
	if len(bases) == 0 {
		head, err := r.HeadBranch(ctx)
		if err != nil {
			return nil, err
		}
		if err := collect("refs/heads/", head); err != nil {
			return nil, err
		}
	}
	var near []string
	for name, id := range bases {
		a.Bases, near = append(a.Bases, name), append(near, id)
	}
	slices.Sort(a.Bases)
	slices.Sort(near)
	near = slices.Compact(near)
	g, err := r.New(ctx, []string{tip}, source.Boundary{Near: near})
	if err != nil {
		return nil, err
	}
	a.graph = g
	if a.Commits, err = r.commits(ctx, g.Order); err != nil {
		return nil, err
	}
	for _, k := range a.Commits {
		if len(k.Parents) != len(g.Parents[k.ID]) {
			return nil, fmt.Errorf("%w at commit %s: run \"git fetch --unshallow\"", ErrShallow, k.ID)
		}
	}
	if len(near) > 0 {
		out, err := r.git.Output(ctx, nil, append([]string{"merge-base", tip}, near...)...)
		if err == nil {
			a.Fork = strings.TrimSpace(string(out))
		} else if plumbing.ExitCode(err) != 1 { // git-merge-base(1): there is none
			return nil, err
		}
	}
	return a, nil
}

// Reachable returns which of the commits are the commit with an id or lead to it. The map is shared, and not to be changed.
func (a *Ahead) Reachable(id string) map[string]bool {
	if reached, known := a.reached[id]; known {
		return reached
	}
	reached := map[string]bool{}
	for _, k := range a.graph.Reachable(id) {
		reached[k] = true
	}
	if a.reached == nil {
		a.reached = map[string]map[string]bool{}
	}
	a.reached[id] = reached
	return reached
}

// Statements returns the tags that the refs below [analyzers.ReviewPrefix] hold whose names have one of some commits, by the names of the refs. What
// cannot be read as a tag is left out: others may push anything there.
func (r *Repo) Statements(ctx context.Context, commits []*analyzers.Commit) (map[string]*analyzers.Tag, error) {
	about := make(map[string]bool, len(commits))
	for _, k := range commits {
		about[k.ID] = true
	}
	all, err := r.refs(ctx, []string{analyzers.ReviewPrefix})
	if err != nil {
		return nil, err
	}
	var names, ids []string
	for name, stored := range all {
		commit, _, ok := strings.Cut(strings.TrimPrefix(name, analyzers.ReviewPrefix), "/")
		if ok && about[commit] && stored.ID != "" && stored.Target == "" {
			names = append(names, name)
		}
	}
	if len(names) > maxReviews {
		return nil, fmt.Errorf("more than %d statements about what is new: delete some under %s: %w", maxReviews, analyzers.ReviewPrefix, source.ErrTooMuch)
	}
	slices.Sort(names)
	for _, name := range names {
		ids = append(ids, all[name].ID)
	}
	found := map[string]*analyzers.Tag{}
	err = r.ReadAll(ctx, ids, r.maxHeader, func(i int, o source.Object, raw []byte, err error) error {
		if errors.Is(err, ErrNotExist) {
			return nil
		}
		if err != nil || o.Kind != "tag" || raw == nil {
			return err
		}
		found[names[i]] = decodeTag(o.ID, raw)
		return nil
	})
	return found, err
}

// ChangedLines counts the lines that are added and removed from one commit to another, both full ids, as a server does of a statement: what the
// attributes of the author's files make of a diff changes nothing. It is -1 where a file has no lines, or there is too much to read. Without old, all
// of the lines of new are counted, those of a binary file too.
func (r *Repo) ChangedLines(ctx context.Context, old, new string) (int64, error) {
	if old != "" {
		return r.changedLines(ctx, old, new)
	}
	empty, err := r.emptyTree(ctx)
	if err != nil {
		return 0, err
	}
	// With --text, neither the attribute "-diff" nor a driver says that a file is binary (git-diff-tree(1), gitattributes(5)).
	out, err := r.git.Output(ctx, nil, "diff-tree", "-r", "-z", "--numstat", "--text", "--no-renames", "--no-ext-diff", "--no-textconv", empty, new)
	if err != nil {
		return 0, err
	}
	lines := int64(0)
	for row := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if row == "" {
			continue
		}
		added, _, _ := strings.Cut(row, "\t")
		n, err := strconv.ParseInt(added, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("git diff-tree: a line that is not understood: %.80q", row)
		}
		lines += n
	}
	return lines, nil
}

// Remote returns the name of the remote that is meant where none is given: "origin", or the only one; "" where there is none to choose.
func (r *Repo) Remote(ctx context.Context) (string, error) {
	out, err := r.git.Output(ctx, nil, "remote")
	if err != nil {
		return "", err
	}
	names := strings.Fields(string(out))
	switch {
	case slices.Contains(names, "origin"):
		return "origin", nil
	case len(names) == 1:
		return names[0], nil
	}
	return "", nil
}
