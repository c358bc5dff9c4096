package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/refward/refward/internal/policy"
)

const (
	// maxResults is how many results of a run GitHub shows; it drops the rest itself, in an order of its own.
	maxResults = 5_000

	// nowhere is the location of what is in no file: GitHub rejects a result without one, and the policy file is where a
	// rule about messages, tags and refs is written down.
	nowhere = ".refward.yaml"
)

// sarif writes SARIF 2.1.0 as GitHub's code scanning takes it.
func (v *view) sarif(w io.Writer) error {
	run := sarif.NewRun()
	run.Tool = sarif.NewTool().WithDriver(sarif.NewToolComponent().WithName("Refward"))
	if v.report.ToolVersion != "" {
		run.Tool.Driver.WithVersion(v.report.ToolVersion)
	}
	run.WithColumnKind("utf16CodeUnits")
	invocation := v.invocation()
	run.AddInvocation(invocation)

	index := map[string]int{}
	kept := map[*policy.Finding]bool{}
	for _, f := range mostSevere(v.Verdict.Findings, maxResults) {
		kept[f] = true
	}
	for i, raw := range v.raw {
		if !kept[raw] {
			continue
		}
		f := &v.report.Findings[i]
		n, known := index[f.Rule]
		if !known {
			n = len(index)
			index[f.Rule] = n
			run.Tool.Driver.AddRule(v.sarifRule(f))
		}
		run.AddResult(v.sarifResult(f, raw).WithRuleIndex(n))
	}
	if left := len(v.Verdict.Findings) - len(kept); left > 0 {
		invocation.AddToolExecutionNotification(notification("warning", fmt.Sprintf("%d more findings are left out", left)))
	}

	if err := sarif.NewReport().AddRun(run).PrettyWrite(w); err != nil {
		return fmt.Errorf("write SARIF report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// invocation tells how the run went: what could not be checked is an error of the tool, not a result.
func (v *view) invocation() *sarif.Invocation {
	successful := true
	in := sarif.NewInvocation().WithExitCode(v.Verdict.Exit)
	for _, f := range v.failures {
		level := "error"
		if f.Softened {
			level = "warning"
		} else {
			successful = false
		}
		in.AddToolExecutionNotification(notification(level, "could not check: "+f.Analyzer+": "+f.Reason))
	}
	for _, s := range v.skips {
		in.AddToolExecutionNotification(notification("note", "not examined: "+s.analyzer+": "+s.What+": "+s.Why))
	}
	return in.WithExecutionSuccessful(successful)
}

func notification(level, text string) *sarif.Notification {
	return sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(plainText(text)))
}

// sarifRule describes a rule; without its documentation, by its name alone, so that the same rule reads the same in
// every report.
func (v *view) sarifRule(f *Finding) *sarif.ReportingDescriptor {
	id := f.Rule
	text := func(s string) *sarif.MultiformatMessageString {
		return sarif.NewMultiformatMessageString().WithText(s)
	}
	summary, why, fix, cwe := id, id, "See: refward explain "+id, ""
	if v.Rule != nil {
		if r, ok := v.Rule(id); ok {
			summary = cmp.Or(Visible(r.Summary), summary)
			why = cmp.Or(visibleBlock(r.Why), summary)
			fix = cmp.Or(visibleBlock(r.Fix), fix)
			cwe = r.CWE
		}
	}
	rule := sarif.NewRule(id).WithName(id).
		WithShortDescription(text(summary)).WithFullDescription(text(why)).WithHelp(text(fix))
	if cwe != "" { // as GitHub's code scanning knows it
		properties := sarif.NewPropertyBag()
		properties.Add("tags", []string{"security", "external/cwe/cwe-" + cwe})
		rule.WithProperties(properties).WithHelpURI("https://cwe.mitre.org/data/definitions/" + cwe + ".html")
	}
	return rule
}

func (v *view) sarifResult(f *Finding, raw *policy.Finding) *sarif.Result {
	message := f.statement()
	if f.Hint != "" {
		message += "\n" + f.Hint
	}
	properties := sarif.NewPropertyBag()
	properties.Add("commit", f.Commit)
	properties.Add("refs", f.Refs)
	properties.Add("refwardLevel", f.Level)
	properties.Add("severity", f.Severity)
	properties.Add("validity", f.Validity)
	properties.Add("allowed", f.Allowed)
	properties.Add("denied", f.Denied)
	result := sarif.NewRuleResult(f.Rule).
		WithLevel(sarifLevel(raw.Level)).
		WithMessage(sarif.NewTextMessage(plainText(cmp.Or(message, f.Rule)))).
		WithPartialFingerprints(map[string]string{"refward/v1": f.Fingerprint}).
		WithProperties(properties).
		AddLocation(v.sarifLocation(f, raw))
	if f.Allowed != "" {
		kind := "external"
		if strings.HasPrefix(raw.Allowed, "inline") {
			kind = "inSource" // SARIF 2.1.0, section 3.35.2
		}
		result.AddSuppression(sarif.NewSuppression().WithKind(kind).WithStatus("accepted").WithJustification(plainText(f.Allowed)))
	}
	return result
}

func (v *view) sarifLocation(f *Finding, raw *policy.Finding) *sarif.Location {
	uri := nowhere
	if raw.Path != "" {
		uri = percentEncode(v.scrub.String(raw.Path))
	}
	artifact := sarif.NewSimpleArtifactLocation(uri).WithURIBaseID("%SRCROOT%")
	place := sarif.NewPhysicalLocation().WithArtifactLocation(artifact)
	if raw.Path != "" && f.Line > 0 {
		region := sarif.NewSimpleRegion(f.Line, max(f.Line, f.EndLine))
		if f.Column > 0 {
			region.WithStartColumn(f.Column)
		}
		place.WithRegion(region)
	}
	location := sarif.NewLocationWithPhysicalLocation(place)
	if raw.Path == "" {
		name := v.title(raw)
		if f.Commit != "" {
			name = "commit " + f.Commit
		}
		location.AddLogicalLocation(sarif.NewLogicalLocation().WithFullyQualifiedName(name))
	}
	return location
}

func sarifLevel(l policy.Level) string {
	switch l {
	case policy.LevelInfo:
		return "note"
	case policy.LevelWarn, policy.LevelLate:
		return "warning"
	}
	return "error"
}

// plainText takes apart what a viewer would show as a link (SARIF 2.1.0, section 3.11.6): it would be the pusher's.
func plainText(s string) string { return strings.ReplaceAll(s, "](", "] (") }
