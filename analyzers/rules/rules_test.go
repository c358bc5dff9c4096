package rules

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// of returns rules that are asked about a change or a commit, each given as ID, condition and need.
func of(each Each, parts ...string) Options {
	opts := Options{}
	for i := 0; i+2 < len(parts); i += 3 {
		opts[parts[i]] = Rule{Description: parts[i], If: parts[i+1], Need: parts[i+2], Each: each}
	}
	return opts
}

func mustNew(t testing.TB, opts Options) *analyzers.Analyzer {
	t.Helper()
	a, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// standard are the rules of the cases in testdata.
func standard() Options {
	opts := of(EachChange,
		"api-docs", `any(files, .path startsWith "api/")`, `any(files, .path startsWith "docs/")`,
		"one-releaser", `tag matches "^v[0-9]"`, `pusher.source != "" and pusher.name == "release-bot"`,
		"no-delete", `protected`, `not deleted`,
		"risk", `protected and count(files, .status != "D") > 2`, `trailer("risk") in ["low", "high"]`,
		"ticket-option", `branch startsWith "hotfix/"`, `any(options, # matches "^ticket=[A-Z]+-[0-9]+$")`,
	)
	for id, r := range of(EachCommit,
		"migration-alone", `any(files, .path matches "(?i)/migrations?/")`, `all(files, .path matches "(?i)/migrations?/") or commit.merge or commit.picks != ""`,
		"own-name", ``, `commit.author.email endsWith "@example.com"`,
		"protected-revert", `protected and commit.reverts != ""`, `commit.type == "revert" or commit.subject startsWith "Revert"`,
	) {
		opts[id] = r
	}
	early := Rule{Description: "no-exe", Need: `none(files, .path endsWith ".exe")`, Each: EachCommit, Early: true, Group: "files", Severity: "high"}
	opts["no-exe"] = early
	return opts
}

func TestCases(t *testing.T) { analyzerstest.Run(t, mustNew(t, standard()), "testdata/*.txtar") }

func TestContract(t *testing.T) {
	opts := standard()
	opts["subject"] = Rule{Description: "subject", Need: `commit.subject != ""`, Each: EachCommit}
	opts["yaml"] = Rule{Description: "yaml", Need: `none(files, .path == ".refward.yaml")`}
	analyzerstest.Suite(t, mustNew(t, opts))
}

// TestWithoutRules: the analyzer is there all the same, so that a policy can gate it.
func TestWithoutRules(t *testing.T) {
	a := mustNew(t, Defaults())
	if err := analyzers.ValidateRules(a); err != nil {
		t.Error(err)
	}
	r, err := a.Run(t.Context(), analyzerstest.Sample())
	if err != nil || len(r.Findings) > 0 {
		t.Errorf("%+v, error %v", r, err)
	}
	if err := a.Try(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestClasses: a class is what policy took the ref's change for.
func TestClasses(t *testing.T) {
	a := mustNew(t, of(EachChange, "sec", `class("security")`, `"feature" in classes`))
	c := analyzerstest.Change(analyzerstest.Commit("feat: x\n"))
	for _, want := range []struct {
		classes []analyzers.Class
		n       int
	}{{nil, 0}, {[]analyzers.Class{analyzers.Feature}, 0}, {[]analyzers.Class{analyzers.Security}, 1}, {[]analyzers.Class{analyzers.Feature, analyzers.Security}, 0}} {
		c.Refs[0].Classes = nil
		for _, k := range want.classes {
			c.Refs[0].Classes = append(c.Refs[0].Classes, analyzers.Classification{Class: k})
		}
		r, err := a.Run(t.Context(), c)
		if err != nil || len(r.Findings) != want.n {
			t.Errorf("%v: %+v, error %v", want.classes, r.Findings, err)
		}
	}
}

// TestKinds: what a rule is asked about depends on where the change comes from.
func TestKinds(t *testing.T) {
	opts := of(EachChange, "change", "", "false")
	opts["commit"] = Rule{Description: "x", Need: "false", Each: EachCommit}
	opts["early"] = Rule{Description: "x", Need: "false", Each: EachCommit, Early: true}
	a := mustNew(t, opts)
	for kind, want := range map[analyzers.Kind]string{
		analyzers.KindPush: "[change commit early]", analyzers.KindRange: "[change commit early]", analyzers.KindHistory: "[commit early]",
		analyzers.KindTree: "[]", analyzers.KindCommit: "[early]", analyzers.KindMessage: "[early]",
	} {
		c := analyzerstest.Change(analyzerstest.Commit("x"))
		if kind == analyzers.KindCommit {
			c = analyzerstest.Change(analyzerstest.Index(analyzerstest.Added("a", "a\n")))
		}
		c.Kind = kind
		r, err := a.Run(t.Context(), c)
		var got []string
		for _, f := range r.Findings {
			got = append(got, f.Rule)
		}
		if fmt.Sprint(got) != want || err != nil {
			t.Errorf("%s: %v, want %s, error %v", kind, got, want, err)
		}
	}
}

// TestKeys: what is found is the same after a rebase.
func TestKeys(t *testing.T) {
	opts := of(EachCommit, "c", "", "false")
	opts["r"] = Rule{Description: "x", Need: "false"}
	a := mustNew(t, opts)
	keys := func(id string) (keys []string) {
		c := analyzerstest.Change(analyzerstest.Commit("feat: x\n\nbody\n"))
		c.Commits[0].ID = analyzerstest.ID(id)
		r, err := a.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			keys = append(keys, f.Key)
		}
		return keys
	}
	if a, b := fmt.Sprint(keys("one")), fmt.Sprint(keys("two")); a != b || a != "[r refs/heads/main c feat: x]" {
		t.Errorf("%s and %s", a, b)
	}
}

// TestOfOneRef: a rule about commits that speaks of refs names the ref where another one passes.
func TestOfOneRef(t *testing.T) {
	a := mustNew(t, of(EachCommit, "topic-only", `branch == "main"`, `not (commit.subject startsWith "try")`, "both", `branch != ""`, `false`))
	c := analyzerstest.Change(analyzerstest.Commit("try: x\n"))
	topic := c.Refs[0]
	topic.Ref = "refs/heads/topic"
	c.Refs = append(c.Refs, topic)
	r, err := a.Run(t.Context(), c)
	if err != nil || len(r.Findings) != 2 {
		t.Fatalf("%+v, error %v", r.Findings, err)
	}
	for _, f := range r.Findings {
		want := map[string]string{"both": "", "topic-only": "refs/heads/main"}[f.Rule]
		if f.Ref != want || f.Commit != c.Commits[0].ID {
			t.Errorf("%+v", f)
		}
	}
}

// TestFailing: a rule that cannot be evaluated is an error of the check, and the others are asked all the same.
func TestFailing(t *testing.T) {
	a := mustNew(t, of(EachChange, "first", "", `files[7].path == ""`, "number", "", `int(trailer("X")) > 1`, "other", "", "false"))
	r, err := a.Run(t.Context(), analyzerstest.Change(analyzerstest.Commit("x", analyzerstest.Added("a", "a\n"))))
	if err == nil || !strings.Contains(err.Error(), "rule first: need: line 1, column") || !strings.Contains(err.Error(), "rule number") {
		t.Errorf("error %v", err)
	}
	if len(r.Findings) != 1 || r.Findings[0].Rule != "other" {
		t.Errorf("%+v", r.Findings)
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !strings.HasPrefix(line, "rule ") {
			t.Errorf("%q begins another line", line)
		}
	}
}

func TestDocuments(t *testing.T) {
	opts := Options{"a": {Description: "what", If: "protected", Need: "true", Message: "said", Hint: "do", Group: "g", Severity: "critical"}}
	a := mustNew(t, opts)
	if r := a.Rules()[0]; r.Summary != "said" || r.Why != "what" || r.Fix != "do" || r.Group != "g" || !strings.Contains(r.Example, "if: protected") {
		t.Errorf("%+v", r)
	}
	opts["a"] = Rule{Description: "what", Need: "false", Message: "said", Hint: "do", Group: "g", Severity: "critical"}
	r, err := mustNew(t, opts).Run(t.Context(), analyzerstest.Change(analyzerstest.Commit("x")))
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Severity != analyzers.Critical || r.Findings[0].Message != "said" || r.Findings[0].Hint != "do" || r.Findings[0].Group != "g" {
		t.Errorf("%+v, error %v", r.Findings, err)
	}
}

func TestExamples(t *testing.T) {
	files := func(paths ...string) *Sample {
		s := &Sample{}
		for _, p := range paths {
			s.Files = append(s.Files, SampleFile{Path: p})
		}
		return s
	}
	docs := Rule{Description: "x", If: `any(files, .path startsWith "api/")`, Need: `any(files, .path startsWith "docs/" and .status == "M")`}
	docs.Examples = []Example{{Fail: files("api/a")}, {Pass: files("api/a", "docs/a")}, {Pass: files("a")}}
	typed := Rule{Description: "x", Each: EachCommit, Need: `commit.subject != "" and (class("feature") or commit.author.email == "a@example.com")`}
	typed.Examples = []Example{
		{Fail: &Sample{}},
		{Pass: &Sample{Commits: []SampleCommit{{Subject: "x"}}}},
		{Fail: &Sample{Commits: []SampleCommit{{Subject: "x"}, {}}}},
		{Pass: &Sample{Class: []analyzers.Class{analyzers.Bugfix}, Commits: []SampleCommit{{Message: "x\n\ny\n", Author: "A <a@example.com>"}}}},
	}
	if err := mustNew(t, Options{"docs": docs, "typed": typed}).Try(t.Context()); err != nil {
		t.Error(err)
	}
	docs.Examples = []Example{{Fail: files("api/a")}, {Pass: files("api/a")}, {Fail: files("a")}}
	err := mustNew(t, Options{"docs": docs}).Try(t.Context())
	if got := optionKeys(err); fmt.Sprint(got) != "[docs.examples[1] docs.examples[2]]" {
		t.Errorf("%v: %v", got, err)
	}
	failing := Rule{Description: "x", Need: `files[1].path == ""`, Examples: []Example{{Pass: files("a")}}}
	if got := optionKeys(mustNew(t, Options{"f": failing}).Try(t.Context())); fmt.Sprint(got) != "[f.examples[0]]" {
		t.Errorf("%v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := mustNew(t, Options{"docs": docs}).Try(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// optionKeys returns the keys of the option errors that err consists of, or what else it is.
func optionKeys(err error) []string {
	switch e := err.(type) {
	case nil:
		return nil
	case *analyzers.OptionError:
		return []string{e.Key}
	case interface{ Unwrap() []error }:
		var keys []string
		for _, sub := range e.Unwrap() {
			keys = append(keys, optionKeys(sub)...)
		}
		return keys
	}
	return []string{err.Error()}
}
