package policy

import (
	"errors"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
)

// decided is what becomes of one finding of dor/type on a ref.
func decided(p *Policy, ref string, protected bool, path string, classes ...analyzers.Class) string {
	c := &analyzers.Change{Kind: analyzers.KindPush, Commits: []*analyzers.Commit{{ID: "c0"}},
		Refs: []analyzers.RefChange{{RefUpdate: analyzers.RefUpdate{Ref: ref}, Protected: protected, Commits: []int{0}}}}
	for _, class := range classes {
		c.Refs[0].Classes = append(c.Refs[0].Classes, analyzers.Classification{Class: class})
	}
	v := Decide(Stack{p}, Input{Change: c, Essential: EssentialOf(testList()), Outcomes: []analyzers.Outcome{
		outcome("dor", analyzers.Finding{Rule: "type", Commit: "c0", Path: path})}})
	return verdictWords(v)
}

func TestClassGates(t *testing.T) {
	p := parse(t, `
gates: {dor: warn, dor/type: skip}
classes:
  bugfix: {dor/type: late}
  security: {dor: block}
  emergency: {dor: skip}
`)
	for _, tt := range []struct {
		classes []analyzers.Class
		want    string
	}{
		{[]analyzers.Class{analyzers.Feature}, "accepted enforce 0:;"},
		{[]analyzers.Class{analyzers.Bugfix}, "accepted enforce 0: late;"},
		{[]analyzers.Class{analyzers.Security}, "refused enforce 1: block;"}, // its "dor" takes the place of dor/type, as a file's does of its preset's
		{[]analyzers.Class{analyzers.Bugfix, analyzers.Security}, "refused enforce 1: block;"},
		{[]analyzers.Class{analyzers.Security, analyzers.Emergency}, "refused enforce 1: block;"},
		{nil, "refused enforce 1: block;"}, // nobody asked: the strictest of all
	} {
		if got := decided(p, "refs/heads/x", false, "", tt.classes...); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.classes, got, tt.want)
		}
	}
	// What a file says of every change takes the place of its preset's classes, too, and of nothing else.
	base := parse(t, "classes: {security: {dor: block, dod/wip: block, refs/deletion: late}}\n")
	for file, want := range map[string]string{
		"gates: {dor: warn, dod: warn}\n":                         "refs/deletion",
		"gates: {dor/type: warn}\n":                               "dod/wip dor dor/type refs/deletion",
		"gates: {dod/wip: warn}\n":                                "dor refs/deletion",
		"gates: {dor: warn}\nclasses: {security: {dor: block}}\n": "dod/wip dor refs/deletion",
	} {
		o, err := Overlay(base, "o", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for key := range o.Classes[analyzers.Security] {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%s: got %s, want %s", file, got, want)
		}
	}
}

func TestSections(t *testing.T) {
	p := parse(t, `
gates: {dor: block}
classes: {security: {dor/type: late}}
sections:
  - {refs: ["sandbox/**"], gates: {dor: skip}}
  - {refs: ["sandbox/strict"], gates: {dor: warn}}
  - {paths: ["vendor/**"], gates: {dor: warn}}
  - {refs: ["release/*"], classes: {security: {dor: block}}}
  - {refs: ["refs/tags/**"], mode: observe}
  - {refs: ["trial/**"], mode: off}
`)
	for _, tt := range []struct {
		ref, path string
		class     analyzers.Class
		want      string
	}{
		{"refs/heads/x", "", analyzers.Feature, "refused enforce 1: block;"},
		{"refs/heads/x", "", analyzers.Security, "accepted enforce 0: late;"},
		{"refs/heads/sandbox/a/b", "", analyzers.Feature, "accepted enforce 0:;"},
		{"refs/heads/sandbox/a/b", "", analyzers.Security, "accepted enforce 0:;"}, // a place is more particular than a class
		{"refs/heads/sandbox/strict", "", analyzers.Feature, "accepted enforce 0: warn;"},
		{"refs/heads/sandboxed", "", analyzers.Feature, "refused enforce 1: block;"},
		{"refs/heads/x", "vendor/a/b", analyzers.Feature, "accepted enforce 0: warn;"},
		{"refs/heads/x", "a/vendor/b", analyzers.Feature, "refused enforce 1: block;"},
		{"refs/heads/x", "Vendor/b", analyzers.Feature, "refused enforce 1: block;"},
		{"refs/heads/release/1", "", analyzers.Feature, "refused enforce 1: block;"},
		{"refs/heads/release/1", "", analyzers.Security, "refused enforce 1: block;"},
		{"refs/tags/v1", "", analyzers.Feature, "refused observe 0: block;"},
		{"refs/heads/trial/x", "", analyzers.Feature, "accepted off 0:;"},
	} {
		if got := decided(p, tt.ref, false, tt.path, tt.class); got != tt.want {
			t.Errorf("%s %s %s: got %s, want %s", tt.ref, tt.path, tt.class, got, tt.want)
		}
	}
}

