package policy

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// randomFile writes a policy file, with few distinct keys so that they meet.
func randomFile(r *rand.Rand) string {
	var b strings.Builder
	gates := func(indent string) {
		for _, key := range []string{"secrets", "secrets/provider", "secrets/github-pat", "dor", "dor/type", "dor/trailers", "dor/trailer-risk", "refs/deletion"} {
			if r.Intn(3) == 0 {
				a := pick(r, "skip", "warn", "late", "block")
				if r.Intn(3) == 0 {
					a = "{protected: block, topic: " + a + "}"
				}
				fmt.Fprintf(&b, "%s%s: %s\n", indent, key, a)
			}
		}
	}
	classes := func(indent string) {
		fmt.Fprintf(&b, "%sclasses:\n", indent)
		for _, class := range analyzers.Classes() {
			if r.Intn(3) == 0 {
				fmt.Fprintf(&b, "%s  %s:\n", indent, class)
				gates(indent + "    ")
			}
		}
	}
	fmt.Fprintf(&b, "preset: %s\n", pick(r, PresetNames()...))
	if r.Intn(3) == 0 {
		fmt.Fprintf(&b, "mode: %s\n", pick(r, "enforce", "observe", "off"))
	}
	if r.Intn(2) == 0 {
		b.WriteString("gates:\n")
		gates("  ")
	}
	if r.Intn(2) == 0 {
		classes("")
	}
	if r.Intn(2) == 0 {
		b.WriteString("sections:\n")
		for range 1 + r.Intn(3) {
			fmt.Fprintf(&b, "  - %s\n    mode: %s\n    gates:\n", pick(r, `refs: ["x/**"]`, "refs: [main]", `paths: ["a/**"]`, "repositories: [r]"), pick(r, "enforce", "observe"))
			gates("      ")
			if r.Intn(2) == 0 {
				classes("    ")
			}
		}
	}
	return b.String()
}

// byOrigin looks up what the file says at an origin.
func byOrigin(p *Policy, o Origin) (Gate, bool) {
	for _, w := range p.written {
		if w.file != o.File {
			continue
		}
		if w.at[o.Path] != o.Place {
			return Gate{}, false
		}
		if key, ok := strings.CutPrefix(o.Path, "gates."); ok {
			g, ok := w.gates[key]
			return g, ok
		}
		for class, gates := range w.classes {
			if key, ok := strings.CutPrefix(o.Path, "classes."+string(class)+"."); ok {
				g, ok := gates[key]
				return g, ok
			}
		}
	}
	for _, s := range p.Sections {
		rest, ok := strings.CutPrefix(o.Path, item("sections", s.number)+".")
		if key, is := strings.CutPrefix(rest, "gates."); ok && is {
			g, ok := s.Gates[key]
			return g, ok
		}
		for class, gates := range s.Classes {
			if key, is := strings.CutPrefix(rest, "classes."+string(class)+"."); ok && is {
				g, ok := gates[key]
				return g, ok
			}
		}
	}
	return Gate{}, false
}

