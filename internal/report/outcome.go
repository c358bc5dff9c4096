package report

import (
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// self is the analyzer's name under which a report has the failures that belong to no analyzer: input that cannot be
// read, a policy that cannot be used.
const self = "refward"

// A skip is what an analyzer did not examine.
type skip struct {
	analyzer string
	analyzers.Skip
}

func (v *view) outcome(o *analyzers.Outcome) Outcome {
	out := Outcome{
		Analyzer: Visible(o.Analyzer),
		Status:   status(o),
		TookMS:   o.Took.Milliseconds(),
		Examined: map[string]int64{},
		Skipped:  []analyzers.Skip{},
	}
	for unit, n := range o.Result.Examined {
		out.Examined[Visible(unit)] += n
	}
	for _, s := range o.Result.Skipped[:min(len(o.Result.Skipped), maxSkips)] {
		s = analyzers.Skip{What: v.clean(s.What), Why: v.clean(s.Why)}
		out.Skipped = append(out.Skipped, s)
		v.skips = append(v.skips, skip{out.Analyzer, s})
	}
	v.report.Truncated = v.report.Truncated || len(o.Result.Skipped) > maxSkips
	return out
}

// fail cleans the failures of the verdict and says in the outcomes why a check was not completed, since JSON has no other
// place for it. A failure without an outcome gets one.
func (v *view) fail() {
	known := len(v.report.Outcomes)
	told := map[int]bool{}
	for _, f := range v.Verdict.Failures {
		f.Analyzer, f.Reason = Visible(f.Analyzer), v.reason(f.Reason)
		n := slices.IndexFunc(v.report.Outcomes[:known], func(o Outcome) bool { return o.Analyzer == f.Analyzer })
		if n < 0 {
			if n = known; n == len(v.report.Outcomes) {
				v.report.Outcomes = append(v.report.Outcomes, Outcome{Analyzer: self, Examined: map[string]int64{}, Skipped: []analyzers.Skip{}})
			}
		}
		v.failures = append(v.failures, f)
		if n == known && f.Analyzer != self {
			f.Reason = f.Analyzer + ": " + f.Reason
		}
		v.report.Outcomes[n].fail(f)
		told[n] = true
	}
	for i := range v.Outcomes {
		// The verdict is silent about it when something else kept the change from being judged.
		if o := &v.Outcomes[i]; (o.Err != nil || o.TimedOut) && !told[i] {
			f := policy.Failure{TimedOut: o.TimedOut, Reason: "ran out of time"}
			if o.Err != nil {
				f.Reason = v.reason(o.Err.Error())
			}
			v.report.Outcomes[i].fail(f)
		}
	}
}

// reason makes the reason of a failure fit to print. It keeps its lines, but for the empty ones.
func (v *view) reason(s string) string {
	lines := strings.Split(visibleBlock(v.scrub.String(s)), "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" }), "\n")
}

// fail notes why the check was not completed.
func (o *Outcome) fail(f policy.Failure) {
	if o.Status != "timeout" && o.Status != "error" {
		o.Status = map[bool]string{true: "timeout", false: "error"}[f.TimedOut]
	}
	s := analyzers.Skip{What: "the whole check", Why: strings.ReplaceAll(f.Reason, "\n", "; ")}
	for _, n := range o.Examined {
		if n > 0 {
			s.What = "the rest of the check"
		}
	}
	if !slices.Contains(o.Skipped, s) { // two layers of policy may weigh the same failure
		o.Skipped = append([]analyzers.Skip{s}, o.Skipped...)
	}
}

// status says in one word how an analyzer's run ended. What it could not do comes before what it found.
func status(o *analyzers.Outcome) string {
	var examined int64
	for _, n := range o.Result.Examined {
		examined += n
	}
	switch {
	case o.TimedOut:
		return "timeout"
	case o.Err != nil:
		return "error"
	case len(o.Result.Skipped) > 0 && examined == 0 && len(o.Result.Findings) == 0:
		return "skipped"
	case len(o.Result.Skipped) > 0:
		return "partial"
	case len(o.Result.Findings) > 0:
		return "findings"
	}
	return "ok"
}