func TestSectionsOfRepositories(t *testing.T) {
	p := parse(t, "gates: {dor: block}\nsections: [{repositories: [\"acme/*\", \"/srv/git/**\"], gates: {dor: warn}}]\n")
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{nil, "refused enforce 1: block;"},
		{[]string{""}, "refused enforce 1: block;"},
		{[]string{"acme/shop"}, "accepted enforce 0: warn;"},
		{[]string{"evil/acme/shop"}, "refused enforce 1: block;"},
		{[]string{"other/shop", "/srv/git/a/b.git"}, "accepted enforce 0: warn;"},
	} {
		if p.For(tt.names).For(tt.names).Digest() != p.Digest() {
			t.Errorf("%q: another policy by its digest", tt.names)
		}
		if o, err := Overlay(p.For(tt.names), "o", []byte("mode: observe\n")); err != nil || o.Digest() == p.Digest() {
			t.Errorf("%q: what is written over it has its digest (%v)", tt.names, err)
		}
		if got := decided(p.For(tt.names), "refs/heads/x", false, "", analyzers.Feature); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.names, got, tt.want)
		}
	}
}

// What is wrong in a section is said also where one before it is another repository's.
func TestSectionsOfRepositoriesAreChecked(t *testing.T) {
	p := parse(t, "sections:\n  - {repositories: [acme/shop], gates: {dor: warn}}\n  - {refs: [a], gates: {dro: warn}}\n")
	want := `f:3:25: sections[1].gates.dro: there is no analyzer "dro"`
	if err := p.For([]string{"acme/other"}).Check(testList()); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A check that could not be completed counts by the strictest mode that anything on the refs could be judged by.
func TestSectionsAndFailures(t *testing.T) {
	p := parse(t, "mode: observe\nsections:\n  - {refs: [main], mode: enforce}\n  - {refs: [x], paths: [\"a/**\"], mode: enforce}\n  - {refs: [\"y\"], mode: off}\n")
	for ref, want := range map[string]string{"main": "error enforce 3:; dor: gone", "topic": "error observe 0:; dor: gone", "x": "error enforce 3:; dor: gone",
		"y": "accepted off 0:; dor: gone (softened)"} {
		c := &analyzers.Change{Kind: analyzers.KindPush, Refs: []analyzers.RefChange{{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/" + ref}}}}
		v := Decide(Stack{p}, Input{Change: c, Essential: EssentialOf(testList()), Outcomes: []analyzers.Outcome{{Analyzer: "dor", Err: errors.New("gone")}}})
		if got := verdictWords(v); got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
	}
}

// What is older than the policy is warned of for what it says of itself, in that layer alone.
func TestEnforceFrom(t *testing.T) {
	p := parse(t, "gates: {dor: block, secrets: block}\nenforce_from: 2026-01-31\n")
	if want := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC); !p.EnforceFrom.Date.Equal(want) || p.EnforceFrom.String() != "2026-01-31T00:00:00Z" {
		t.Errorf("got %v", p.EnforceFrom)
	}
	c := &analyzers.Change{Kind: analyzers.KindPush, Commits: []*analyzers.Commit{{ID: "old"}, {ID: "new"}},
		Refs: []analyzers.RefChange{{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/x"}, Commits: []int{0, 1}}}}
	for _, tt := range []struct {
		analyzer, commit, path, ref string
		stack                       Stack
		want                        string
	}{
		{"dor", "old", "", "", Stack{p}, "accepted enforce 0: warn;"},
		{"dor", "new", "", "", Stack{p}, "refused enforce 1: block;"},
		{"dor", "old", "a", "", Stack{p}, "refused enforce 1: block;"},                                   // what is in a file stays
		{"dor", "", "", "refs/heads/x", Stack{p}, "refused enforce 1: block;"},                           // what a whole change lacks is not old
		{"secrets", "old", "", "", Stack{p}, "refused enforce 1: block;"},                                // a message's secret is as bad as ever
		{"dor", "old", "", "", Stack{p, parse(t, "gates: {dor: block}\n")}, "refused enforce 1: block;"}, // another layer knows no age
	} {
		in := Input{Change: c, Essential: EssentialOf(testList()), Old: []map[string]bool{{"old": true}}, Outcomes: []analyzers.Outcome{
			outcome(tt.analyzer, analyzers.Finding{Rule: "type", Commit: tt.commit, Path: tt.path, Ref: tt.ref})}}
		if got := verdictWords(Decide(tt.stack, in)); got != tt.want {
			t.Errorf("%s %s %s: got %s, want %s", tt.analyzer, tt.commit, tt.path, got, tt.want)
		}
	}
}

// A further class never makes a verdict milder: a trailer or a branch that names one can only raise.
func TestClassesOnlyTighten(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	changed := 0
	for range 20_000 {
		stack := Stack{randomPolicy(r), randomPolicy(r)}[:1+r.Intn(2)]
		in := randomInput(r)
		for i := range in.Change.Refs {
			in.Change.Refs[i].Classes = []analyzers.Classification{{Class: pick(r, analyzers.Classes()...)}}
		}
		before := Decide(stack, in)
		at := r.Intn(len(in.Change.Refs))
		in.Change.Refs[at].Classes = append(in.Change.Refs[at].Classes, analyzers.Classification{Class: pick(r, analyzers.Classes()...)})
		after := Decide(stack, in)
		if severity(after) < severity(before) || len(after.Findings) < len(before.Findings) {
			t.Fatalf("%s became %s", verdictWords(before), verdictWords(after))
		}
		if verdictWords(before) != verdictWords(after) {
			changed++
		}
	}
	if changed < 50 {
		t.Errorf("a class changed only %d verdicts: this test sees nothing", changed)
	}
}
