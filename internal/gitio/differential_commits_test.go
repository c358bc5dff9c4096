//go:build unix

package gitio

import (
	"reflect"
	"slices"
	"testing"

	"github.com/refward/refward/analyzers"
)

// A truth is what is known of a Change without reading anything.
type truth struct {
	commits []map[string]bool // of each ref
	forward []bool
	skewed  bool            // dates lie
	edge    map[string]bool // commits whose parents do not count
}

// truth returns for each ref of a Change which commits are new, from the parents alone, and whether it moves forward.
func (l *layout) truth(c *analyzers.Change) *truth {
	k := &truth{skewed: l.skewed, edge: l.edge}
	for _, r := range c.Refs {
		commits, old := map[string]bool{}, map[string]bool{}
		switch {
		case c.Kind == analyzers.KindTree:
			commits[r.New] = true
		case c.Kind != analyzers.KindPush:
			old = l.reach(l.edge, r.Old)
		case r.Protected:
			for name, id := range l.refs {
				if protectSome(name, "") {
					for id := range l.reach(l.edge, id) {
						old[id] = true
					}
				}
			}
		default:
			old = l.reach(l.edge, l.tips()...)
		}
		reached := l.reach(l.edge, r.New)
		if c.Kind != analyzers.KindTree {
			for id := range reached {
				if !old[id] {
					commits[id] = true
				}
			}
		}
		k.commits = append(k.commits, commits)
		k.forward = append(k.forward, c.Kind == analyzers.KindTree || r.Creates() || reached[r.Old])
	}
	return k
}

// commits compares the commits and returns those that both have.
func (n *comparison) commits(t *testing.T, theirs, ours *analyzers.Change, known *truth) map[string]bool {
	byID := map[string]*analyzers.Commit{}
	for _, k := range theirs.Commits {
		byID[k.ID] = k
	}
	common := map[string]bool{}
	for _, k := range ours.Commits {
		n.Commits++
		other, there := byID[k.ID]
		if !there {
			t.Errorf("only we say that commit %s (%s) is new", k.ID, k.Subject())
			continue
		}
		common[k.ID] = true
		if !reflect.DeepEqual(k, other) {
			t.Errorf("git reads commit %s as %+v, we as %+v", k.ID, other, k)
		}
	}
	for _, c := range []*analyzers.Change{theirs, ours} {
		place := map[string]int{}
		for i, k := range c.Commits {
			place[k.ID] = i + 1
		}
		for i, k := range c.Commits {
			for _, p := range k.Parents {
				if place[p] > i+1 && (known == nil || !known.edge[k.ID]) {
					t.Errorf("%s comes before its parent %s", k.ID, p)
				}
			}
		}
	}
	// A set of git's may be larger where clocks went wrong: rev-list stops to look for what is known when dates have been too old for
	// long ("SLOP" in revision.c). The truth is in the parents, and what the built-in reader says.
	if len(theirs.Refs) != len(ours.Refs) {
		t.Fatalf("git reads %d refs, we %d", len(theirs.Refs), len(ours.Refs))
	}
	for i, r := range ours.Refs {
		got, said := idsOf(ours, i), idsOf(theirs, i)
		if known != nil {
			if want := sortedPaths(known.commits[i]); !slices.Equal(got, want) {
				t.Errorf("%s: we say that %q are new, but it is %q", r.Ref, got, want)
			}
			if r.FastForward != known.forward[i] {
				t.Errorf("%s: we say that fast-forward is %t", r.Ref, r.FastForward)
			}
		}
		if known == nil || !known.skewed {
			if !slices.Equal(got, said) {
				t.Errorf("%s: git says that %q are new, we %q", r.Ref, said, got)
			}
		} else if missing := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return slices.Contains(said, id) }); len(missing) > 0 {
			t.Errorf("%s: git does not say that %q are new", r.Ref, missing)
		}
		var tags [2][]string
		for k, c := range []*analyzers.Change{theirs, ours} {
			for _, at := range c.Refs[i].Tags {
				tags[k] = append(tags[k], c.Tags[at].ID)
			}
		}
		other := theirs.Refs[i]
		r.Commits, r.Tags, other.Commits, other.Tags = nil, nil, nil, nil
		if our, their := reviewsOf(t, r), reviewsOf(t, other); !reflect.DeepEqual(our, their) {
			t.Errorf("of %s git reads the reviews %+v, we %+v", r.Ref, their, our)
		}
		r.Reviews, other.Reviews = nil, nil // functions are not compared
		if !reflect.DeepEqual(r, other) || !slices.Equal(tags[0], tags[1]) {
			t.Errorf("git reads %+v with the tags %q, we %+v with %q", other, tags[0], r, tags[1])
		}
	}
	return common
}

func idsOf(c *analyzers.Change, ref int) []string {
	ids := []string{}
	for _, i := range c.Refs[ref].Commits {
		ids = append(ids, c.Commits[i].ID)
	}
	slices.Sort(ids)
	return ids
}
