package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWrite(t *testing.T) {
	err := Write(brokenWriter{}, "yaml", Input{})
	if err == nil || !strings.Contains(err.Error(), `"yaml"`) || !strings.Contains(err.Error(), "text, json, sarif, junit, github") {
		t.Errorf("an unknown format: %v", err)
	}
	for _, format := range Formats() {
		if err := Write(brokenWriter{}, format, cases()["two-commits"]); err == nil || !strings.Contains(err.Error(), "broken pipe") {
			t.Errorf("%s to a broken pipe: %v", format, err)
		}
	}
}

// The keys are those of the protocol, in its order, and there is always a value.
func TestKeys(t *testing.T) {
	keys := func(v any) string {
		var out []string
		for f := range reflect.TypeOf(v).Fields() {
			out = append(out, f.Tag.Get("json"))
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []struct {
		v    any
		want string
	}{
		{Report{}, "version tool_version policy_digest push_id refs verdict findings outcomes reviewers truncated"},
		{Ref{}, "ref old new protected classes class_reasons"},
		{Verdict{}, "result mode exit"},
		{Finding{}, "analyzer rule level severity path line end_line column commit refs message hint excerpt fingerprint validity allowed denied"},
		{Outcome{}, "analyzer status took_ms examined skipped"},
		{analyzers.Skip{}, "what why"},
		{Reviewer{}, "ref name email score reasons"},
	} {
		if got := keys(tt.v); got != tt.want {
			t.Errorf("%T has the keys\n%s, not\n%s", tt.v, got, tt.want)
		}
	}
	empty := render(t, "json", Input{Outcomes: []analyzers.Outcome{{}}, Verdict: policy.Verdict{Findings: []policy.Finding{{}}}})
	checkJSON(t, empty)
	if strings.Contains(empty, "null") {
		t.Errorf("a null in\n%s", empty)
	}
}

func TestStatus(t *testing.T) {
	found, skip := []analyzers.Finding{{}}, []analyzers.Skip{{}}
	some := map[string]int64{"files": 1}
	tests := []struct {
		o    analyzers.Outcome
		want string
	}{
		{analyzers.Outcome{Result: analyzers.Result{Examined: some}}, "ok"},
		{analyzers.Outcome{}, "ok"},
		{analyzers.Outcome{Result: analyzers.Result{Examined: some, Findings: found}}, "findings"},
		{analyzers.Outcome{Result: analyzers.Result{Examined: some, Findings: found, Skipped: skip}}, "partial"},
		{analyzers.Outcome{Result: analyzers.Result{Skipped: skip}}, "skipped"},
		{analyzers.Outcome{Result: analyzers.Result{Findings: found, Skipped: skip}}, "partial"},
		{analyzers.Outcome{Err: errors.New("x"), Result: analyzers.Result{Findings: found}}, "error"},
		{analyzers.Outcome{Err: errors.New("x"), TimedOut: true}, "timeout"},
		{analyzers.Outcome{TimedOut: true}, "timeout"},
	}
	for _, tt := range tests {
		if got := New(Input{Outcomes: []analyzers.Outcome{tt.o}}).Outcomes[0].Status; got != tt.want {
			t.Errorf("%+v is %q, want %q", tt.o, got, tt.want)
		}
	}
}

// A flood of mild findings does not push out what blocks, in any format.
func TestBounds(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "1 one"))
	var found []policy.Finding
	for i := range maxFindings + 10 {
		f := wip(id("1"), policy.LevelWarn)
		f.Key = fmt.Sprint(i)
		found = append(found, f)
	}
	found = append(found, leak("last.env", 1, id("1")))
	in := input("pre-receive", c, verdict(policy.Refused, on(c, found...)...))
	in.Outcomes[0].Result.Skipped = make([]analyzers.Skip, maxSkips+1)
	r := New(in)
	if len(r.Findings) != maxFindings || !r.Truncated || r.Findings[maxFindings-1].Path != "last.env" {
		t.Errorf("%d findings, truncated %v, the last in %q", len(r.Findings), r.Truncated, r.Findings[len(r.Findings)-1].Path)
	}
	if len(r.Outcomes[0].Skipped) != maxSkips {
		t.Errorf("%d skips", len(r.Outcomes[0].Skipped))
	}
	if text := render(t, "text", in); strings.Count(text, "\n") > 100 || !strings.Contains(text, "file last.env") {
		t.Errorf("the text is too long, or does not say what blocks:\n%.2000s", text)
	}
	run := readSARIF(t, render(t, "sarif", in))
	if len(run.Results) != maxResults || *run.Results[maxResults-1].RuleID != "secrets/github-pat" {
		t.Errorf("%d results", len(run.Results))
	}
	if left := "5011 more findings are left out"; !slices.ContainsFunc(run.Invocations[0].ToolExecutionNotifications,
		func(n *sarif.Notification) bool { return *n.Message.Text == left }) {
		t.Errorf("no notification says %q", left)
	}

	in.Verdict.Findings = in.Verdict.Findings[:3]
	in.Verdict.Findings[0].Refs = make([]string, maxRefs+1)
	if r := New(in); len(r.Findings[0].Refs) != maxRefs {
		t.Errorf("%d refs of a finding", len(r.Findings[0].Refs))
	}
	in.Verdict.Findings[0].Refs = nil
	in.Outcomes[0].Result.Skipped = nil
	if New(in).Truncated {
		t.Error("three findings are truncated")
	}
}

