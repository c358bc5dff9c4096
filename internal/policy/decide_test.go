package policy

import (
	"errors"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
)

// A push of two commits to main, which is protected, of the second to topic, and the deletion of old.
func testChange() *analyzers.Change {
	ref := func(name string, protected bool, commits ...int) analyzers.RefChange {
		return analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: "refs/heads/" + name}, Protected: protected, Commits: commits}
	}
	return &analyzers.Change{
		Kind:    analyzers.KindPush,
		Commits: []*analyzers.Commit{{ID: "c0"}, {ID: "c1"}, {ID: "c2"}},
		Refs:    []analyzers.RefChange{ref("main", true, 0, 1), ref("topic", false, 1, 2), ref("old", false)},
	}
}

func outcome(name string, findings ...analyzers.Finding) analyzers.Outcome {
	return analyzers.Outcome{Analyzer: name, Result: analyzers.Result{Findings: findings}}
}

func TestDecideScope(t *testing.T) {
	p := parse(t, "gates: {dor: {protected: block, topic: warn}}\n")
	for _, tt := range []struct {
		name    string
		finding analyzers.Finding
		refs    string
		level   Level
	}{
		{"a commit of a protected ref", analyzers.Finding{Commit: "c0"}, "main", LevelBlock},
		{"a commit of both", analyzers.Finding{Commit: "c1"}, "main topic", LevelBlock},
		{"a commit of a topic", analyzers.Finding{Commit: "c2"}, "topic", LevelWarn},
		{"a ref", analyzers.Finding{Ref: "refs/heads/old"}, "old", LevelWarn},
		{"a ref before a commit", analyzers.Finding{Ref: "refs/heads/topic", Commit: "c0"}, "topic", LevelWarn},
		{"a ref that nobody pushes", analyzers.Finding{Ref: "refs/heads/ghost"}, "ghost", LevelBlock},
		{"a commit of no ref", analyzers.Finding{Commit: "c9"}, "main topic old", LevelBlock},
		{"nothing", analyzers.Finding{}, "main topic old", LevelBlock},
	} {
		tt.finding.Rule = "type"
		v := Decide(Stack{p}, Input{Change: testChange(), Outcomes: []analyzers.Outcome{outcome("dor", tt.finding)}})
		if len(v.Findings) != 1 {
			t.Fatalf("%s: %+v", tt.name, v)
		}
		f := v.Findings[0]
		if got := strings.ReplaceAll(strings.Join(f.Refs, " "), "refs/heads/", ""); got != tt.refs || f.Level != tt.level {
			t.Errorf("%s: got %s on %s, want %s on %s", tt.name, f.Level, got, tt.level, tt.refs)
		}
		if (v.Exit == ExitRefused) != (tt.level == LevelBlock) {
			t.Errorf("%s: exit %d", tt.name, v.Exit)
		}
	}
	// Without refs it is judged as on a topic.
	for _, c := range []*analyzers.Change{nil, {Kind: analyzers.KindCommit}} {
		v := Decide(Stack{p}, Input{Change: c, Outcomes: []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}})
		if v.Findings[0].Level != LevelWarn || v.Findings[0].Refs != nil || v.Result != Accepted {
			t.Errorf("without refs: %+v", v)
		}
	}
}

