package policy

import (
	"github.com/refward/refward/analyzers"
)

// A Result is what a verdict comes to.
type Result string

// The results.
const (
	Accepted  Result = "accepted"
	Refused   Result = "refused" // policy forbids it
	Unchecked Result = "error"   // something that had to be checked could not be
)

// A Level is what policy makes of a finding.
type Level string

// The levels, from the mildest.
const (
	LevelInfo  Level = "info"  // recorded, not shown by default
	LevelWarn  Level = "warn"  // shown, accepted
	LevelLate  Level = "late"  // accepted now, owed later
	LevelBlock Level = "block" // refused
)

// A Finding is an analyzer's finding with what policy makes of it.
type Finding struct {
	analyzers.Finding
	Analyzer    string
	Level       Level
	Refs        []string // full names of the refs that it concerns, in the order of the push
	Fingerprint string   // the same on client and server and after a rebase; see Fingerprint
	Allowable   bool     // an allowance could let it stay; see Allowable
	Allowed     string   // why it may stay, such as "baseline"; its level is then LevelInfo. "" = nothing allows it
	Denied      string   // why what seems to allow it does not, such as an allowance that has expired; may be ""
}

// ID returns the rule's full identifier, such as "secrets/github-pat".
func (f *Finding) ID() string { return f.Analyzer + "/" + f.Rule }

// A Failure is a check that could not be completed.
type Failure struct {
	Analyzer string
	Reason   string // one line
	TimedOut bool
	Softened bool // policy lets the change pass all the same
}

// A Verdict is what policy says of a Change.
type Verdict struct {
	Result   Result
	Mode     Mode
	Exit     int       // the process's exit code
	Findings []Finding // every occurrence, sorted by path, line, column, rule, commit
	Failures []Failure // in the order of the outcomes
}