func readSARIF(t *testing.T, text string) *sarif.Run {
	t.Helper()
	r, err := sarif.FromString(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Runs) != 1 {
		t.Fatalf("%d runs", len(r.Runs))
	}
	return r.Runs[0]
}

// Every SARIF report is valid by the schema that comes with the library, and has what GitHub asks for.
func TestSARIF(t *testing.T) {
	inputs := cases()
	inputs["fuzz"] = hostileInput("[a](b) \x1b\xff\n{0}", []string{"hunter2"}, 0)
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			text := render(t, "sarif", in)
			r, err := sarif.FromString(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Validate(); err != nil {
				t.Error(err)
			}
			run := readSARIF(t, text)
			rules := run.Tool.Driver.Rules
			if len(run.Results) != len(in.Verdict.Findings) {
				t.Errorf("%d results of %d findings", len(run.Results), len(in.Verdict.Findings))
			}
			for i, result := range run.Results {
				f := in.Verdict.Findings[i]
				place := result.Locations[0].PhysicalLocation
				if *rules[result.RuleIndex].ID != *result.RuleID || *result.RuleID != f.ID() {
					t.Errorf("result %d is of rule %s, and its index is that of %s", i, *result.RuleID, *rules[result.RuleIndex].ID)
				}
				if *result.Message.Text == "" || strings.Contains(*result.Message.Text, "](") {
					t.Errorf("result %d says %q", i, *result.Message.Text)
				}
				if len(result.Locations) != 1 || *place.ArtifactLocation.URI == "" || *place.ArtifactLocation.URIBaseID != "%SRCROOT%" {
					t.Errorf("result %d has no location that GitHub takes", i)
				}
				if (f.Line > 0) != (place.Region != nil) || place.Region != nil && *place.Region.StartLine != f.Line {
					t.Errorf("result %d: region %+v for line %d", i, place.Region, f.Line)
				}
				if result.PartialFingerprints["refward/v1"] != f.Fingerprint {
					t.Errorf("result %d: fingerprint %q", i, result.PartialFingerprints)
				}
				if want := map[policy.Level]string{"block": "error", "warn": "warning", "late": "warning", "info": "note"}[f.Level]; result.Level != want {
					t.Errorf("result %d: level %s, want %s", i, result.Level, want)
				}
			}
			for _, rule := range rules {
				if *rule.ShortDescription.Text == "" || *rule.FullDescription.Text == "" || *rule.Help.Text == "" {
					t.Errorf("rule %s is not described", *rule.ID)
				}
			}
			hard := slices.ContainsFunc(in.Verdict.Failures, func(f policy.Failure) bool { return !f.Softened })
			if *run.Invocations[0].ExecutionSuccessful == hard {
				t.Errorf("executionSuccessful = %v", !hard)
			}
		})
	}
	bad := strings.Replace(render(t, "sarif", inputs["two-commits"]), `"startLine": 3`, `"startLine": 0`, 1)
	if r, err := sarif.FromString(bad); err != nil || r.Validate() == nil {
		t.Errorf("the schema takes a line 0 (%v): it checks nothing", err)
	}
}

func TestJUnit(t *testing.T) {
	for name, in := range cases() {
		var all junitSuites
		if err := xml.Unmarshal([]byte(render(t, "junit", in)), &all); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		blocked, failed := 0, 0
		for _, f := range in.Verdict.Findings {
			if f.Level == policy.LevelBlock {
				blocked++
			}
		}
		for _, f := range in.Verdict.Failures {
			if !f.Softened {
				failed++
			}
		}
		tests := 0
		for _, s := range all.Suites {
			tests += len(s.Cases)
			if len(s.Cases) == 0 || s.Tests != len(s.Cases) {
				t.Errorf("%s: suite %s says %d tests and has %d", name, s.Name, s.Tests, len(s.Cases))
			}
		}
		if all.Failures != blocked || all.Errors != failed || all.Tests != tests {
			t.Errorf("%s: %d failures, %d errors, %d tests; want %d, %d, %d", name, all.Failures, all.Errors, all.Tests, blocked, failed, tests)
		}
		for _, o := range in.Outcomes {
			if !slices.ContainsFunc(all.Suites, func(s *junitSuite) bool { return s.Name == o.Analyzer }) {
				t.Errorf("%s: no suite for %s", name, o.Analyzer)
			}
		}
	}
}