func TestDecide(t *testing.T) {
	broken := errors.New("read blob:\n\tgone")
	for _, tt := range []struct {
		name     string
		layers   []string
		outcomes []analyzers.Outcome
		client   bool
		want     string // result mode exit: levels; failures
	}{
		{"nothing found", []string{""}, []analyzers.Outcome{outcome("secrets")}, false, "accepted enforce 0:;"},
		{"warned", []string{""}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "accepted enforce 0: warn;"},
		{"late", []string{"gates: {dor: late}"}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "accepted enforce 0: late;"},
		{"skipped", []string{"gates: {dor: skip}"}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "accepted enforce 0:;"},
		{"a wrong checksum", []string{""}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"))}, false, "accepted enforce 0: warn;"},
		{"a right one", []string{""}, []analyzers.Outcome{outcome("secrets", analyzers.Finding{Rule: "github-pat", Validity: analyzers.ValidityValid})}, false, "refused enforce 1: block;"},
		{"none", []string{""}, []analyzers.Outcome{outcome("secrets", analyzers.Finding{Rule: "github-pat", Validity: analyzers.ValidityUnknown})}, false, "refused enforce 1: block;"},
		{"a wrong one that counts", []string{"on_invalid: gate"}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"))}, false, "refused enforce 1: block;"},
		{"a wrong one that was owed", []string{"gates: {secrets: late}"}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"))}, false, "accepted enforce 0: warn;"},
		{"a wrong one that is skipped", []string{"gates: {secrets: skip}"}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"))}, false, "accepted enforce 0:;"},
		{"a layer insists on wrong ones", []string{"", "on_invalid: gate"}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"))}, false, "refused enforce 1: block;"},
		{"a layer does not soften wrong ones", []string{"on_invalid: gate", ""}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"))}, false, "refused enforce 1: block;"},
		{"a wrong one beside a right one", []string{""}, []analyzers.Outcome{outcome("secrets", invalid("github-pat", "provider"), analyzers.Finding{Rule: "github-pat", Line: 2})}, false,
			"refused enforce 1: warn block;"},
		{"blocked", []string{""}, []analyzers.Outcome{outcome("objects", analyzers.Finding{Rule: "malformed"})}, false, "refused enforce 1: block;"},
		{"unknown analyzer", []string{""}, []analyzers.Outcome{outcome("new", analyzers.Finding{Rule: "x"})}, false, "refused enforce 1: block;"},
		{"failed", []string{""}, []analyzers.Outcome{{Analyzer: "dor", Err: broken}}, false, "error enforce 3:; dor: read blob: gone"},
		{"failed, softened", []string{"on_error: {dor: warn}"}, []analyzers.Outcome{{Analyzer: "dor", Err: broken}}, false, "accepted enforce 0:; dor: read blob: gone (softened)"},
		{"essential is not softened", []string{"on_error: {secrets: warn}"}, []analyzers.Outcome{{Analyzer: "secrets", Err: broken}}, false, "error enforce 3:; secrets: read blob: gone"},
		{"timed out", []string{""}, []analyzers.Outcome{{Analyzer: "dor", TimedOut: true}}, false, "error enforce 3:; dor: ran out of time"},
		{"timed out, client", []string{""}, []analyzers.Outcome{{Analyzer: "secrets", TimedOut: true, Err: broken}}, true, "accepted enforce 0:; secrets: read blob: gone (softened)"},
		{"failed, client", []string{""}, []analyzers.Outcome{{Analyzer: "secrets", Err: broken}}, true, "error enforce 3:; secrets: read blob: gone"},
		{"what was found before failing counts", []string{"on_error: {dor: warn}\ngates: {dor: block}"},
			[]analyzers.Outcome{{Analyzer: "dor", Err: broken, Result: analyzers.Result{Findings: []analyzers.Finding{{Rule: "type"}}}}}, false,
			"refused enforce 1: block; dor: read blob: gone (softened)"},
		{"refused wins over failed", []string{""}, []analyzers.Outcome{{Analyzer: "dor", Err: broken}, outcome("objects", analyzers.Finding{Rule: "malformed"})}, false,
			"refused enforce 1: block; dor: read blob: gone"},

		{"observe", []string{"mode: observe"}, []analyzers.Outcome{outcome("objects", analyzers.Finding{Rule: "malformed"})}, false, "refused observe 0: block;"},
		{"observe a failure", []string{"mode: observe"}, []analyzers.Outcome{{Analyzer: "secrets", Err: broken}}, false, "error observe 0:; secrets: read blob: gone"},
		{"off", []string{"mode: off"}, []analyzers.Outcome{outcome("objects", analyzers.Finding{Rule: "malformed"}), {Analyzer: "dor", Err: broken}}, false, "accepted off 0:;"},

		{"a layer tightens", []string{"", "gates: {dor: block}"}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "refused enforce 1: block;"},
		{"a layer cannot loosen", []string{"gates: {dor: block}", "gates: {dor: skip}"}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "refused enforce 1: block;"},
		{"a layer cannot switch off", []string{"", "mode: off"}, []analyzers.Outcome{outcome("objects", analyzers.Finding{Rule: "malformed"})}, false, "refused enforce 1: block;"},
		{"a layer cannot just observe", []string{"", "mode: observe"}, []analyzers.Outcome{outcome("objects", analyzers.Finding{Rule: "malformed"})}, false, "refused enforce 1: block;"},
		{"a layer that is off does not insist", []string{"on_error: {dor: warn}", "mode: off"}, []analyzers.Outcome{{Analyzer: "dor", Err: broken}}, false, "accepted enforce 0:; dor: read blob: gone (softened)"},
		{"a layer cannot soften", []string{"", "on_error: {dor: warn}"}, []analyzers.Outcome{{Analyzer: "dor", Err: broken}}, false, "error enforce 3:; dor: read blob: gone"},
		{"a layer does not soften by silence", []string{"on_error: {dor: warn}", ""}, []analyzers.Outcome{{Analyzer: "dor", Err: broken}}, false, "error enforce 3:; dor: read blob: gone"},
		{"only the observing layer objects", []string{"", "mode: observe\ngates: {dor: block}"}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "refused observe 0: block;"},
		{"the enforcing layer fails, the observing objects", []string{"", "mode: observe\ngates: {dor: block}"},
			[]analyzers.Outcome{{Analyzer: "dor", Err: broken, Result: analyzers.Result{Findings: []analyzers.Finding{{Rule: "type"}}}}}, false,
			"error enforce 3: block; dor: read blob: gone"},
		{"a layer that is off says nothing", []string{"", "mode: off\ngates: {dor: block}"}, []analyzers.Outcome{outcome("dor", analyzers.Finding{Rule: "type"})}, false, "accepted enforce 0: warn;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stack Stack
			for _, file := range tt.layers {
				stack = append(stack, parse(t, file))
			}
			v := Decide(stack, Input{Change: testChange(), Outcomes: tt.outcomes, Essential: EssentialOf(testList()), Client: tt.client})
			if got := verdictWords(v); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	for _, stack := range []Stack{nil, {}, {nil}} {
		if v := Decide(stack, Input{}); v.Exit != ExitUnchecked || v.Result != Unchecked || len(v.Failures) != 1 {
			t.Errorf("without a policy: %+v", v)
		}
	}
	for _, f := range []analyzers.Finding{{Rule: "x"}, invalid("x", "")} {
		if v := Decide(Stack{{}}, Input{Outcomes: []analyzers.Outcome{outcome("dor", f)}}); v.Exit != ExitRefused {
			t.Errorf("by a policy that nobody read: %+v", v)
		}
	}
}

// invalid is a secret whose own checksum is wrong.
func invalid(rule, group string) analyzers.Finding {
	return analyzers.Finding{Rule: rule, Group: group, Validity: analyzers.ValidityInvalid}
}

func verdictWords(v Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d:", v.Result, v.Mode, v.Exit)
	for _, f := range v.Findings {
		fmt.Fprintf(&b, " %s", f.Level)
	}
	b.WriteByte(';')
	for _, f := range v.Failures {
		fmt.Fprintf(&b, " %s: %s", f.Analyzer, f.Reason)
		if f.Softened {
			b.WriteString(" (softened)")
		}
	}
	return b.String()
}

func TestDecideOrderAndDuplicates(t *testing.T) {
	f := analyzers.Finding{Rule: "github-pat", Group: "provider", Path: "a", Line: 2, EndLine: 2, Column: 1, Commit: "c0", Key: "k"}
	with := func(change func(*analyzers.Finding)) analyzers.Finding {
		g := f
		change(&g)
		return g
	}
	mine := []string{"zz", "aa"}
	found := []analyzers.Finding{
		with(func(g *analyzers.Finding) { g.Path = "b"; g.Line = 1 }),
		with(func(g *analyzers.Finding) { g.Line = 10 }),
		with(func(g *analyzers.Finding) { g.Commit = "c2" }),
		with(func(g *analyzers.Finding) { g.Column = 9 }),
		with(func(g *analyzers.Finding) { g.Rule = "aws" }),
		with(func(g *analyzers.Finding) { g.Key = "other" }),
		with(func(g *analyzers.Finding) { g.Secrets = mine }),
	}
	again := with(func(g *analyzers.Finding) {
		g.Secrets = []string{"bb"}
		g.Severity = analyzers.High
		g.Message = "worse"
	})
	v := Decide(Stack{preset(t, "starter")}, Input{Change: testChange(), Outcomes: []analyzers.Outcome{outcome("secrets", found...), outcome("secrets", again)}})
	var got []string
	for _, f := range v.Findings {
		got = append(got, fmt.Sprintf("%s:%d:%d %s %s %s", f.Path, f.Line, f.Column, f.ID(), f.Commit, f.Key))
	}
	want := []string{"a:2:1 secrets/aws c0 k", "a:2:1 secrets/github-pat c0 k", "a:2:1 secrets/github-pat c0 other",
		"a:2:1 secrets/github-pat c2 k", "a:2:9 secrets/github-pat c0 k", "a:10:1 secrets/github-pat c0 k", "b:1:1 secrets/github-pat c0 k"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	merged := v.Findings[1]
	if merged.Severity != analyzers.High || merged.Message != "worse" || strings.Join(merged.Secrets, " ") != "aa bb zz" {
		t.Errorf("of two alike: %+v", merged)
	}
	if merged.Fingerprint != v.Findings[3].Fingerprint || merged.Fingerprint == v.Findings[2].Fingerprint {
		t.Error("the fingerprint depends on the commit, or not on the key")
	}
	// Alike, but in another group for each layer's run: the strictest group counts.
	mild, strong := with(func(g *analyzers.Finding) { g.Group = "generic"; g.Severity = analyzers.High }), f
	v = Decide(Stack{preset(t, "starter")}, Input{Change: testChange(), Outcomes: []analyzers.Outcome{outcome("secrets", mild), outcome("secrets", strong)}})
	if len(v.Findings) != 1 || v.Findings[0].Level != LevelBlock || v.Exit != ExitRefused {
		t.Errorf("of two levels: %+v", v)
	}
	if mine[0] != "zz" {
		t.Error("the analyzer's own slice was changed")
	}
}

// randomInput makes outcomes with few distinct values, so that duplicates and ties are frequent.
func randomInput(r *rand.Rand) Input {
	in := Input{Change: testChange(), Essential: EssentialOf(testList()), Client: r.Intn(4) == 0, Allow: randomAllow(r)}
	for range r.Intn(5) {
		o := analyzers.Outcome{Analyzer: pick(r, "secrets", "dor", "refs", "new")}
		for range r.Intn(5) {
			o.Result.Findings = append(o.Result.Findings, randomFinding(r))
		}
		switch r.Intn(6) {
		case 0:
			o.Err = errors.New("gone")
		case 1:
			o.TimedOut = true
		}
		in.Outcomes = append(in.Outcomes, o)
	}
	return in
}

func randomFinding(r *rand.Rand) analyzers.Finding {
	return analyzers.Finding{
		Rule: pick(r, "wip", "type", "deletion"), Group: pick(r, "", "provider", "generic"), Path: pick(r, "a", "b"), Line: r.Intn(2),
		Commit: pick(r, "", "c0", "c1", "c2", "c9"), Ref: pick(r, "", "", "refs/heads/topic", "refs/heads/x"), Key: pick(r, "k", "l"),
		Excerpt: pick(r, "", "e"), Message: pick(r, "m", "n"), Severity: analyzers.Severity(r.Intn(3)), Secrets: []string{pick(r, "s", "t"), "u"},
		Validity: pick(r, "", analyzers.ValidityValid, analyzers.ValidityInvalid, analyzers.ValidityUnknown),
		Inline:   pick(r, "", "", "dor of a kind", "secrets,refs of a kind"),
	}
}

// randomAllow allows some of what randomFinding makes, under the key that randomPolicy does not set.
func randomAllow(r *rand.Rand) *allow.Set {
	if r.Intn(3) == 0 {
		return nil
	}
	set := &allow.Set{Inline: pick(r, allow.Never, allow.Always)}
	for range r.Intn(8) {
		f := randomFinding(r)
		set.Entries = append(set.Entries, allow.Entry{
			Fingerprint: Fingerprint("", pick(r, "secrets", "dor", "refs", "new"), f.Rule, f.Path, f.Key), Expires: pick(r, "never", "2020-02-20"),
			By: pick(r, "ada", "bob"),
		})
	}
	return set
}

func randomGate(r *rand.Rand) Gate {
	return Gate{Protected: pick(r, Skip, Warn, Late, Block), Topic: pick(r, Skip, Warn, Late, Block)}
}

func randomPolicy(r *rand.Rand) *Policy {
	p := &Policy{Mode: pick(r, Enforce, Enforce, Observe, Off), Gates: Gates{}, OnError: map[string]OnError{},
		OnInvalid: pick(r, InvalidWarn, InvalidGate)}
	for _, key := range []string{"secrets", "secrets/provider", "secrets/generic", "dor", "dod/wip", "refs", "refs/deletion", "new"} {
		if r.Intn(4) > 0 {
			p.Gates[key] = randomGate(r)
		}
	}
	for _, name := range []string{"secrets", "dor", "refs"} {
		p.OnError[name] = pick(r, ErrorWarn, ErrorRefuse)
	}
	if r.Intn(2) > 0 {
		p.Classes = ClassesGates{pick(r, analyzers.Classes()...): {"dor": randomGate(r)}, analyzers.Security: {"secrets/generic": randomGate(r)}}
	}
	for range r.Intn(3) {
		p.Sections = append(p.Sections, Section{
			Refs: pick(r, nil, []string{"main"}, []string{"x/**", "refs/tags/*"}), Paths: pick(r, nil, nil, []string{"a/**"}), Mode: pick(r, "", "", Observe, Off, Enforce),
			Gates: Gates{pick(r, "dor", "secrets", "refs/deletion"): randomGate(r)},
		})
	}
	return p
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.Intn(len(from))] }

// severity orders verdicts: first by what becomes of the push, then by what they say.
func severity(v Verdict) int {
	exit := map[int]int{ExitAccepted: 0, ExitUnchecked: 1, ExitRefused: 2}
	result := map[Result]int{Accepted: 0, Unchecked: 1, Refused: 2}
	return exit[v.Exit]*3 + result[v.Result]
}

func TestDecideProperties(t *testing.T) {
	seen, allowed := map[string]int{}, map[string]int{}
	for seed := range int64(20_000) {
		r := rand.New(rand.NewSource(seed))
		stack := Stack{randomPolicy(r)}
		if r.Intn(2) == 0 {
			stack = append(stack, randomPolicy(r))
		}
		in := randomInput(r)
		v := Decide(stack, in)
		seen[fmt.Sprintf("%s %s %d", v.Result, v.Mode, v.Exit)]++
		fail := func(what string, w Verdict) {
			t.Fatalf("seed %d: %s:\n%s\n%s", seed, what, verdictWords(v), verdictWords(w))
		}

		shuffled := in
		shuffled.Outcomes = slices.Clone(in.Outcomes)
		for i := range shuffled.Outcomes {
			found := slices.Clone(shuffled.Outcomes[i].Result.Findings)
			r.Shuffle(len(found), func(a, b int) { found[a], found[b] = found[b], found[a] })
			shuffled.Outcomes[i].Result.Findings = found
		}
		r.Shuffle(len(shuffled.Outcomes), func(a, b int) {
			shuffled.Outcomes[a], shuffled.Outcomes[b] = shuffled.Outcomes[b], shuffled.Outcomes[a]
		})
		for _, f := range v.Findings {
			if f.Allowed != "" {
				allowed[f.Analyzer]++
			}
			if (f.Allowed != "") != (f.Level == LevelInfo) || f.Allowed != "" && f.Denied != "" {
				fail("allowed and yet not, or the reverse: "+f.ID(), v)
			}
		}
		bare := in
		bare.Allow = nil
		if w := Decide(stack, bare); severity(w) < severity(v) || len(w.Findings) != len(v.Findings) {
			fail("an allowance made it stricter, or hid something", w)
		}
		w := Decide(stack, shuffled)
		if !reflect.DeepEqual(v.Findings, w.Findings) || v.Result != w.Result || v.Exit != w.Exit || v.Mode != w.Mode || len(v.Failures) != len(w.Failures) {
			fail("the order shows", w)
		}

		more := in
		more.Outcomes = append(slices.Clone(in.Outcomes), outcome(pick(r, "secrets", "dor", "refs", "new"), randomFinding(r)))
		if w := Decide(stack, more); severity(w) < severity(v) || len(w.Findings) < len(v.Findings) {
			fail("a finding more made it milder", w)
		}

		// All checksums put right.
		right := in
		right.Outcomes = slices.Clone(in.Outcomes)
		for i := range right.Outcomes {
			found := slices.Clone(right.Outcomes[i].Result.Findings)
			for k := range found {
				found[k].Validity = analyzers.ValidityValid
			}
			right.Outcomes[i].Result.Findings = found
		}
		if w := Decide(stack, right); severity(w) < severity(v) || len(w.Findings) != len(v.Findings) {
			fail("a right checksum made it milder", w)
		}

		// A layer more, which may protect more refs too.
		if r.Intn(2) == 0 {
			c := *in.Change
			c.Refs = slices.Clone(c.Refs)
			c.Refs[r.Intn(len(c.Refs))].Protected = true
			in.Change = &c
		}
		w = Decide(append(slices.Clone(stack), randomPolicy(r)), in)
		if severity(w) < severity(v) || len(w.Findings) < len(v.Findings) || len(w.Failures) < len(v.Failures) {
			fail("a layer more made it milder", w)
		}
		levels := func(v Verdict) map[string]Level {
			m := map[string]Level{}
			for _, f := range v.Findings {
				m[fmt.Sprint(f.ID(), f.Path, f.Line, f.Commit, f.Ref, f.Key)] = f.Level
			}
			return m
		}
		after := levels(w)
		for id, level := range levels(v) {
			if levelRank(after[id]) < levelRank(level) {
				fail("a layer more made "+id+" milder", w)
			}
		}
	}
	for _, kind := range []string{"accepted enforce 0", "accepted observe 0", "accepted off 0", "refused enforce 1", "refused observe 0", "error enforce 3", "error observe 0"} {
		if seen[kind] < 100 {
			t.Errorf("%s came up %d times only: the loop proves little", kind, seen[kind])
		}
	}
	if allowed["secrets"] < 100 || allowed["dor"] < 100 || allowed["refs"] > 0 {
		t.Errorf("allowed by analyzer: %v; refs is essential", allowed)
	}
}

func BenchmarkDecide(b *testing.B) {
	const commits, findings, refs = 5_000, 5_000, 10
	c := &analyzers.Change{Kind: analyzers.KindPush}
	all := make([]int, commits)
	for i := range commits {
		all[i] = i
		c.Commits = append(c.Commits, &analyzers.Commit{ID: fmt.Sprintf("%040x", i)})
	}
	for i := range refs {
		c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: fmt.Sprintf("refs/heads/%d", i)}, Protected: i == 0, Commits: all})
	}
	o := outcome("secrets")
	for i := range findings {
		o.Result.Findings = append(o.Result.Findings, analyzers.Finding{Rule: "generic-api-key", Group: "generic", Commit: c.Commits[i%commits].ID,
			Path: fmt.Sprintf("dir/file%d.go", i*7919%findings), Line: i, Key: fmt.Sprint(i)})
	}
	stack := Stack{preset(b, "starter"), preset(b, "strict")}
	in := Input{Change: c, Outcomes: []analyzers.Outcome{o}}
	for b.Loop() {
		if v := Decide(stack, in); len(v.Findings) != findings {
			b.Fatal(len(v.Findings))
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data, err := PresetFile("standard")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Parse("f", data); err != nil {
			b.Fatal(err)
		}
	}
}
