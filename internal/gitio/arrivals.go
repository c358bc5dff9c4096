package gitio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/refward/refward/internal/gitio/plumbing"
	"github.com/refward/refward/internal/gitio/source"
)

// ScratchPrefix begins the names of directories in a repository's refward directory that a [Scratch] has as long as it is open, and that a killed
// process leaves.
const ScratchPrefix = plumbing.ScratchPrefix

// An Arrival is a commit that a branch got, by itself or with a merge.
type Arrival struct {
	ID      string
	Parents []string // full ids; none at the edge of a shallow clone
}

// Arrivals returns all that a commit tip reaches in the order in which its branch got it: along the line of first parents, and before each
// merge what came in with it. Parents are always before their children. With old, a commit of that line, only what came after it is
// returned: the end of what there is without. follows is false where old is no commit of the line; "" is before everything. Both are full ids.
//
// The order depends on nothing but the parents. Git's own orders go by dates or leave it open, so that a part would not be the end of the whole.
func (r *Repo) Arrivals(ctx context.Context, old, tip string) (list []Arrival, follows bool, err error) {
	if old == tip {
		return nil, true, nil
	}
	var not []string
	if old != "" {
		not = []string{old}
	}
	a, err := r.git.Ancestry(ctx, []string{tip}, not)
	if err != nil {
		return nil, false, fmt.Errorf("history of %s: %w", tip, err)
	}
	defer a.Close()
	var all []Arrival
	at := map[string]int{}
	for {
		ids, err := a.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, fmt.Errorf("history of %s: %w", tip, err)
		}
		at[ids[0]] = len(all)
		all = append(all, Arrival{ids[0], ids[1:]})
	}
	first, in := at[tip]
	if !in {
		return nil, false, nil // old reaches it
	}
	return arrange(all, at, first), leaves(all, at, first) == old, nil
}

// leaves returns where the line of first parents leaves the commits at hand; "" = nowhere.
func leaves(all []Arrival, at map[string]int, n int) string {
	for {
		if len(all[n].Parents) == 0 {
			return ""
		}
		next, in := at[all[n].Parents[0]]
		if !in {
			return all[n].Parents[0]
		}
		n = next
	}
}

// arrange orders commits so that each comes behind its first parent and all that this reaches, then what the second one brings, and so on.
func arrange(all []Arrival, at map[string]int, tip int) []Arrival {
	type visit struct{ n, parent int }
	out := make([]Arrival, 0, len(all))
	seen := make([]bool, len(all))
	seen[tip] = true
	stack := []visit{{n: tip}}
	for len(stack) > 0 {
		v := &stack[len(stack)-1]
		if v.parent == len(all[v.n].Parents) {
			out = append(out, all[v.n])
			stack = stack[:len(stack)-1]
			continue
		}
		n, in := at[all[v.n].Parents[v.parent]]
		v.parent++
		if in && !seen[n] {
			seen[n] = true
			stack = append(stack, visit{n: n})
		}
	}
	return out
}

// Moves calls use for each path that differs between a commit and one other, or nothing where none is given, in the order of the requests;
// a deleted file that an added one resembles is one entry with both paths. Of a commit that added or deleted a blob that is not here, only files that stayed as they
// were are known to have moved.
func (r *Repo) Moves(ctx context.Context, list []CommitPair, use func(i int, e Entry) error) error {
	return r.git.Moves(ctx, list, r.Source, use)
}

// A Span is what one commit reaches and another does not.
type Span struct {
	Fork    string    // full id of the commit where the histories part, the best by git-merge-base(1); "" = they have nothing in common
	Commits []Arrival // in the order in which a branch would get them; none where there is nothing new
}

// Span returns what new has and old has not, both full ids of commits. It is exact as [Repo.Range] is: clocks that went wrong can make it more. The new commits
// may be in quarantine.
func (r *Repo) Span(ctx context.Context, old, new string) (Span, error) {
	g, err := r.New(ctx, []string{new}, source.Boundary{Near: []string{old}})
	if err != nil {
		return Span{}, fmt.Errorf("commits between %s and %s: %w", old, new, err)
	}
	if len(g.Order) == 0 {
		return Span{Fork: new}, nil
	}
	all := make([]Arrival, len(g.Order))
	at := make(map[string]int, len(g.Order))
	for i, id := range g.Order {
		all[i], at[id] = Arrival{id, g.Parents[id]}, i
	}
	first, in := at[new]
	if !in {
		return Span{}, fmt.Errorf("commits between %s and %s: the last is not among them", old, new)
	}
	s := Span{Commits: arrange(all, at, first)}
	// All that both reach is reached by way of these.
	var edges []string
	for _, a := range all {
		for _, p := range a.Parents {
			if _, in := at[p]; !in && !slices.Contains(edges, p) {
				edges = append(edges, p)
			}
		}
	}
	switch {
	case slices.Contains(edges, old):
		s.Fork = old
	case len(edges) == 1:
		s.Fork = edges[0]
	case len(edges) > 1:
		s.Fork, err = r.Fork(ctx, old, new)
	}
	return s, err
}

// Changes calls use for what [Repo.Moves] says of one pair. Where nothing can have moved, trees alone tell it.
func (r *Repo) Changes(ctx context.Context, p CommitPair, use func(e Entry) error) error {
	if r.why == "" {
		c := &source.Comparison{Commit: p.Commit, Parents: p.Parents}
		if err := r.Compare(ctx, []*source.Comparison{c}, source.Renames{Find: true}); err != nil { // by ids, since no content is small enough
			return err
		}
		if !source.MayMove(c.Entries) {
			for _, e := range c.Entries {
				if err := use(e); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return r.Moves(ctx, []CommitPair{p}, func(_ int, e Entry) error { return use(e) })
}

// Fork returns the full id of a commit where the histories of two part, the best by git-merge-base(1); "" = they have nothing in common.
func (r *Repo) Fork(ctx context.Context, a, b string) (string, error) {
	out, err := r.git.Output(ctx, nil, "merge-base", a, b)
	if plumbing.ExitCode(err) == 1 && ctx.Err() == nil {
		return "", nil
	}
	return strings.TrimSpace(string(out)), err
}

// Prefix returns where the working directory is in the work tree, "" at its top (git-rev-parse(1), "--show-prefix").
func (r *Repo) Prefix(ctx context.Context) (string, error) {
	out, err := plumbing.New(r.user).Output(ctx, nil, "rev-parse", "--show-prefix")
	return strings.TrimSuffix(string(out), "\n"), err
}
