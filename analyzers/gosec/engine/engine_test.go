package engine

import (
	"context"
	"errors"
	"go/ast"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/issue"
	"github.com/securego/gosec/v2/rules"
	"golang.org/x/tools/go/analysis"

	"github.com/refward/refward/analyzers/gosec/catalog"
	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// TestCatalog holds the catalog, which does not link gosec, against gosec.
func TestCatalog(t *testing.T) {
	type entry struct {
		id, cwe string
		ssa     bool
	}
	var want, have []entry
	cwe := func(id string) string {
		if w := issue.GetCweByRule(id); w != nil {
			return w.ID
		}
		// gosec has a number for these and does not find it, so that its program shows none.
		return map[string]string{"G116": "838", "G121": "346", "G710": "601"}[id]
	}
	for id := range rules.Generate(false).Rules {
		want = append(want, entry{id, cwe(id), false})
	}
	for id := range analyzers.Generate(false).Analyzers {
		want = append(want, entry{id, cwe(id), true})
	}
	slices.SortFunc(want, func(x, y entry) int { return strings.Compare(x.id, y.id) })
	for _, r := range catalog.Rules() {
		have = append(have, entry{r.ID, r.CWE, r.SSA})
		if r.Summary == "" || r.Why == "" || r.Fix == "" {
			t.Errorf("%s is not explained", r.ID)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("catalog has\n%v, gosec\n%v", have, want)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		options    Options
	}{
		{"unknown rule", `no rule "G999"; its rules are G101 to G710`, Options{Include: []string{"G999"}}},
		{"misspelt rule", `no rule "g401"; did you mean G101, G201, G301, G401`, Options{Exclude: []string{"g401"}}},
		{"what suppresses", `"nosec" is not taken`, Options{Settings: map[string]any{"global": map[string]any{"nosec": "true"}}}},
		{"what hides", `"show-ignored" is not taken`, Options{Settings: map[string]any{"global": map[string]any{"show-ignored": true}}}},
		{"paths", `"exclude-rules" is not taken`, Options{Settings: map[string]any{"exclude-rules": []any{}}}},
		{"settings of a wrong kind", `settings of G101: interface conversion`, Options{Settings: map[string]any{"G101": "(?i)passwd"}}},
		{"a pattern that is none", `settings of G101: regexp: Compile`, Options{Settings: map[string]any{"G101": map[string]any{"pattern": "("}}}},
		{"globals of a wrong kind", `"global" has to be a map`, Options{Settings: map[string]any{"global": 1}}},
		{"no settings at all", `settings: json: unsupported type`, Options{Settings: map[string]any{"G101": func() {}}}},
		{"another version", `cannot be looked at in a process for Go`, Options{GoVersion: "1.2"}},
		{"no version", `"latest" is no version of Go`, Options{GoVersion: "latest"}},
	} {
		if _, err := New(c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestSettings shows that settings count, that the caller may change its map, and that a rule gets a map of its own.
func TestSettings(t *testing.T) {
	p := inMemory(t, map[string]string{"a.go": "package a\n\nvar otter = \"f62e5bcda4fae4f82370da0c6f20697b8f8447ef\"\n"})
	settings := map[string]any{"G101": map[string]any{"pattern": "otter"}}
	e := newEngine(t, Options{Include: []string{"G101"}, Settings: settings})
	settings["G101"].(map[string]any)["pattern"] = "badger"
	if r := e.Begin(p).Rules(t.Context()); len(r.Issues) != 1 {
		t.Errorf("found %v", r.Issues)
	}
	if r := newEngine(t, Options{Include: []string{"G101"}}).Begin(p).Rules(t.Context()); len(r.Issues) != 0 {
		t.Errorf("found %v without the setting", r.Issues)
	}
	one, _ := e.config()
	one["G101"].(map[string]any)["pattern"] = ")"
	if two, _ := e.config(); two["G101"].(map[string]any)["pattern"] != "otter" {
		t.Error("two analyses share a map")
	}
}

// TestNoGoCommand shows in a process of its own that gosec runs the go command unless the version is known before.
func TestNoGoCommand(t *testing.T) {
	if marker := os.Getenv("ENGINE_TEST_MARKER"); marker != "" {
		if os.Getenv("ENGINE_TEST_BARE") == "" {
			newEngine(t, Options{GoVersion: "1.21"})
		}
		if major, minor, _ := gosec.GoVersion(); os.Getenv("ENGINE_TEST_BARE") == "" && (major != 1 || minor != 21) {
			t.Errorf("Go %d.%d", major, minor)
		}
		return
	}
	for _, bare := range []string{"", "yes"} {
		dir := t.TempDir()
		marker := filepath.Join(dir, "ran")
		if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n: >"+marker+"\n"), 0o755); err != nil { // #nosec G306 -- a program
			t.Fatal(err)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, "-test.run=^TestNoGoCommand$")
		cmd.Env = []string{"PATH=" + dir, "ENGINE_TEST_MARKER=" + marker, "ENGINE_TEST_BARE=" + bare, "TMPDIR=" + dir}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		_, err = os.Stat(marker)
		if ran := !errors.Is(err, os.ErrNotExist); ran != (bare != "") {
			t.Errorf("bare=%q: go ran: %v", bare, ran)
		}
	}
}

// TestNoFileIsOpened has a file on disk of the name that code has in a tree, with other content.
func TestNoFileIsOpened(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.go")
	if err := os.WriteFile(name, []byte("the host's secret \u202e\nand more\nand more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{name: "package a\n\nimport _ \"crypto/md5\"\n"}
	// With its plain name, gosec reads it.
	plain := typed(files, func(s string) string { return s })
	reported, _ := theirs(plain.Package)
	leaked := false
	for l := range reported {
		leaked = leaked || strings.Contains(l.code, "the host's secret") || l.rule == "G116"
	}
	if !leaked {
		t.Error("gosec reads no file; what is this test for?")
	}
	e := newEngine(t, Options{})
	if r := all(t, e, plain); len(r.Issues) > 0 || len(r.Reduced) != 1 || !strings.Contains(r.Reduced[0], "could be the name of a file") {
		t.Errorf("a plain name is taken: %+v", r)
	}
	r := all(t, e, typed(files, nil))
	if len(r.Issues) != 1 || r.Issues[0].Rule != "G501" || r.Issues[0].Code != "2: \n3: import _ \"crypto/md5\"\n" || r.Issues[0].Path != name {
		t.Errorf("found %+v", r.Issues)
	}
	if _, err := os.Open(load.NamePrefix + name); err == nil {
		t.Error("such a name can be opened")
	}
}

func TestTrojanSource(t *testing.T) {
	for _, c := range "\u200d\u200e\u200f\u2010\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u2065\u2066\u2067\u2068\u2069\u206aé" {
		src := "package a\n\n// " + string(c) + "\n"
		name := filepath.Join(t.TempDir(), "a.go")
		if err := os.WriteFile(name, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		reported, _ := theirs(typed(map[string]string{name: src}, func(s string) string { return s }).Package)
		r := all(t, newEngine(t, Options{Include: []string{"G116"}}), inMemory(t, map[string]string{name: src}))
		if len(r.Issues) != len(reported) {
			t.Errorf("%U: %d, and gosec has %d", c, len(r.Issues), len(reported))
		}
	}
}

// panicking is a rule that cannot cope.
type panicking struct{ issue.MetaData }

func (panicking) Match(ast.Node, *gosec.Context) (*issue.Issue, error) {
	panic("of a rule\nof two lines")
}

// TestPanics shows that what a rule or an analyzer cannot cope with does not keep the others from their work.
func TestPanics(t *testing.T) {
	p := inMemory(t, map[string]string{"a.go": "package a\n\nimport _ \"crypto/md5\"\n\nfunc f(n int) int8 { return int8(n) }\n"})
	e := newEngine(t, Options{Concurrency: 2})
	e.rules["G401"] = rules.RuleDefinition{ID: "G401", Create: func(id string, _ gosec.Config) (gosec.Rule, []ast.Node) {
		return panicking{issue.NewMetaData(id, "", issue.High, issue.High)}, []ast.Node{(*ast.File)(nil), (*ast.Ident)(nil)}
	}}
	e.analyzers["G602"] = analyzers.AnalyzerDefinition{ID: "G602", Create: func(id, _ string) *analysis.Analyzer {
		return &analysis.Analyzer{Name: id, Run: func(*analysis.Pass) (any, error) { panic("of an analyzer") }}
	}}
	e.analyzers["G118"] = analyzers.AnalyzerDefinition{ID: "G118", Create: func(id, _ string) *analysis.Analyzer {
		return &analysis.Analyzer{Name: id, Run: func(*analysis.Pass) (any, error) { return nil, errors.New("an error") }}
	}}
	r := all(t, e, p)
	var found []string
	for _, i := range r.Issues {
		found = append(found, i.Rule)
	}
	if !slices.Equal(found, []string{"G501", "G115"}) {
		t.Errorf("found %v", found)
	}
	want := []string{
		"G401 stopped at code that it does not understand: of a rule of two lines", "G118 stopped: an error",
		"G602 stopped at code that it does not understand: of an analyzer",
	}
	if !slices.Equal(r.Reduced, want) {
		t.Errorf("reduced: %q", r.Reduced)
	}
}

// TestIllTyped shows that gosec's rules panic on code whose types are not complete, and that it is said which did.
func TestIllTyped(t *testing.T) {
	p := inMemory(t, map[string]string{"a.go": "package a\n\nimport (\n\t\"crypto/md5\"\n\t\"os/exec\"\n)\n\nvar x = exec.CommandContext()\nvar y = md5.New()\n"})
	if err := try(func() { theirs(p.Package) }); err == nil {
		t.Error("gosec copes; what is this test for?")
	}
	a := newEngine(t, Options{}).Begin(p)
	r := a.Rules(t.Context())
	var found []string
	for _, i := range r.Issues {
		found = append(found, i.Rule)
	}
	if !slices.Equal(found, []string{"G501", "G401"}) {
		t.Errorf("found %v", found)
	}
	if len(r.Reduced) == 0 || !strings.Contains(r.Reduced[0], "stopped at code that it does not understand") {
		t.Errorf("reduced: %q", r.Reduced)
	}
	for _, s := range []wire.Result{a.SSA(t.Context()), a.SSAOf(t.Context(), nil)} {
		if len(s.Issues) > 0 || len(s.Reduced) != 1 || !strings.Contains(s.Reduced[0], "does not type-check") {
			t.Errorf("SSA: %+v", s)
		}
	}
}

// TestSSAOf has a package in whose place another is followed.
func TestSSAOf(t *testing.T) {
	broken := inMemory(t, map[string]string{"a.go": "package a\n\nfunc f(n int) int8 { return int8(n) } // #nosec G115 -- why\n\nfunc g(n int) int8 { return int8(n) }\n\nvar x = unknown{1}\n"})
	whole := inMemory(t, map[string]string{"a.go": "package a\n\nfunc f(n int) int8 { return int8(n) }                        \n\nfunc g(n int) int8 { return int8(n) }\n"})
	a := newEngine(t, Options{}).Begin(broken)
	r := a.SSAOf(t.Context(), whole)
	if len(r.Reduced) > 0 || len(r.Issues) != 2 {
		t.Fatalf("%+v", r)
	}
	want := wire.Issue{
		Rule: "G115", What: "integer overflow conversion int -> int8", Severity: wire.High, Confidence: wire.Medium, CWE: "190", Path: "a.go",
		Line: 3, EndLine: 3, Column: 33, Code: "2: \n3: func f(n int) int8 { return int8(n) } // #nosec G115 -- why\n4: \n",
		Decl: "func f", Text: "func f ( n int ) int8 { return int8 ( n ) }", Suppressed: true, Named: true, Justification: "why",
	}
	if !reflect.DeepEqual(r.Issues[0], want) || r.Issues[1].Suppressed {
		t.Errorf("found %+v", r.Issues)
	}
	// What the builder cannot cope with.
	whole.TypesInfo.Defs = nil
	if r := a.SSAOf(t.Context(), whole); len(r.Reduced) != 1 || !strings.Contains(r.Reduced[0], "the analyzers that follow values stopped") {
		t.Errorf("%+v", r)
	}
}

func TestGenerated(t *testing.T) {
	files := map[string]string{
		"a.go": "package a\n\nimport _ \"crypto/md5\"\n\nfunc f(n int) int8 { return int8(n) }\n",
		"b.go": "// Code generated by hand. DO NOT EDIT.\n\npackage a\n\nimport _ \"crypto/md5\" // #nosec\n\nfunc g(n int) int8 { return int8(n) }\n",
	}
	for _, c := range []struct{ generated, issues, nosecs int }{{0, 2, 0}, {1, 4, 1}} {
		r := all(t, newEngine(t, Options{Generated: c.generated > 0}), inMemory(t, files))
		if len(r.Issues) != c.issues || len(r.Nosecs) != c.nosecs {
			t.Errorf("generated=%d: %+v", c.generated, r)
		}
	}
}

// TestDone shows that what is not begun when the time is over is named.
func TestDone(t *testing.T) {
	p := inMemory(t, map[string]string{"a.go": "package a\n\nimport _ \"crypto/md5\"\n\nfunc f(n int) int8 { return int8(n) }\n"})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no time"))
	a := newEngine(t, Options{}).Begin(p)
	for _, r := range []wire.Result{a.Rules(ctx), a.SSA(ctx)} {
		if len(r.Issues) > 0 || len(r.Reduced) == 0 {
			t.Errorf("%+v", r)
		}
	}
	// One in the midst of its work is left there, and what the others have found is kept.
	ctx, cancel = context.WithCancelCause(t.Context())
	forever := make(chan struct{})
	defer close(forever)
	e := newEngine(t, Options{Include: []string{"G115", "G602"}})
	g115 := e.analyzers["G115"].Create
	ready := make(chan struct{})
	e.analyzers["G115"] = analyzers.AnalyzerDefinition{ID: "G115", Create: func(id, what string) *analysis.Analyzer {
		a := g115(id, what)
		run := a.Run
		a.Run = func(p *analysis.Pass) (any, error) { defer close(ready); return run(p) }
		return a
	}}
	e.analyzers["G602"] = analyzers.AnalyzerDefinition{ID: "G602", Create: func(id, _ string) *analysis.Analyzer {
		return &analysis.Analyzer{Name: id, Run: func(*analysis.Pass) (any, error) {
			<-ready
			time.Sleep(10 * time.Millisecond) // until what was found is put where it is kept
			cancel(errors.New("no time"))
			<-forever
			return nil, nil
		}}
	}}
	e.options.Concurrency = 2
	r := e.Begin(p).SSA(ctx)
	want := []string{"G602 did not come to an end: no time", "the analyzers that follow values did not come to an end: no time"}
	if len(r.Issues) != 1 || !slices.Equal(r.Reduced, want) {
		t.Errorf("%+v", r)
	}
}

// TestQuotes shows that gosec does not see a package that is imported with the other kind of quotes, and that we do.
func TestQuotes(t *testing.T) {
	files := map[string]string{"a.go": "package a\n\nimport `crypto/md5`\n\nvar x = md5.New()\n"}
	if reported, _ := theirs(typed(files, nil).Package); len(reported) > 0 {
		t.Errorf("gosec reports %v", reported)
	}
	if r := all(t, newEngine(t, Options{}), inMemory(t, files)); len(r.Issues) != 2 || !strings.Contains(r.Issues[0].Code, "import `crypto/md5`") {
		t.Errorf("found %+v", r.Issues)
	}
}
