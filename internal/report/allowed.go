package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/policy"
)

// The ways in which a finding may stay, by the beginning of policy.Finding.Allowed, and how the reports count them.
var allowedBy = []struct{ prefix, one, many string }{
	{"baseline", "1 older finding is in the baseline", "%d older findings are in the baseline"},
	{"allow file", "1 finding is in the allow file", "%d findings are in the allow file"},
	{".gitleaksignore", "1 finding is in .gitleaksignore", "%d findings are in .gitleaksignore"},
	{"inline", "1 finding is allowed by a comment on its line", "%d findings are allowed by comments on their lines"},
}

// allowed counts what may stay, one sentence for each way. What occurs often counts once.
func (v *view) allowed() []string {
	seen, count := map[string]bool{}, make([]int, len(allowedBy))
	for i := range v.Verdict.Findings {
		f := &v.Verdict.Findings[i]
		way := slices.IndexFunc(allowedBy, func(a struct{ prefix, one, many string }) bool { return strings.HasPrefix(f.Allowed, a.prefix) })
		if f.Allowed != "" && way >= 0 && !seen[f.Fingerprint] {
			seen[f.Fingerprint] = true
			count[way]++
		}
	}
	var out []string
	for i, n := range count {
		switch {
		case n == 1:
			out = append(out, allowedBy[i].one)
		case n > 1:
			out = append(out, fmt.Sprintf(allowedBy[i].many, n))
		}
	}
	return out
}

// printAllowed says how much may stay, and what is wrong with what should say so. A hook on a developer's machine that accepts stays
// quiet about the former.
func (v *view) printAllowed(p *printer) {
	for _, note := range v.Notes {
		p.wrap("", "warning: "+cut(v.clean(note), maxText))
	}
	if v.quiet() && v.Verdict.Result == policy.Accepted {
		return
	}
	for _, sentence := range v.allowed() {
		p.line(sentence)
	}
}

// falseAlarm says how to have something accepted that is none: by the author's own comment where that counts, or by whoever keeps the
// server's allow file, who needs the fingerprint.
func (v *view) falseAlarm(blocking []*entry) []string {
	var lines, others []*entry
	for _, e := range blocking {
		switch f := e.raw[0]; {
		case !f.Allowable || f.Path == "" && !e.secret(): // another word in a message is sooner written
		case f.Analyzer == "gosec" && f.Group == allow.GroupUnexamined: // it says what is missing, and nothing about the code
		case v.Inline && f.Path != "" && f.Line > 0 && f.Rule != unread:
			lines = append(lines, e)
		default:
			others = append(others, e)
		}
	}
	var out []string
	if len(lines) > 0 {
		out = append(out, "a false alarm? say so on the line:", "  "+analyzers.InlineMark+" "+lines[0].Rule+" REASON")
	}
	if len(others) == 0 || v.Change.Kind == analyzers.KindMessage {
		return out
	}
	whom := v.Contact
	if whom == "" {
		whom = "whoever looks after the policy"
	}
	out = append(out, "a false alarm? ask "+whom+" to allow it by its fingerprint:")
	for i, e := range others {
		if i == maxNamed {
			return append(out, fmt.Sprintf("  … %d more, in the JSON report", len(others)-i))
		}
		out = append(out, "  "+e.Fingerprint+" "+e.Rule)
	}
	return out
}
