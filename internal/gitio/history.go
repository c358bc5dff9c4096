package gitio

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A graph is a set of commits with their parents, as git sees them in a shallow repository too.
type graph struct {
	order   []string // parents first
	parents map[string][]string
}

// revList returns the commits that the tips reach and the boundary does not. A boundary is "--all" or ids.
func (r *Repo) revList(ctx context.Context, tips []string, boundary ...string) (*graph, error) {
	g := &graph{parents: map[string][]string{}}
	if len(tips) == 0 {
		return g, nil
	}
	// Ids go through stdin: an argument list has an end. Before git 2.42 "--stdin" takes ids and "^id", but no options.
	var in strings.Builder
	for _, id := range tips {
		in.WriteString(id + "\n")
	}
	args := []string{"rev-list", "--topo-order", "--reverse", "--parents", "--stdin"}
	for _, b := range boundary {
		if strings.HasPrefix(b, "--") {
			args = append(args, "--not", b)
		} else {
			in.WriteString("^" + b + "\n")
		}
	}
	out, err := r.output(ctx, strings.NewReader(in.String()), args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		ids := strings.Fields(line)
		if len(ids) == 0 {
			return nil, errors.New("git rev-list: an empty line")
		}
		g.order = append(g.order, ids[0])
		g.parents[ids[0]] = ids[1:]
	}
	return g, nil
}

// union returns the commits of both graphs. Either may hold ancestors of the other's, so the order is made anew.
func (g *graph) union(h *graph) *graph {
	if len(h.order) == 0 {
		return g
	}
	if len(g.order) == 0 {
		return h
	}
	u := &graph{parents: make(map[string][]string, len(g.parents)+len(h.parents))}
	for _, from := range []*graph{h, g} {
		for id, parents := range from.parents {
			u.parents[id] = parents
		}
	}
	placed := map[string]bool{}
	for _, id := range slices.Concat(h.order, g.order) {
		u.place(id, placed)
	}
	return u
}

// place appends a commit to the order, after its ancestors. Histories are deep, so it keeps its own stack.
func (g *graph) place(id string, placed map[string]bool) {
	type frame struct {
		id   string
		next int // the parent to look at
	}
	stack := []frame{{id: id}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		parents, in := g.parents[top.id]
		switch {
		case !in || placed[top.id]:
			stack = stack[:len(stack)-1]
		case top.next < len(parents):
			top.next++
			stack = append(stack, frame{id: parents[top.next-1]})
		default:
			placed[top.id] = true
			g.order = append(g.order, top.id)
			stack = stack[:len(stack)-1]
		}
	}
}

// reachable returns the commits of the graph that the tip reaches, the tip included. A path between two commits of
// the graph never leaves it: what bounds it bounds all its ancestors.
func (g *graph) reachable(tip string) []string {
	var found []string
	seen := map[string]bool{}
	todo := []string{tip}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		parents, in := g.parents[id]
		if !in || seen[id] {
			continue
		}
		seen[id] = true
		found = append(found, id)
		todo = append(todo, parents...)
	}
	return found
}

// reaches reports whether a walk from the tip through the graph meets id, be it in the graph or a parent at its edge.
func (g *graph) reaches(tip, id string) bool {
	if tip == id {
		return true
	}
	for _, k := range g.reachable(tip) {
		if slices.Contains(g.parents[k], id) {
			return true
		}
	}
	return false
}

// isAncestor reports whether the old commit is the new one or an ancestor of it. Most often the graph of new commits shows it;
// else git is asked.
func (r *Repo) isAncestor(ctx context.Context, g *graph, old, new string) (bool, error) {
	if g.reaches(new, old) {
		return true, nil
	}
	if o, err := r.objects.info(ctx, old); errors.Is(err, ErrNotExist) {
		return false, nil // a client has not fetched it
	} else if err != nil {
		return false, err
	} else if o.kind != "commit" {
		return false, nil
	}
	_, err := r.output(ctx, nil, "merge-base", "--is-ancestor", old, new)
	if exitCode(err) == 1 && ctx.Err() == nil {
		return false, nil
	}
	return err == nil, err
}

// commits reads commits in the order of ids.
func (r *Repo) commits(ctx context.Context, ids []string) ([]*analyzers.Commit, error) {
	commits := make([]*analyzers.Commit, len(ids))
	total := int64(0)
	err := r.objects.each(ctx, "contents", ids, r.maxHeader, func(i int, o objectInfo, raw []byte, err error) error {
		if err != nil {
			return err
		}
		if o.kind != "commit" {
			return fmt.Errorf("object %s is a %s, not a commit", ids[i], o.kind)
		}
		if total += o.size; total > maxHeaders {
			return fmt.Errorf("the commits have more than %d bytes: %w", maxHeaders, errTooMuch)
		}
		commits[i] = decodeCommit(o.id, raw)
		if raw == nil {
			commits[i].Defects = []string{r.tooLongHeader(o)}
		}
		return nil
	})
	return commits, err
}

// tag reads a tag.
func (r *Repo) tag(ctx context.Context, id string) (*analyzers.Tag, error) {
	o, raw, err := r.objects.read(ctx, id, r.maxHeader)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, errors.New(r.tooLongHeader(o)) // its target is not known
	}
	return decodeTag(o.id, raw), nil
}

func (r *Repo) tooLongHeader(o objectInfo) string {
	return fmt.Sprintf("%s of %d bytes, at most %d are read", o.kind, o.size, r.maxHeader)
}

// revertedID finds what a commit says that it reverts. The words are only a hint where to look.
var revertedID = regexp.MustCompile(`(?m)^This reverts commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b`)

// maxReverts bounds the attempts to prove a revert in one push, each at the cost of two comparisons. Further ones are judged like
// any commit.
const maxReverts = 100

// proveReverts sets Reverts on each commit whose change is exactly the inverse of the change of one of its ancestors. A
// commit that just says so is not exempt from anything.
func (r *Repo) proveReverts(ctx context.Context, commits []*analyzers.Commit, g *graph) error {
	tried := 0
	for _, k := range commits {
		m := revertedID.FindStringSubmatch(k.Message)
		if m == nil || len(g.parents[k.ID]) != 1 || tried >= maxReverts {
			continue
		}
		before := g.parents[k.ID][0]
		tried++
		o, raw, err := r.objects.read(ctx, m[1], r.maxHeader)
		if errors.Is(err, ErrNotExist) || err == nil && (o.kind != "commit" || raw == nil) {
			continue
		}
		if err != nil {
			return err
		}
		old := decodeCommit(o.id, raw)
		if ok, err := r.isAncestor(ctx, g, old.ID, before); err != nil {
			return err
		} else if !ok {
			continue
		}
		for _, parent := range old.Parents {
			if _, err := r.objects.info(ctx, parent); errors.Is(err, ErrNotExist) {
				continue // beyond the edge of a shallow repository
			} else if err != nil {
				return err
			}
			undone, err := r.inverse(ctx, parent, old.ID, before, k.ID)
			if err != nil {
				return err
			}
			if undone {
				k.Reverts = old.ID
				break
			}
			if tried++; tried >= maxReverts {
				break
			}
		}
	}
	return nil
}

// inverse reports whether the change from c to d takes back exactly the change from a to b.
func (r *Repo) inverse(ctx context.Context, a, b, c, d string) (bool, error) {
	options := []string{"diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none"}
	done, err := r.output(ctx, nil, append(options, b, a)...)
	if err != nil {
		return false, err
	}
	undone, err := r.output(ctx, nil, append(options, c, d)...)
	return err == nil && len(undone) > 0 && string(done) == string(undone), err
}
