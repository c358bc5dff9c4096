package replay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Version is the version of the JSON result (docs/replay-format.md). It grows when a key changes its meaning or goes away, not when one is added.
const Version = 1

// A Result is what the replay came to, as JSON has it: keys in this order, each always there.
type Result struct {
	Version     int          `json:"version"`
	ToolVersion string       `json:"tool_version"`
	Before      Policy       `json:"before"`
	After       Policy       `json:"after"`
	Scope       Scope        `json:"scope"`
	Units       int          `json:"units"`        // past changes that were looked at
	Judged      int          `json:"judged"`       // of these
	NotReplayed NotReplayed  `json:"not_replayed"` // the others
	Changes     Moves        `json:"changes"`
	Matrix      Matrix       `json:"matrix"`
	Rules       []Rule       `json:"rules"`    // that refuse or let in what was not before, or find something; those that change most first
	Failures    []FailedRule `json:"failures"` // checks that could not be completed
	Classes     []Named      `json:"classes"`  // a change can be of several
	Groups      []Named      `json:"groups"`
	GroupsTotal int          `json:"groups_total"` // how many there are; the list has the first 20
	Months      []Named      `json:"months"`
	Paths       []Path       `json:"paths"` // where the other policy newly refuses; the 20 most often
	PathsTotal  int          `json:"paths_total"`
	Truncated   bool         `json:"truncated"` // more names than are counted one by one
}

// A Policy is one of the two.
type Policy struct {
	Source   string `json:"source"`
	Digest   string `json:"digest"`
	Mode     string `json:"mode"`
	Findings Levels `json:"findings"`
	Observed int    `json:"observed"` // changes that it would refuse if it enforced there
	Softened int    `json:"softened"` // checks that could not be completed and that it lets pass
}

// A Scope says what was replayed.
type Scope struct {
	Kind    string   `json:"kind"`  // "commits" or "pushes"
	Range   string   `json:"range"` // "" = everything
	Since   string   `json:"since"` // "" = from the beginning
	Ref     string   `json:"ref"`   // "" = of each push its own
	Only    []string `json:"only"`  // analyzers; [] = all
	GroupBy string   `json:"group_by"`
	From    string   `json:"from"` // time of the oldest change that was judged, RFC 3339; "" = none was
	To      string   `json:"to"`   // time of the newest

	OtherRepositories int `json:"other_repositories"` // records of the log that are about other repositories
}

// NotReplayed counts the changes whose objects are gone.
type NotReplayed struct {
	Units    int       `json:"units"`
	Examples []Example `json:"examples"`
}

// A Matrix says what the present policy makes of changes, and what the other one makes of the same.
type Matrix struct {
	Accepted  Fates `json:"accepted"`
	Refused   Fates `json:"refused"`
	Unchecked Fates `json:"unchecked"`
}

// Fates counts changes by what the other policy makes of them.
type Fates struct {
	Accepted  int `json:"accepted"`
	Refused   int `json:"refused"`
	Unchecked int `json:"unchecked"`
}

// A Rule is what one rule has to do with it.
type Rule struct {
	Rule          string    `json:"rule"`
	NewlyRefused  int       `json:"newly_refused"`  // newly refused changes in which it refuses
	Alone         int       `json:"alone"`          // of these, those that no other rule refuses
	NewlyAccepted int       `json:"newly_accepted"` // newly accepted changes which it refused
	Before        RuleSide  `json:"before"`
	After         RuleSide  `json:"after"`
	Examples      []Example `json:"examples"` // up to 3, newest first
}

// A RuleSide is how often a rule finds something under one policy.
type RuleSide struct {
	Units    int    `json:"units"`
	Findings Levels `json:"findings"`
}

// A FailedRule is a check that could not be completed.
type FailedRule struct {
	Analyzer string    `json:"analyzer"`
	Before   int       `json:"before"` // changes
	After    int       `json:"after"`
	Examples []Example `json:"examples"`
}

