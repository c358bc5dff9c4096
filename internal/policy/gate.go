package policy

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// A Mode is how seriously a policy is meant.
type Mode string

// The modes, from the strictest.
const (
	Enforce Mode = "enforce" // what policy forbids is refused
	Observe Mode = "observe" // everything is judged and recorded, nothing is refused
	Off     Mode = "off"     // nothing is judged
)

// Choices lists the modes, from the strictest.
func (Mode) Choices() []string { return []string{string(Enforce), string(Observe), string(Off)} }

// An Action is what a gate does with a finding.
type Action string

// The actions, from the mildest.
const (
	Skip  Action = "skip"  // not reported
	Warn  Action = "warn"  // shown, accepted
	Late  Action = "late"  // accepted now, owed later
	Block Action = "block" // refused
)

// Choices lists the actions from the mildest: [Action.rank] depends on the order.
func (Action) Choices() []string {
	return []string{string(Skip), string(Warn), string(Late), string(Block)}
}

// rank orders actions by strictness. What is no action at all ranks with Block: a value that nobody validated must not
// let anything through.
func (a Action) rank() int {
	if i := slices.Index(a.Choices(), string(a)); i >= 0 {
		return i
	}
	return Block.rank()
}

// level is the level of a finding on which a acts; a is not Skip.
func (a Action) level() Level {
	switch a {
	case Warn:
		return LevelWarn
	case Late:
		return LevelLate
	default:
		return LevelBlock
	}
}

func stricter(a, b Action) Action {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// A Gate is what a policy does with findings of one rule, group or analyzer.
type Gate struct {
	Protected Action `yaml:"protected" json:"protected"` // on protected refs
	Topic     Action `yaml:"topic" json:"topic"`         // on all others; never stricter than Protected
}

// Gates are gates by analyzer, analyzer/group and analyzer/rule.
type Gates map[string]Gate

// ClassesGates are what the gates of a class of change say beyond those of every change.
type ClassesGates map[analyzers.Class]Gates

// UnmarshalStrict decodes either one action for every ref or one for each class of ref.
func (g *Gate) UnmarshalStrict(d *strict.Decoder, path string, n ast.Node) {
	*g = Gate{}
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.Value(path, n, n, reflect.ValueOf(&g.Topic).Elem())
		g.Protected = g.Topic
		return
	}
	bad := len(d.Errs)
	d.Struct(path, m, reflect.ValueOf(g).Elem(), nil)
	if len(d.Errs) > bad {
		return
	}
	switch {
	case g.Protected == "" || g.Topic == "":
		d.Fail(n, "write {protected: …, topic: …}, or one word for both", "%s: needs both protected and topic", path)
	case g.Protected.rank() < g.Topic.rank():
		d.Fail(n, "", "%s: protected refs (%s) cannot be judged more mildly than topics (%s)", path, g.Protected, g.Topic)
	}
}

// On returns what the gate does on a ref of the given class. On a protected ref it is never milder than on another, so
// that a layer which protects more refs cannot thereby loosen the layers before it.
func (g Gate) On(protected bool) Action {
	if protected {
		return stricter(g.Protected, g.Topic)
	}
	return g.Topic
}

// Of returns the gate of a rule: the most specific of analyzer/rule, analyzer/group and analyzer. What no key names is
// blocked; the presets name every analyzer.
func (gates Gates) Of(analyzer, rule, group string) Gate {
	if key, ok := mostSpecific(gates, analyzer, rule, group); ok {
		return gates[key]
	}
	return Gate{Protected: Block, Topic: Block}
}

// mostSpecific returns the most specific key that names a rule.
func mostSpecific[M ~map[string]G, G any](gates M, analyzer, rule, group string) (key string, ok bool) {
	for _, key := range keysOf(analyzer, rule, group) {
		if _, ok := gates[key]; ok {
			return key, true
		}
	}
	return "", false
}

// keysOf returns the keys that name a rule, the most specific first. Without a rule or a group there is none of that kind.
func keysOf(analyzer, rule, group string) []string {
	keys := make([]string, 0, 3)
	for _, part := range []string{rule, group} {
		if part != "" {
			keys = append(keys, analyzer+"/"+part)
		}
	}
	return append(keys, analyzer)
}

// replaceGates puts the gates of a file over those of its base. A key takes the place of the base's keys at and below
// it: whoever writes "secrets: warn" means all of secrets, whatever finer keys the preset has.
//
// Only keys count, so that explanations do with places what is done with gates here.
func replaceGates[M ~map[string]G, G any](base, file M) M {
	if len(file) == 0 {
		return base
	}
	merged := M{}
	for key, g := range base {
		analyzer, _, _ := strings.Cut(key, "/")
		if _, replaced := file[analyzer]; !replaced {
			merged[key] = g
		}
	}
	for key, g := range file {
		merged[key] = g
	}
	return merged
}

// replaceClasses puts what a file says over what its base says of classes. A gate that the file gives to every change takes the place of the
// base's for a class, too: whoever writes "dor: warn" means all changes, whatever classes the preset has.
func replaceClasses[M ~map[string]G, G any](base map[analyzers.Class]M, file M, classes map[analyzers.Class]M) map[analyzers.Class]M {
	merged := map[analyzers.Class]M{}
	for class, gates := range base {
		kept := M{}
		for key, g := range gates {
			analyzer, _, _ := strings.Cut(key, "/")
			_, all := file[analyzer]
			if _, same := file[key]; !all && !same {
				kept[key] = g
			}
		}
		coarse := maps.Clone(kept)
		for key, g := range file {
			analyzer, _, _ := strings.Cut(key, "/")
			if slices.ContainsFunc(slices.Collect(maps.Keys(coarse)), func(k string) bool { return of(k, analyzer) }) {
				kept[key] = g // else the class's coarser key would take its place
			}
		}
		if len(kept) > 0 {
			merged[class] = kept
		}
	}
	for class, gates := range classes {
		if len(gates) > 0 {
			merged[class] = replaceGates(merged[class], gates)
		}
	}
	return merged
}

// of reports whether a key gates an analyzer, or a part of it.
func of(key, analyzer string) bool { return key == analyzer || strings.HasPrefix(key, analyzer+"/") }

// An OnError is what a policy does when a check could not be completed.
type OnError string

// What can be done about a failed check.
const (
	ErrorWarn   OnError = "warn"   // say so, and let the change pass
	ErrorRefuse OnError = "refuse" // refuse; the default
)

// Choices lists what can be done.
func (OnError) Choices() []string { return []string{string(ErrorWarn), string(ErrorRefuse)} }
