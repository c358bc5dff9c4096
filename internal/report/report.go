package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// Input is all that a report is made of. The report reads it and keeps nothing.
type Input struct {
	ToolVersion  string
	Policy       string            // the policy's name or file, for the pusher; may be ""
	PolicyDigest string            // identifies the policy's content
	PushID       string            // by which the administrator finds the record; may be ""
	Change       *analyzers.Change // nil when it could not even be read
	Outcomes     []analyzers.Outcome
	Verdict      policy.Verdict
	Contact      string // whom to ask; may be ""
	Hook         string // the hook that judges, such as "pre-receive", or "check" on the command line
	MaxGroups    int    // groups of findings in the text format; 0 = 5, negative = all

	Notes  []string // about the judgement itself, one line each, such as a baseline that cannot be read
	Inline bool     // a comment on the line would count here: a refusal may advise it

	Reviewers []Reviewer // whom to ask for a review, by ref, the best first; only of what is accepted

	// Scrubber replaces the secrets; nil = one of the verdict's and the outcomes' findings. To make it takes long when
	// there are very many.
	Scrubber *Scrubber

	// Rule returns the documentation of a rule by its full identifier. SARIF alone asks; nil means that none is known.
	Rule func(id string) (analyzers.Rule, bool)
}

// Version is the version of the protocol. It grows when a key changes its meaning or goes away, not when one is added.
const Version = 1

// A Report is the JSON report: its keys are always present, in this order.
type Report struct {
	Version      int        `json:"version"`
	ToolVersion  string     `json:"tool_version"`
	PolicyDigest string     `json:"policy_digest"`
	PushID       string     `json:"push_id"`
	Refs         []Ref      `json:"refs"`
	Verdict      Verdict    `json:"verdict"`
	Findings     []Finding  `json:"findings"`
	Outcomes     []Outcome  `json:"outcomes"`
	Reviewers    []Reviewer `json:"reviewers"`
	Truncated    bool       `json:"truncated"` // findings, skips or refs of a finding were left out
}

// A Ref is one ref update, or the ref whose policy applies.
type Ref struct {
	Ref       string `json:"ref"`
	Old       string `json:"old"` // full id
	New       string `json:"new"` // full id
	Protected bool   `json:"protected"`

	Classes      []string `json:"classes"`       // what kinds of change policy takes it for
	ClassReasons []string `json:"class_reasons"` // of each class, why
}

// A Verdict is what the policy came to.
type Verdict struct {
	Result string `json:"result"` // "accepted", "refused" or "error"
	Mode   string `json:"mode"`   // "enforce" or "observe"
	Exit   int    `json:"exit"`   // the process's exit code
}

// A Finding is one occurrence of something that is wrong.
type Finding struct {
	Analyzer    string   `json:"analyzer"`
	Rule        string   `json:"rule"`     // "analyzer/ID"
	Level       string   `json:"level"`    // "block", "warn", "late" or "info"
	Severity    string   `json:"severity"` // "info", "low", "medium", "high" or "critical"
	Path        string   `json:"path"`     // C-quoted as git does; "" = not in a file
	Line        int      `json:"line"`     // 1-based; 0 = the whole file
	EndLine     int      `json:"end_line"`
	Column      int      `json:"column"` // 1-based, in bytes; 0 = the whole line
	Commit      string   `json:"commit"` // full id; "" = in no commit
	Refs        []string `json:"refs"`
	Message     string   `json:"message"`
	Hint        string   `json:"hint"`
	Excerpt     string   `json:"excerpt"` // redacted; may have several lines
	Fingerprint string   `json:"fingerprint"`
	Validity    string   `json:"validity"` // "valid", "invalid", "unknown" or ""
	Allowed     string   `json:"allowed"`  // why it may stay; "" = nothing allows it
	Denied      string   `json:"denied"`   // why what seems to allow it does not; may be ""
}

// An Outcome is how one analyzer's run ended.
type Outcome struct {
	Analyzer string           `json:"analyzer"`
	Status   string           `json:"status"`   // "ok", "findings", "error", "timeout", "partial" or "skipped"
	TookMS   int64            `json:"took_ms"`  // wall time in milliseconds
	Examined map[string]int64 `json:"examined"` // by unit
	Skipped  []analyzers.Skip `json:"skipped"`
}

// A Reviewer is somebody who knows the touched code.
type Reviewer struct {
	Ref     string   `json:"ref"` // full name of the branch to review; "" = the question was not about one
	Name    string   `json:"name"`
	Email   string   `json:"email"`
	Score   float64  `json:"score"` // the higher the better; comparable within one list only
	Reasons []string `json:"reasons"`
}

// How much a report holds. A push can be made to have any number of findings; 10,000 are more than anybody reads and
// about 5 MB of JSON.
const (
	maxFindings = 10_000
	maxSkips    = 1_000 // for each analyzer
	maxRefs     = 100   // of each finding: thousands of refs may lead to one commit
)

// New makes the JSON report. Every string in it is free of secrets, valid UTF-8 and printable.
func New(in Input) *Report { return newView(in).report }

// Encode writes the report as JSON, indented, and with a line end.
func (r *Report) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

// Formats returns the names that Write knows, the default first.
func Formats() []string { return []string{"text", "json", "sarif", "junit", "github"} }

// Write writes the report in one of the Formats. The text format may be empty: a client hook that accepts says nothing.
func Write(w io.Writer, format string, in Input) error {
	write := map[string]func(*view, io.Writer) error{
		"text": (*view).text, "json": (*view).json, "sarif": (*view).sarif, "junit": (*view).junit, "github": (*view).github,
	}[format]
	if write == nil {
		return fmt.Errorf("report format %q is not one of %s", format, strings.Join(Formats(), ", "))
	}
	return write(newView(in), w)
}

