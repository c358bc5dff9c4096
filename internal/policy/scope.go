package policy

import (
	"fmt"
	"slices"

	"github.com/refward/refward/analyzers"
)

// A scope is the refs that a finding concerns. Its slices are shared by the findings of a commit.
type scope struct {
	refs   []string
	places []*place // distinct
}

// A place is what refs have in common that are judged alike.
type place struct {
	protected bool
	classes   []analyzers.Class
	sections  [][]int // of each layer, whatever paths they name; see Policy.sectionsAt
}

func (s *scope) add(ref string, at *place) {
	if n := len(s.refs); n == 0 || s.refs[n-1] != ref {
		s.refs = append(s.refs, ref)
	}
	if !slices.Contains(s.places, at) {
		s.places = append(s.places, at)
	}
}

// scopes answers which refs a finding concerns. The index is made once, of no more commits than findings name: a push
// of many refs over one long history would otherwise fill memory.
type scopes struct {
	stack    Stack
	head     string
	places   map[string]*place
	byCommit map[string]*scope
	byRef    map[string]*scope
	all      *scope
}

func scopesOf(stack Stack, in Input) scopes {
	s := scopes{stack: stack, head: in.HeadBranch, places: map[string]*place{}, byCommit: map[string]*scope{}, byRef: map[string]*scope{}, all: &scope{}}
	if in.Change != nil {
		s.index(in)
	}
	if len(s.all.places) == 0 { // no ref is known: no section is about it, and nothing says that it is not protected when one is named
		s.all.places = []*place{s.place(&analyzers.RefChange{})}
	}
	return s
}

func (s *scopes) index(in Input) {
	for _, o := range in.Outcomes {
		for _, f := range o.Result.Findings {
			if f.Commit != "" && f.Ref == "" && s.byCommit[f.Commit] == nil {
				s.byCommit[f.Commit] = &scope{}
			}
		}
	}
	byIndex := make([]*scope, len(in.Change.Commits))
	for i, c := range in.Change.Commits {
		byIndex[i] = s.byCommit[c.ID]
	}
	for i := range in.Change.Refs {
		r := &in.Change.Refs[i]
		at := s.place(r)
		s.all.add(r.Ref, at)
		if s.byRef[r.Ref] == nil {
			s.byRef[r.Ref] = &scope{}
		}
		s.byRef[r.Ref].add(r.Ref, at)
		for _, c := range r.Commits {
			if c >= 0 && c < len(byIndex) && byIndex[c] != nil {
				byIndex[c].add(r.Ref, at)
			}
		}
	}
}

// place returns where a ref is judged.
func (s *scopes) place(r *analyzers.RefChange) *place {
	at := place{protected: r.Protected}
	for _, c := range r.Classes {
		at.classes = append(at.classes, c.Class)
	}
	if len(at.classes) == 0 { // nobody has asked: that must not mean that no gate counts
		at.classes = analyzers.Classes()
		if len(r.Ref) == 0 {
			at.classes = []analyzers.Class{analyzers.Feature}
		}
	}
	for _, p := range s.stack {
		at.sections = append(at.sections, p.sectionsAt(r.Ref, s.head))
	}
	key := fmt.Sprint(at.protected, at.classes, at.sections)
	if s.places[key] == nil {
		s.places[key] = &at
	}
	return s.places[key]
}

func (s *scopes) of(f *analyzers.Finding) *scope {
	if f.Ref != "" {
		if named := s.byRef[f.Ref]; named != nil {
			return named
		}
		// A ref that nobody pushes: nothing says that it is not protected.
		return &scope{refs: []string{f.Ref}, places: []*place{s.place(&analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: f.Ref}, Protected: true})}}
	}
	if c := s.byCommit[f.Commit]; c != nil && len(c.refs) > 0 {
		return c
	}
	return s.all
}
