package policy

import (
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// ruled is testList with the groups of rules.
func ruled() []*analyzers.Analyzer {
	list := testList()
	for _, a := range list {
		rules := a.Rules()
		for i := range rules {
			switch {
			case a.Name == "secrets":
				rules[i].Group = "provider"
			case strings.HasPrefix(rules[i].ID, "trailer-"):
				rules[i].Group = "trailers"
			}
		}
		a.Rules = func() []analyzers.Rule { return rules }
	}
	list[5].Rules = func() []analyzers.Rule {
		return []analyzers.Rule{{ID: "type"}, {ID: "trailer-risk", Group: "trailers"}, {ID: "trailer-acceptance", Group: "trailers"}}
	}
	list[2].Rules = func() []analyzers.Rule {
		return []analyzers.Rule{{ID: "replace-ref"}, {ID: "deletion"}, {ID: "non-fast-forward"}, {ID: "tag-moved"}}
	}
	return list
}

func TestUnreachable(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"analyzer", "gates:\n  objects: warn\n  objects/malformed: block\n  objects/unsafe-path: block\n",
			"f:2:3: gates.objects: decides nothing: each of the rules has a key of its own here (remove the line, or keys below it)"},
		{"one rule has none", "gates: {objects: warn, objects/malformed: block}", ""},
		{"a key for each group, as presets have", "gates: {secrets: block, secrets/provider: warn, secrets/generic: warn, secrets/personal: warn, secrets/unexamined: warn}", ""},
		{"group", "gates: {secrets/provider: warn, secrets/github-pat: block}", "f:1:9: gates.secrets/provider: decides nothing"},
		{"group of an analyzer with rules in none", "gates: {dor/trailers: warn, dor/trailer-risk: block, dor/trailer-acceptance: block}", ""},
		{"group without all", "gates: {secrets/generic: warn, secrets/github-pat: block}", ""},
		{"rules in two mappings", "gates: {dor/trailers: warn}\nclasses: {security: {dor/trailer-risk: block, dor/trailer-acceptance: block}}", ""},
		{"group of findings that rules do not name", "gates: {gosec/unexamined: warn, gosec/incomplete: block, gosec/missing-types: block}", ""},
		{"in a class", "classes: {security: {objects: warn, objects/malformed: block, objects/unsafe-path: block}}", "f:1:22: classes.security.objects: decides nothing"},
		{"in a section", "sections:\n- refs: [a]\n  gates: {objects: warn, objects/malformed: block, objects/unsafe-path: block}\n", "f:3:11: sections[0].gates.objects: decides nothing"},

		{"twice", "protected: [main, \"release/**\", main]", `f:1:33: protected[2]: "main" is covered by "main" before it (remove it)`},
		{"by a glob", "protected: [\"release/**\", release/1/x]", `f:1:27: protected[1]: "release/1/x" is covered by "release/**" before it`},
		{"in full", "protected: [main, refs/heads/main]", `f:1:19: protected[1]: "refs/heads/main" is covered`},
		{"a narrower glob after a wider one is not looked into", "protected: [\"release/**\", \"release/*\"]", ""},
		{"a star does not cross a slash", "protected: [\"release/*\", release/1/x]", ""},
		{"the wider one comes later", "protected: [release/1, \"release/*\"]", ""},
		{"HEAD may be any", "protected: [\"**\", HEAD, \"refs/tags/*\"]", ""},
		{"a tag is no branch", "protected: [\"**\", refs/tags/v1]", ""},

		{"class, the same", "classify:\n- {class: bugfix, types: [fix]}\n- {class: bugfix, types: [Fix], paths: [x]}\n",
			"f:3:3: classify[1]: whatever it names is a bugfix by the entry on line 2 already (remove it)"},
		{"class, fewer entries", "classify:\n- {class: bugfix, branches: [a, b]}\n- {class: bugfix, branches: [b], min_lines: 3}\n", "f:3:3: classify[1]:"},
		{"class, sizes", "classify:\n- {class: bugfix, min_lines: 3}\n- {class: bugfix, min_lines: 4}\n", "f:3:3: classify[1]:"},
		{"class, smaller", "classify:\n- {class: bugfix, min_lines: 3}\n- {class: bugfix, min_lines: 2}\n", ""},
		{"class, another", "classify:\n- {class: bugfix, types: [fix]}\n- {class: security, types: [fix]}\n", ""},
		{"class, more entries", "classify:\n- {class: bugfix, types: [fix]}\n- {class: bugfix, types: [fix, mend]}\n", ""},
		{"class, other conditions", "classify:\n- {class: bugfix, types: [fix], branches: [a]}\n- {class: bugfix, types: [fix]}\n", ""},
		{"class, path twice", "classify:\n- {class: bugfix, paths: [\"a/**\", a/b]}\n", `f:2:35: classify[0].paths[1]: "a/b" is covered`},

		{"section", "sections:\n- {refs: [a], gates: {dor: warn}}\n- {refs: [b, a], gates: {dor: skip}}\n",
			"f:2:23: sections[0].gates.dor: the section on line 3 always decides instead, by gates.dor (remove it, or put the section after the other)"},
		{"section, a coarser key", "sections:\n- {refs: [a], gates: {dor/type: warn}}\n- {refs: [a], gates: {dor: skip}}\n", "f:2:23: sections[0].gates.dor/type: "},
		{"section, a finer key", "sections:\n- {refs: [a], gates: {dor: warn}}\n- {refs: [a], gates: {dor/type: skip}}\n", ""},
		{"section, other refs", "sections:\n- {refs: [a, b], gates: {dor: warn}}\n- {refs: [a], gates: {dor: skip}}\n", ""},
		{"section, all refs", "sections:\n- {refs: [a], paths: [x], gates: {dor: warn}}\n- {paths: [x], gates: {dor: skip}}\n", "f:2:35: "},
		{"section, narrower by path", "sections:\n- {refs: [a], gates: {dor: warn}}\n- {refs: [a], paths: [x], gates: {dor: skip}}\n", ""},
		{"section, other repository", "sections:\n- {refs: [a], gates: {dor: warn}}\n- {refs: [a], repositories: [x], gates: {dor: skip}}\n", ""},
		{"section, class by all", "sections:\n- {refs: [a], classes: {bugfix: {dor: warn}}}\n- {refs: [a], gates: {dor: skip}}\n", "f:2:34: sections[0].classes.bugfix.dor: "},
		{"section, class by class", "sections:\n- {refs: [a], classes: {bugfix: {dor: warn}}}\n- {refs: [a], classes: {bugfix: {dor: skip}}}\n", "f:2:34: "},
		{"section, another class", "sections:\n- {refs: [a], classes: {bugfix: {dor: warn}}}\n- {refs: [a], classes: {feature: {dor: skip}}}\n", ""},
		{"section, gates under a class", "sections:\n- {refs: [a], gates: {dor: warn}}\n- {refs: [a], classes: {feature: {dor: skip}}}\n", ""},
		{"section, mode", "sections:\n- {refs: [a], mode: observe}\n- {refs: [a], mode: enforce}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := parse(t, tt.file)
			if err := p.CheckRules(t.Context(), ruled()); err != nil {
				t.Fatal(err)
			}
			err := p.Unreachable(ruled())
			if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && !strings.HasPrefix(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	for _, name := range PresetNames() {
		data, err := PresetFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := parse(t, string(data)).Unreachable(ruled()); err != nil {
			t.Errorf("what \"policy init\" writes: %v", err)
		}
	}
}

// Without a line that is said to decide nothing, everything is decided as before.
func TestUnreachableDecidesNothing(t *testing.T) {
	list := ruled()
	// decisions says what becomes of every rule, everywhere.
	decisions := func(p *Policy) string {
		var b strings.Builder
		for _, repository := range []string{"r", "s"} {
			q := p.For([]string{repository})
			for _, ref := range []string{"refs/heads/main", "refs/heads/x/y", "refs/tags/v1"} {
				fmt.Fprint(&b, q.IsProtected(ref, "main"))
				for _, path := range []string{"", "a/b", "c"} {
					sections := q.sectionsAbout(q.sectionsAt(ref, "main"), path)
					for _, class := range analyzers.Classes() {
						gates := q.gatesIn(class, sections)
						for _, a := range list {
							for _, r := range a.Rules() {
								fmt.Fprint(&b, gates.Of(a.Name, r.ID, r.Group))
							}
						}
					}
				}
			}
		}
		return b.String()
	}
	seen := map[string]int{}
	for seed := range int64(120) {
		r := rand.New(rand.NewSource(seed))
		text := randomFile(r) + "protected:\n"
		for range 1 + r.Intn(4) {
			text += fmt.Sprintf("  - %q\n", pick(r, "HEAD", "main", "refs/heads/main", "x/**", "x/*", "x/y", "**", "refs/tags/*", "refs/tags/v1", "refs/**"))
		}
		p := parse(t, text)
		var errs Errors
		if !errors.As(p.Unreachable(list), &errs) {
			continue
		}
		before := decisions(p)
		for _, e := range errs {
			if e.Line == 0 {
				continue // how many more there are
			}
			lines := strings.SplitAfter(text, "\n")
			without := strings.Join(slices.Delete(lines, e.Line-1, e.Line), "")
			if decisions(parse(t, without)) != before {
				t.Fatalf("seed %d: %v, and yet it decides something:\n%s", seed, e, text)
			}
			seen[e.Msg[:1]]++
		}
	}
	for _, kind := range []string{"g", "c", "s", "p"} { // gates, classes, sections, protected
		if seen[kind] < 10 {
			t.Errorf("lines that begin with %q were reported %d times only", kind, seen[kind])
		}
	}
}
