package policy

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A Question is about what policy makes of findings on a ref.
type Question struct {
	Ref        analyzers.RefChange // with its classes, as Stack.Classify sets them
	HeadBranch string              // full name of the branch that HEAD names; "" = not known
	Path       string              // that the findings are about; "" = none

	List  []*analyzers.Analyzer // whose gates are explained
	Weigh map[string][]int      // for each analyzer, the layers that weigh what it finds, where not all do; see Input.Layers
}

// An Explanation is what holds on a ref, and by which keys. It says what [Decide] does, and is made by the same code.
type Explanation struct {
	Layers []LayerExplanation
	Gates  []GateExplanation // in the order of the analyzers; of one, the coarse key first
}

// A LayerExplanation is what holds in one layer.
type LayerExplanation struct {
	Source      string
	Mode        Mode     // on the ref and the path
	Protected   string   // the first entry of protected that matches the ref; "" = none
	ProtectedBy Origin   //
	EnforceFrom string   // as the file has it; "" = from the beginning
	EnforceBy   Origin   //
	Sections    []Origin // that count on the ref and the path
}

// A GateExplanation is what happens to findings that a key names, as far as no finer key does.
type GateExplanation struct {
	Key     string // analyzer, analyzer/group or analyzer/rule
	Action  Action // of the strictest reason; Skip where every layer is off
	Refuses bool   // Action is Block, by a layer that enforces
	Reasons []Reason
}

// A Reason is what one layer says for one class of the change.
type Reason struct {
	Layer  int
	Class  analyzers.Class
	Action Action
	By     Origin
}

// Strictest returns the first of the reasons for what happens.
func (g *GateExplanation) Strictest() Reason {
	i := slices.IndexFunc(g.Reasons, func(r Reason) bool { return r.Action.rank() == g.Action.rank() })
	if i < 0 {
		return Reason{Action: Skip}
	}
	return g.Reasons[i]
}

// An explainer asks a judge about gates instead of findings.
type explainer struct {
	judge
	q  Question
	at *place
}

func (s Stack) explainer(q Question) *explainer {
	in := &Input{Change: &analyzers.Change{Refs: []analyzers.RefChange{q.Ref}}, HeadBranch: q.HeadBranch}
	e := &explainer{judge: judge{stack: s, scopes: scopesOf(s, *in), in: in, gates: map[string]Gates{}}, q: q}
	e.at = e.scopes.place(&q.Ref)
	return e
}

// Explain says which gates are in force, and why.
func (s Stack) Explain(q Question) Explanation {
	e := s.explainer(q)
	var x Explanation
	for i, p := range s {
		x.Layers = append(x.Layers, e.layer(i, p))
	}
	for _, a := range q.List {
		for _, key := range e.keys(a) {
			rule, group := e.partsOf(a, key)
			x.Gates = append(x.Gates, e.gate(key, a.Name, rule, group))
		}
	}
	return x
}

// ExplainRule says what happens to findings of one rule; group is that of the findings.
func (s Stack) ExplainRule(q Question, analyzer, rule, group string) GateExplanation {
	return s.explainer(q).gate(analyzer+"/"+rule, analyzer, rule, group)
}

func (e *explainer) layer(i int, p *Policy) LayerExplanation {
	x := LayerExplanation{Source: p.Source(), EnforceFrom: p.EnforceFrom.String()}
	sections := e.sections(i)
	x.Mode = p.modeIn(sections)
	if at := slices.IndexFunc(p.Protected, func(glob string) bool { return matchRef(glob, e.q.Ref.Ref, e.q.HeadBranch) }); at >= 0 {
		x.Protected, x.ProtectedBy = p.Protected[at], p.says("protected").origin(item("protected", at))
	}
	if x.EnforceFrom != "" {
		x.EnforceBy = p.says("enforce_from").origin("enforce_from")
	}
	for _, k := range sections {
		x.Sections = append(x.Sections, p.says("sections").origin(item("sections", p.Sections[k].number)))
	}
	return x
}

// sections returns those of a layer that count.
func (e *explainer) sections(layer int) []int {
	return e.stack[layer].sectionsAbout(e.at.sections[layer], e.q.Path)
}

// weighing returns the layers that weigh what an analyzer finds.
func (e *explainer) weighing(analyzer string) []int {
	if layers, ok := e.q.Weigh[analyzer]; ok {
		return layers
	}
	return e.in.layers(len(e.stack), 0)
}

// keys returns the keys of an analyzer that any layer has for any class.
func (e *explainer) keys(a *analyzers.Analyzer) []string {
	keys := map[string]bool{a.Name: true}
	for _, i := range e.weighing(a.Name) {
		for _, class := range e.at.classes {
			for key := range e.gatesOf(i, class, e.sections(i)) {
				if of(key, a.Name) {
					keys[key] = true
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), strings.Compare(a, b))
	})
}

// partsOf returns the rule and the group of findings that a key names.
func (e *explainer) partsOf(a *analyzers.Analyzer, key string) (rule, group string) {
	_, part, _ := strings.Cut(key, "/")
	if slices.Contains(a.Groups, part) {
		return "", part
	}
	if part != "" {
		for _, r := range a.Rules() {
			if r.ID == part {
				return part, r.Group
			}
		}
	}
	return part, ""
}

// gate weighs like judge.weigh, without what softens a single finding.
func (e *explainer) gate(key, analyzer, rule, group string) GateExplanation {
	x := GateExplanation{Key: key, Action: Skip}
	for _, i := range e.weighing(analyzer) {
		p, sections := e.stack[i], e.sections(i)
		mode := p.modeIn(sections)
		if mode == Off {
			continue
		}
		for _, class := range e.at.classes {
			action := e.gatesOf(i, class, sections).Of(analyzer, rule, group).On(e.at.protected)
			r := Reason{Layer: i, Class: class, Action: action}
			by := p.originsIn(class, sections)
			if key, ok := mostSpecific(by, analyzer, rule, group); ok {
				r.By = by[key]
			}
			x.Reasons = append(x.Reasons, r)
			x.Action = stricter(x.Action, action)
			x.Refuses = x.Refuses || action.rank() == Block.rank() && mode != Observe
		}
	}
	return x
}