// An Example is one change.
type Example struct {
	ID      string `json:"id"`
	Subject string `json:"subject"`
	Reason  string `json:"reason"` // why it could not be judged; else ""
}

// Named counts the changes of one name.
type Named struct {
	Name string `json:"name"`
	Moves
}

// A Path is where the other policy newly refuses.
type Path struct {
	Path         string `json:"path"`
	NewlyRefused int    `json:"newly_refused"`
}

// About is what a Result says besides the counts.
type About struct {
	ToolVersion   string
	Before, After Policy
	Scope         Scope
}

// Result returns what was counted.
func (t *Tally) Result(about About) *Result {
	r := &Result{
		Version: Version, ToolVersion: about.ToolVersion, Before: about.Before, After: about.After, Scope: about.Scope, Units: t.units, Judged: t.moves.Units,
		NotReplayed: NotReplayed{Units: t.gone, Examples: t.goneOnes.all()}, Changes: t.moves,
		Classes: named(t.classes), Groups: named(t.groups), GroupsTotal: len(t.groups), Months: byName(t.months), PathsTotal: len(t.paths),
		Rules: []Rule{}, Failures: []FailedRule{}, Paths: []Path{}, Truncated: t.truncated,
	}
	r.Scope.Only = append([]string{}, about.Scope.Only...)
	if t.moves.Units > 0 {
		r.Scope.From, r.Scope.To = time.Unix(t.first, 0).UTC().Format(time.RFC3339), time.Unix(t.last, 0).UTC().Format(time.RFC3339)
	}
	for i, p := range []*Policy{&r.Before, &r.After} {
		p.Findings, p.Observed, p.Softened = t.findings[i], t.observed[i], t.softened[i]
	}
	for fate, to := range map[Fate]*Fates{Accepted: &r.Matrix.Accepted, Refused: &r.Matrix.Refused, Unchecked: &r.Matrix.Unchecked} {
		*to = Fates{t.matrix[fate][Accepted], t.matrix[fate][Refused], t.matrix[fate][Unchecked]}
	}
	r.Groups = r.Groups[:min(len(r.Groups), maxTop)]
	for rule, k := range t.rules {
		shown := &k.refused
		if k.refuses == 0 {
			shown = &k.accepted
		}
		r.Rules = append(r.Rules, Rule{
			Rule: rule, NewlyRefused: k.refuses, Alone: k.alone, NewlyAccepted: k.accepts, Examples: shown.all(),
			Before: RuleSide{k.units[0], k.levels[0]}, After: RuleSide{k.units[1], k.levels[1]},
		})
	}
	slices.SortFunc(r.Rules, func(a, b Rule) int {
		return cmp.Or(cmp.Compare(b.NewlyRefused, a.NewlyRefused), cmp.Compare(b.NewlyAccepted, a.NewlyAccepted),
			cmp.Compare(b.After.Units, a.After.Units), cmp.Compare(a.Rule, b.Rule))
	})
	for name, k := range t.failures {
		r.Failures = append(r.Failures, FailedRule{Analyzer: name, Before: k.units[0], After: k.units[1], Examples: k.examples.all()})
	}
	slices.SortFunc(r.Failures, func(a, b FailedRule) int { return cmp.Compare(a.Analyzer, b.Analyzer) })
	for path, n := range t.paths {
		r.Paths = append(r.Paths, Path{path, n})
	}
	slices.SortFunc(r.Paths, func(a, b Path) int {
		return cmp.Or(cmp.Compare(b.NewlyRefused, a.NewlyRefused), cmp.Compare(a.Path, b.Path))
	})
	r.Paths = r.Paths[:min(len(r.Paths), maxTop)]
	return r
}

func (e *examples) all() []Example { return append([]Example{}, e.list...) }

// Complete reports whether every change that was judged could be checked by both policies.
func (r *Result) Complete() bool {
	return r.Changes.NewlyUnchecked == 0 && r.Changes.Unchecked == 0 && r.Matrix.Unchecked == Fates{}
}

// JSON writes the result as JSON, indented, and with a line end.
func (r *Result) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