// What GitHub's runner makes of a command is what was meant.
func TestGitHub(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "1 one"))
	f := leak("a,b:c%d.env", 2, id("1"))
	f.Message, f.Hint, f.Excerpt = "100% bad: a,b", "", "x\ny"
	got := render(t, "github", input("check", c, verdict(policy.Refused, on(c, f)...)))
	want := "::error file=a%2Cb%3Ac%25d.env,line=2,endLine=2,col=7,title=secrets/github-pat::100%25 bad: a,b (its checksum is right) (in 1111111)%0Ax%0Ay\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The first line says what became of the change.
func TestHead(t *testing.T) {
	c := push("refs/heads/main", id("f"), commits(id("f"), "1 one"))
	warn := on(c, wip(id("1"), policy.LevelWarn))
	block := on(c, wip(id("1"), policy.LevelBlock))
	hard, soft := policy.Failure{Analyzer: "secrets", Reason: "r"}, policy.Failure{Analyzer: "gosec", Reason: "r", Softened: true}
	tests := []struct {
		name     string
		hook     string
		v        policy.Verdict
		failures []policy.Failure
		observe  bool
		want     string
	}{
		{"accepted", "pre-receive", verdict(policy.Accepted), nil, false, "success: refward accepted 1 commit\n"},
		{"accepted by check", "check", verdict(policy.Accepted), nil, false, "success: refward accepted 1 commit\n"},
		{"accepted by a client", "pre-push", verdict(policy.Accepted), nil, false, ""},
		{"warned by a client", "pre-push", verdict(policy.Accepted, warn...), nil, false, "warning: push accepted with 1 finding (main; policy starter)\n"},
		{"softened", "pre-push", verdict(policy.Accepted), []policy.Failure{soft}, false,
			"warning: push accepted, not wholly checked (main; policy starter)\nwarning: could not check: gosec: r (the policy lets it pass)\n"},
		{"refused", "pre-receive", verdict(policy.Refused, block...), nil, false, "error: push refused: 1 finding must be mended (main; policy starter)\n"},
		{"both", "pre-receive", verdict(policy.Refused, block...), []policy.Failure{hard}, false,
			"error: push refused: 1 finding must be mended, 1 check could not be completed (main; policy\n  starter)\nerror: could not check: secrets: r\n"},
		{"unchecked", "pre-receive", verdict(policy.Unchecked), []policy.Failure{hard}, false,
			"error: push refused: 1 check could not be completed (main; policy starter)\nerror: could not check: secrets: r\n"},
		{"observed", "pre-receive", verdict(policy.Unchecked), []policy.Failure{hard}, true,
			"warning: observe: this push would be refused: 1 check could not be completed; accepted\n  (main; policy starter)\nwarning: could not check: secrets: r\n"},
		{"observed, clean", "pre-receive", verdict(policy.Accepted), nil, true, "success: refward accepted 1 commit\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := input(tt.hook, c, tt.v)
			in.Verdict.Failures = tt.failures
			if tt.observe {
				in.Verdict.Mode, in.Verdict.Exit = policy.Observe, policy.ExitAccepted
			}
			got := render(t, "text", in)
			if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// Lines fit, but for commands and what cannot be broken.
func TestColumns(t *testing.T) {
	for name, in := range cases() {
		for line := range strings.Lines(render(t, "text", in)) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > columns && !strings.HasPrefix(line, "hint:   ") {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

// The documentation shows what is printed, and names every key.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/report-format.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"two-commits.txt", "tip.json"} {
		example, err := os.ReadFile(filepath.Join(golden, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(doc), "\n"+string(example)+"```\n") {
			t.Errorf("docs/report-format.md does not show %s as it is", name)
		}
	}
	for _, v := range []any{Report{}, Ref{}, Verdict{}, Finding{}, Outcome{}, analyzers.Skip{}, Reviewer{}} {
		for f := range reflect.TypeOf(v).Fields() {
			if key := f.Tag.Get("json"); !strings.Contains(string(doc), "| `"+key+"` |") {
				t.Errorf("docs/report-format.md does not describe the key %s of %T", key, v)
			}
		}
	}
}

// A word that CI runners obey never comes first on a line, wherever a message is broken.
func TestWrap(t *testing.T) {
	var p printer
	p.wrap("    ", "::first "+strings.Repeat("long ", 30)+strings.Repeat("::set-output ", 30)+"end")
	for line := range strings.Lines(p.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a line begins with a command: %q", line)
		}
	}
	if got := strings.Fields(p.String()); len(got) != 62 || got[0] != `\x3a:first` {
		t.Errorf("62 words become %q", got)
	}
}
