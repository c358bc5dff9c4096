package replay

import (
	"slices"
	"strings"
)

// A Record is what became of one past change. Whoever makes it has replaced the secrets in every string and made it printable.
type Record struct {
	Unit     int      `json:"unit"`     // its place among the changes, newest first, from 0
	ID       string   `json:"id"`       // full id of the commit, or the push's id in the log
	Time     int64    `json:"time"`     // when it came, in seconds since 1970 UTC
	Group    string   `json:"group"`    // of its author
	Subject  string   `json:"subject"`  // first line of the message, where anything changes; else ""
	Classes  []string `json:"classes"`  // kinds of change that either policy takes it for
	Gone     string   `json:"gone"`     // why it could not be judged again, since its objects are not there; "" = it could
	Before   Side     `json:"before"`   // by the present policy
	After    Side     `json:"after"`    // by the other one
	Paths    []string `json:"paths"`    // where the other policy refuses, each once; at most MaxPaths
	Rejected bool     `json:"rejected"` // of a push: it was refused when it came
}

// text returns all that a record says in words.
func (r *Record) text() string {
	words := slices.Concat([]string{r.ID, r.Group, r.Subject, r.Gone}, r.Classes, r.Paths)
	for _, side := range []*Side{&r.Before, &r.After} {
		words = append(words, side.Result, side.Mode, side.Digest)
		for rule := range side.Rules {
			words = append(words, rule)
		}
		for _, f := range side.Failures {
			words = append(words, f.Analyzer, f.Reason)
		}
	}
	return strings.Join(words, " ")
}

// MaxPaths is how many paths a record names.
const MaxPaths = 20

// A Side is what one policy says of a change.
type Side struct {
	Result   string            `json:"result"` // "accepted", "refused" or "error", as in the report
	Mode     string            `json:"mode"`   // "enforce", "observe" or "off"
	Exit     int               `json:"exit"`   // as of "refward check"
	Rules    map[string]Levels `json:"rules"`  // findings by full rule
	Failures []Failure         `json:"failures"`
	Digest   string            `json:"digest"` // of the findings, the verdict and the ref as the JSON report has them: "sha256:" and 64 digits
}

// Levels counts findings by what policy makes of them.
type Levels struct {
	Block int `json:"block"`
	Warn  int `json:"warn"`
	Late  int `json:"late"`
	Info  int `json:"info"`
}

func (l *Levels) add(m Levels) {
	l.Block += m.Block
	l.Warn += m.Warn
	l.Late += m.Late
	l.Info += m.Info
}

// A Failure is a check that could not be completed.
type Failure struct {
	Analyzer string `json:"analyzer"`
	Reason   string `json:"reason"`
	TimedOut bool   `json:"timed_out"`
	Softened bool   `json:"softened"` // policy lets the change pass all the same
}

// A Fate is what a policy makes of a change.
type Fate string

// The fates. What could not be checked is one of its own, whatever the exit code: it is never the same as what was let in.
const (
	Accepted  Fate = "accepted"
	Refused   Fate = "refused"
	Unchecked Fate = "unchecked"
)

// Fate returns what the policy makes of the change. What a policy only observes is let in.
func (s *Side) Fate() Fate {
	switch {
	case s.Exit == 1:
		return Refused
	case s.Result == "accepted" || s.Result == "refused" && s.Exit == 0:
		return Accepted
	}
	return Unchecked
}

// observed reports whether the policy would refuse the change if it enforced.
func (s *Side) observed() bool { return s.Result == "refused" && s.Exit == 0 }

// A Move is how the fates of a change differ. Each change is of exactly one.
type Move string

// The moves.
const (
	NewlyRefused   Move = "newly_refused"   // and was not before
	NewlyAccepted  Move = "newly_accepted"  // and was not before
	NewlyUnchecked Move = "newly_unchecked" // could be checked by the present policy and not by the other
	Unchanged      Move = "unchanged"       // let in by both, or refused by both
	NeverChecked   Move = "unchecked"       // by neither policy
)

// Move returns how the fates of the change differ.
func (r *Record) Move() Move {
	before, after := r.Before.Fate(), r.After.Fate()
	switch {
	case before == Unchecked && after == Unchecked:
		return NeverChecked
	case before == after:
		return Unchanged
	case after == Refused:
		return NewlyRefused
	case after == Accepted:
		return NewlyAccepted
	}
	return NewlyUnchecked
}
