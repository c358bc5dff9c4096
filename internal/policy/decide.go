package policy

import (
	"fmt"
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

	// Old has for each layer the ids of the commits that are older than its EnforceFrom; nil = none is.
	Old []map[string]bool

	HeadBranch string // full name of the branch that HEAD names, for sections; "" = not known

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

// layers returns those of n layers that weigh an outcome, by their index.
func (in *Input) layers(n, outcome int) []int {
	if in.Layers != nil && in.Layers[outcome] != AllLayers {
		return []int{in.Layers[outcome]}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
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
	j := judge{stack: stack, scopes: scopesOf(stack, in), key: stack.FingerprintKey(), in: &in, gates: map[string]Gates{}}
	v.Mode = j.mode()
	for k, o := range in.Outcomes {
		j.layers = in.layers(len(stack), k)
		for i := range o.Result.Findings {
			if f, shown := j.finding(o.Analyzer, &o.Result.Findings[i]); shown {
				v.Findings = append(v.Findings, f)
			}
		}
		if o.Err != nil || o.TimedOut {
			v.Failures = append(v.Failures, j.failure(o))
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
	stack                Stack
	layers               []int // those that weigh the outcome at hand
	scopes               scopes
	key                  string
	in                   *Input
	gates                map[string]Gates // of a layer, a class and sections
	enforcing, observing struct{ refuses, unsure bool }
}

// mode is the strictest by which any ref of the change is judged.
func (j *judge) mode() Mode {
	mode := Off
	for i, p := range j.stack {
		for _, at := range j.scopes.all.places {
			mode = stricterMode(mode, p.modeAt(at.sections[i]))
		}
	}
	return mode
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
	for _, i := range j.layers {
		for _, at := range scope.places {
			a, mode := j.weigh(i, at, analyzer, f)
			if mode == Off {
				continue
			}
			if a.rank() == Block.rank() && out.Allowed == "" {
				if mode == Observe {
					j.observing.refuses = true
				} else {
					j.enforcing.refuses = true
				}
			}
			action = stricter(action, a)
		}
	}
	out.Level = action.level()
	if out.Allowed != "" {
		out.Level = LevelInfo
	}
	return out, action != Skip
}

// weigh returns what a layer does with a finding in one place: the strictest that the gate of any class says. This is where a bypass that
// somebody else has signed is to let an emergency pass for now (docs/decisions/0013-classes-only-tighten.md).
func (j *judge) weigh(layer int, at *place, analyzer string, f *analyzers.Finding) (Action, Mode) {
	p := j.stack[layer]
	sections := p.sectionsAbout(at.sections[layer], f.Path)
	action := Skip
	for _, class := range at.classes {
		gate := j.gatesOf(layer, class, sections).Of(analyzer, f.Rule, f.Group)
		action = stricter(action, gate.On(at.protected))
	}
	return p.softened(action, f, j.old(layer, analyzer, f)), p.modeIn(sections)
}

// gatesOf is gatesIn, worked out once.
func (j *judge) gatesOf(layer int, class analyzers.Class, sections []int) Gates {
	key := fmt.Sprint(layer, class, sections)
	if len(sections) == 0 && len(j.stack[layer].Classes) == 0 {
		key = fmt.Sprint(layer) // the common case: most findings are judged by the same gates
	}
	gates, ok := j.gates[key]
	if !ok {
		gates = j.stack[layer].gatesIn(class, sections)
		j.gates[key] = gates
	}
	return gates
}

// old reports whether a layer only warns of a finding since it is about what an older commit says of itself. Nothing that a file holds, and
// nothing essential, gets milder by age.
func (j *judge) old(layer int, analyzer string, f *analyzers.Finding) bool {
	if layer >= len(j.in.Old) || f.Path != "" || f.Commit == "" || j.in.Essential == nil || j.in.Essential[analyzer] {
		return false
	}
	return j.in.Old[layer][f.Commit]
}

func (j *judge) failure(o analyzers.Outcome) Failure {
	f := Failure{Analyzer: o.Analyzer, TimedOut: o.TimedOut, Softened: true, Reason: "ran out of time"}
	if o.Err != nil {
		f.Reason = strings.Join(strings.Fields(o.Err.Error()), " ")
	}
	if j.in.Client && o.TimedOut {
		return f
	}
	for _, i := range j.layers {
		p := j.stack[i]
		if p.OnError[o.Analyzer] == ErrorWarn && !j.in.Essential[o.Analyzer] {
			continue
		}
		// What a check would have found could have been on any ref.
		mode := Off
		for _, at := range j.scopes.all.places {
			mode = stricterMode(mode, p.modeAt(at.sections[i]))
		}
		switch mode {
		case Off:
			continue
		case Observe:
			j.observing.unsure = true
		default:
			j.enforcing.unsure = true
		}
		f.Softened = false
	}
	return f
}