func (v *view) json(w io.Writer) error { return v.report.Encode(w) }

// A view is an Input made harmless: what the formats print comes from here.
type view struct {
	Input
	scrub    *Scrubber
	report   *Report
	raw      []*policy.Finding // by the index of report.Findings; for keys and comparisons, never printed
	failures []policy.Failure  // clean; a reason may have several lines
	skips    []skip            // what analyzers passed over, without the checks that failed
	refs     map[string]string // names of refs, clean by raw
}

func newView(in Input) *view {
	if in.Change == nil {
		in.Change = &analyzers.Change{}
	}
	if in.Scrubber == nil {
		in.Scrubber = NewScrubber(in.Verdict, in.Outcomes...)
	}
	v := &view{Input: in, scrub: in.Scrubber, refs: map[string]string{}}
	v.Policy, v.Contact = Visible(in.Policy), Visible(in.Contact)
	v.report = &Report{
		Version:      Version,
		ToolVersion:  Visible(in.ToolVersion),
		PolicyDigest: Visible(in.PolicyDigest),
		PushID:       Visible(in.PushID),
		Refs:         []Ref{},
		Verdict:      Verdict{Result: Visible(string(in.Verdict.Result)), Mode: Visible(string(in.Verdict.Mode)), Exit: in.Verdict.Exit},
		Findings:     []Finding{},
		Outcomes:     []Outcome{},
		Reviewers:    []Reviewer{},
	}
	for _, r := range in.Change.Refs {
		ref := Ref{Ref: v.clean(r.Ref), Old: Visible(r.Old), New: Visible(r.New), Protected: r.Protected, Classes: []string{}, ClassReasons: []string{}}
		for _, c := range r.Classes {
			ref.Classes = append(ref.Classes, Visible(string(c.Class)))
			ref.ClassReasons = append(ref.ClassReasons, v.clean(c.Reason))
		}
		v.report.Refs = append(v.report.Refs, ref)
	}
	v.raw = mostSevere(in.Verdict.Findings, maxFindings)
	v.report.Truncated = len(v.raw) < len(in.Verdict.Findings)
	for _, f := range v.raw {
		v.report.Findings = append(v.report.Findings, v.finding(f))
	}
	for i := range in.Outcomes {
		v.report.Outcomes = append(v.report.Outcomes, v.outcome(&in.Outcomes[i]))
	}
	for i := range in.Reviewers {
		v.report.Reviewers = append(v.report.Reviewers, v.reviewer(&in.Reviewers[i]))
	}
	v.fail()
	return v
}

// clean makes a string from the push fit to print on one line. What is not from the push (names of rules and analyzers,
// levels, ids, the contact) does not pass the scrubber: it is known, so that a gap in it would give the secret away.
func (v *view) clean(s string) string { return Visible(v.scrub.String(s)) }

func (v *view) finding(f *policy.Finding) Finding {
	refs := []string{}
	for _, r := range f.Refs[:min(len(f.Refs), maxRefs)] {
		if _, ok := v.refs[r]; !ok {
			v.refs[r] = v.clean(r)
		}
		refs = append(refs, v.refs[r])
	}
	v.report.Truncated = v.report.Truncated || len(f.Refs) > maxRefs
	return Finding{
		Analyzer:    Visible(f.Analyzer),
		Rule:        Visible(f.ID()),
		Level:       Visible(string(f.Level)),
		Severity:    f.Severity.String(),
		Path:        QuotePath(v.scrub.String(f.Path)),
		Line:        f.Line,
		EndLine:     f.EndLine,
		Column:      f.Column,
		Commit:      Visible(f.Commit),
		Refs:        refs,
		Message:     v.clean(f.Message),
		Hint:        v.clean(f.Hint),
		Excerpt:     visibleBlock(v.scrub.Excerpt(&f.Finding)),
		Fingerprint: Visible(f.Fingerprint),
		Validity:    Visible(f.Validity),
		Allowed:     v.clean(f.Allowed),
		Denied:      v.clean(f.Denied),
	}
}

// statement is the message with what the secret's own checksum says of it. JSON has that as a value of its own.
func (f *Finding) statement() string { return f.Message + validityWords(f.Validity) }

func validityWords(validity string) string {
	switch validity {
	case analyzers.ValidityValid:
		return " (its checksum is right)"
	case analyzers.ValidityInvalid:
		return " (its checksum or form is wrong: probably not a real secret)"
	}
	return ""
}

// mostSevere returns at most limit findings in their order. The mildest go first, so that nobody can bury what blocks
// a push under what does not.
func mostSevere(all []policy.Finding, limit int) []*policy.Finding {
	if len(all) < limit {
		limit = len(all)
	}
	count := map[policy.Level]int{}
	for i := range all {
		count[all[i].Level]++
	}
	quota, left := map[policy.Level]int{}, limit
	for _, l := range levels {
		quota[l] = min(count[l], left)
		left -= quota[l]
	}
	var out []*policy.Finding
	for i := range all {
		if quota[all[i].Level] > 0 {
			quota[all[i].Level]--
			out = append(out, &all[i])
		}
	}
	return out
}

// levels are the levels of a finding, the gravest first.
var levels = []policy.Level{policy.LevelBlock, policy.LevelLate, policy.LevelWarn, policy.LevelInfo}

// rank returns the place of a level in levels.
func rank(l policy.Level) int { return slices.Index(levels, l) }
