package policy

import (
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
)

// Input is what [Decide] weighs.
type Input struct {
	Change   *analyzers.Change
	Outcomes []analyzers.Outcome

	// Layers says for each outcome which layer alone weighs it, since it ran with that layer's options: an index into the
	// stack, or AllLayers. nil = all layers weigh all outcomes.
	Layers []int

	// Allow says which findings may stay; nil = none.
	Allow *allow.Set

	Essential map[string]bool // analyzers whose failure no policy softens; see EssentialOf
	Client    bool            // a developer's own hook, where running out of time only warns: the server judges again
}

// AllLayers stands in [Input] for an outcome that every layer weighs.
const AllLayers = -1

// Allowable reports whether the findings of an analyzer can be allowed at all. Of the essential ones these are secrets alone: a
// fingerprint tells one secret from another, whereas malformed objects and forged refs are never somebody's old ones.
func Allowable(analyzer string, essential bool) bool { return analyzer == "secrets" || !essential }

// allowable is Allowable for an analyzer of the outcomes. Without the list of those that are essential, all count as such.
func (in *Input) allowable(analyzer string) bool {
	return Allowable(analyzer, in.Essential == nil || in.Essential[analyzer])
}

// layers returns those of the stack that weigh an outcome.
func (in *Input) layers(stack Stack, outcome int) Stack {
	if in.Layers == nil || in.Layers[outcome] == AllLayers {
		return stack
	}
	return stack[in.Layers[outcome]:][:1]
}

// Decide weighs what the analyzers found. It is pure, does not depend on the order of outcomes or findings, and adding a
// finding or a layer never makes the verdict milder. What in.Allow lets stay is shown as information and refuses nothing.
//
// Refused wins over Unchecked: that something is forbidden is certain, whatever else could not be looked at. Only layers
// that enforce give an exit code; when just observing ones object, the verdict says so, in Mode too, and accepts.
func Decide(stack Stack, in Input) Verdict {
	if len(stack) == 0 || slices.Contains(stack, nil) {
		// Nobody to ask is not the same as nothing to object to.
		return Verdict{Result: Unchecked, Mode: Enforce, Exit: ExitUnchecked,
			Failures: []Failure{{Analyzer: "policy", Reason: "there is no policy to judge by"}}}
	}
	v := Verdict{Result: Accepted, Mode: stack.Mode(), Exit: ExitAccepted}
	if v.Mode == Off {
		return v
	}
	j := judge{scopes: scopesOf(in), key: stack.FingerprintKey(), in: &in}
	for k, o := range in.Outcomes {
		j.stack = in.layers(stack, k)
		for i := range o.Result.Findings {
			if f, shown := j.finding(o.Analyzer, &o.Result.Findings[i]); shown {
				v.Findings = append(v.Findings, f)
			}
		}
		if o.Err != nil || o.TimedOut {
			v.Failures = append(v.Failures, j.failure(o, in))
		}
	}
	v.Findings = sorted(v.Findings)
	switch {
	case j.enforcing.refuses:
		v.Result, v.Mode, v.Exit = Refused, Enforce, ExitRefused
	case j.enforcing.unsure:
		v.Result, v.Mode, v.Exit = Unchecked, Enforce, ExitUnchecked
	case j.observing.refuses:
		v.Result, v.Mode = Refused, Observe
	case j.observing.unsure:
		v.Result, v.Mode = Unchecked, Observe
	}
	return v
}

// A judge holds what is the same for every finding, and what they come to.
type judge struct {
	stack                Stack // the layers that weigh the outcome at hand
	scopes               scopes
	key                  string
	in                   *Input
	enforcing, observing struct{ refuses, unsure bool }
}

func (j *judge) finding(analyzer string, f *analyzers.Finding) (Finding, bool) {
	scope := j.scopes.of(f)
	out := Finding{
		Finding:     *f,
		Analyzer:    analyzer,
		Refs:        scope.refs,
		Fingerprint: Fingerprint(j.key, analyzer, f.Rule, f.Path, f.Key),
	}
	if out.Allowable = j.in.allowable(analyzer); out.Allowable {
		out.Allowed, out.Denied = j.in.Allow.Of(analyzer, f, out.Fingerprint)
	}
	action := Skip
	for _, p := range j.stack {
		if p.Mode == Off {
			continue
		}
		a := p.gateOf(analyzer, f, scope.protected)
		if a.rank() == Block.rank() && out.Allowed == "" {
			if p.Mode == Observe {
				j.observing.refuses = true
			} else {
				j.enforcing.refuses = true
			}
		}
		action = stricter(action, a)
	}
	out.Level = action.level()
	if out.Allowed != "" {
		out.Level = LevelInfo
	}
	return out, action != Skip
}

func (j *judge) failure(o analyzers.Outcome, in Input) Failure {
	f := Failure{Analyzer: o.Analyzer, TimedOut: o.TimedOut, Softened: true, Reason: "ran out of time"}
	if o.Err != nil {
		f.Reason = strings.Join(strings.Fields(o.Err.Error()), " ")
	}
	if in.Client && o.TimedOut {
		return f
	}
	for _, p := range j.stack {
		if p.Mode == Off || p.OnError[o.Analyzer] == ErrorWarn && !in.Essential[o.Analyzer] {
			continue
		}
		f.Softened = false
		if p.Mode == Observe {
			j.observing.unsure = true
		} else {
			j.enforcing.unsure = true
		}
	}
	return f
}

// A scope is the refs that a finding concerns. Its slice is shared by the findings of a commit.
type scope struct {
	refs      []string
	protected bool // one of them is
}

func (s *scope) add(r *analyzers.RefChange) {
	s.protected = s.protected || r.Protected
	if n := len(s.refs); n == 0 || s.refs[n-1] != r.Ref {
		s.refs = append(s.refs, r.Ref)
	}
}

// scopes answers which refs a finding concerns. The index is made once, of no more commits than findings name: a push
// of many refs over one long history would otherwise fill memory.
type scopes struct {
	byCommit map[string]*scope
	byRef    map[string]*scope
	all      *scope
}

func scopesOf(in Input) scopes {
	s := scopes{byCommit: map[string]*scope{}, byRef: map[string]*scope{}, all: &scope{}}
	if in.Change == nil {
		return s
	}
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
		s.all.add(r)
		if s.byRef[r.Ref] == nil {
			s.byRef[r.Ref] = &scope{}
		}
		s.byRef[r.Ref].add(r)
		for _, c := range r.Commits {
			if c >= 0 && c < len(byIndex) && byIndex[c] != nil {
				byIndex[c].add(r)
			}
		}
	}
	return s
}

func (s scopes) of(f *analyzers.Finding) *scope {
	if f.Ref != "" {
		if named := s.byRef[f.Ref]; named != nil {
			return named
		}
		// A ref that nobody pushes: nothing says that it is not protected.
		return &scope{refs: []string{f.Ref}, protected: true}
	}
	if c := s.byCommit[f.Commit]; c != nil && len(c.refs) > 0 {
		return c
	}
	return s.all
}