// An explanation says what Decide does, over random policies, and the key that it names is one that says so.
func TestExplainIsDecide(t *testing.T) {
	list := append(testList(), own())
	dor := slices.IndexFunc(list, func(a *analyzers.Analyzer) bool { return a.Name == "dor" })
	list[dor].Rules = func() []analyzers.Rule {
		return []analyzers.Rule{{ID: "type"}, {ID: "trailer-risk", Group: "trailers"}, {ID: "trailer-acceptance", Group: "trailers"},
			{ID: "trailer-change-class", Group: "trailers"}}
	}
	list[0].Rules = func() []analyzers.Rule { return []analyzers.Rule{{ID: "github-pat", Group: "provider"}} }
	seen := map[string]int{}
	for seed := range int64(200) {
		r := rand.New(rand.NewSource(seed))
		first, err := Parse("first.yaml", []byte(randomFile(r)))
		if err != nil {
			t.Fatal(err)
		}
		stack := Stack{first}
		if r.Intn(2) == 0 {
			text := randomFile(r)
			if r.Intn(2) == 0 { // over the first, not over a preset
				text = text[strings.Index(text, "\n")+1:]
			}
			second, err := Overlay(first, "second.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			stack = append(stack, second)
		}
		for i := range stack {
			stack[i] = stack[i].For([]string{pick(r, "r", "s")})
		}
		ref := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: pick(r, "refs/heads/main", "refs/heads/x/y", "refs/tags/v1")}, Protected: r.Intn(2) == 0}
		for _, class := range analyzers.Classes() {
			if r.Intn(3) == 0 {
				ref.Classes = append(ref.Classes, analyzers.Classification{Class: class})
			}
		}
		q := Question{Ref: ref, HeadBranch: "refs/heads/main", Path: pick(r, "", "a/b", "c"), List: list}
		if len(stack) == 2 && r.Intn(2) == 0 {
			q.Weigh = map[string][]int{"dor": {1}}
		}
		decide := func(analyzer, rule, group string) Verdict {
			in := Input{Change: &analyzers.Change{Kind: analyzers.KindPush, Refs: []analyzers.RefChange{ref}}, HeadBranch: q.HeadBranch,
				Outcomes: []analyzers.Outcome{outcome(analyzer, analyzers.Finding{Rule: rule, Group: group, Path: q.Path, Ref: ref.Ref})}}
			if q.Weigh[analyzer] != nil {
				in.Layers = q.Weigh[analyzer]
			}
			return Decide(stack, in)
		}
		compare := func(g GateExplanation, v Verdict) {
			t.Helper()
			level := Level("")
			if len(v.Findings) > 0 {
				level = v.Findings[0].Level
			}
			want := Level("")
			if g.Action != Skip {
				want = g.Action.level()
			}
			if level != want || (v.Result == Refused && v.Exit == ExitRefused) != g.Refuses {
				t.Fatalf("seed %d: %s: explained %s (refuses: %t), decided %q, %s, exit %d", seed, g.Key, g.Action, g.Refuses, level, v.Result, v.Exit)
			}
			for _, reason := range g.Reasons {
				gate, found := byOrigin(stack[reason.Layer], reason.By)
				if !found || gate.On(ref.Protected) != reason.Action {
					t.Fatalf("seed %d: %s: %s of %s by %s, which says %v (%t)", seed, g.Key, reason.Action, reason.Class, reason.By, gate, found)
				}
			}
			seen[string(g.Action)]++
		}
		x := stack.Explain(q)
		for _, g := range x.Gates {
			analyzer, part, _ := strings.Cut(g.Key, "/")
			i := slices.IndexFunc(list, func(a *analyzers.Analyzer) bool { return a.Name == analyzer })
			rule, group := part, ""
			if slices.Contains(list[i].Groups, part) {
				rule, group = "other", part
			}
			if analyzer == "dor" && strings.HasPrefix(part, "trailer-") {
				group = "trailers"
			}
			if part == "github-pat" {
				group = "provider"
			}
			if part == "" {
				rule = "other"
			}
			compare(g, decide(analyzer, rule, group))
		}
		for _, rule := range [][3]string{{"dor", "trailer-risk", "trailers"}, {"secrets", "github-pat", "provider"}, {"refs", "deletion", ""}, {"gosec", "g401", "high"}} {
			g := stack.ExplainRule(q, rule[0], rule[1], rule[2])
			compare(g, decide(rule[0], rule[1], rule[2]))
			chain := stack.Chain(q, rule[0], rule[1], rule[2])
			for _, reason := range g.Reasons {
				n := 0
				for _, c := range chain {
					if c.Layer == reason.Layer && c.Class == reason.Class && c.Fate == Decides {
						n++
						if c.By != reason.By || c.Action != reason.Action {
							t.Fatalf("seed %d: %s: the chain says %s, the gate %s", seed, g.Key, c.By, reason.By)
						}
					}
				}
				if n != 1 {
					t.Fatalf("seed %d: %s: %d keys decide", seed, g.Key, n)
				}
			}
			for _, c := range chain {
				seen[string(c.Fate)]++
			}
		}
	}
	for _, kind := range []string{"skip", "warn", "late", "block", string(Decides), string(Finer), string(Replaced)} {
		if seen[kind] < 50 {
			t.Errorf("%s came up %d times only", kind, seen[kind])
		}
	}
}

func TestExplainLayer(t *testing.T) {
	base, err := Parse("server.yaml", []byte("protected: [\"release/**\"]\nenforce_from: 2026-01-31\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Overlay(base, "own.yaml", []byte("sections:\n  - {repositories: [s], mode: off}\n  - {refs: [release/*], gates: {dor/type: skip}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	q := Question{Ref: analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/release/1"}, Protected: true,
		Classes: []analyzers.Classification{{Class: analyzers.Feature}}}, List: testList()}
	x := Stack{base, p.For(nil)}.Explain(q)
	own := x.Layers[1]
	if own.Protected != "release/**" || own.ProtectedBy.String() != "server.yaml:1:13 protected[0]" {
		t.Errorf("protected %q by %s", own.Protected, own.ProtectedBy)
	}
	if own.EnforceFrom != "2026-01-31T00:00:00Z" || own.EnforceBy.String() != "server.yaml:2:1 enforce_from" {
		t.Errorf("from %q by %s", own.EnforceFrom, own.EnforceBy)
	}
	if len(own.Sections) != 1 || own.Sections[0].String() != "own.yaml:3:5 sections[1]" || own.Mode != Enforce {
		t.Errorf("sections %v, mode %s", own.Sections, own.Mode)
	}
	i := slices.IndexFunc(x.Gates, func(g GateExplanation) bool { return g.Key == "dor/type" })
	if i < 0 || x.Gates[i].Action != Warn { // the server's layer has no such section
		t.Errorf("dor/type: %+v", x.Gates)
	} else if by := x.Gates[i].Strictest().By; by.Path != "gates.dor" || by.File != "preset starter" || by.Line == 0 {
		t.Errorf("dor/type by %s", by)
	}
}
