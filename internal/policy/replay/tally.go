package replay

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	maxExamples = 3       // of each rule
	maxTop      = 20      // paths and groups that are shown
	maxNames    = 100_000 // distinct paths and groups that are counted: some 20 MB
)

// A Tally counts records. What it comes to does not depend on their order. It is not safe for concurrent use.
type Tally struct {
	units     int
	moves     Moves
	matrix    map[Fate]map[Fate]int
	observed  [2]int
	softened  [2]int
	findings  [2]Levels
	rules     map[string]*ruleTally
	classes   map[string]*Moves
	groups    map[string]*Moves
	months    map[string]*Moves
	paths     map[string]int
	failures  map[string]*failureTally
	gone      int
	goneOnes  examples
	first     int64
	last      int64
	truncated bool
}

// NewTally returns a Tally that has counted nothing.
func NewTally() *Tally {
	return &Tally{
		matrix: map[Fate]map[Fate]int{Accepted: {}, Refused: {}, Unchecked: {}}, rules: map[string]*ruleTally{}, classes: map[string]*Moves{},
		groups: map[string]*Moves{}, months: map[string]*Moves{}, paths: map[string]int{}, failures: map[string]*failureTally{},
	}
}

// Moves counts changes by how their fates differ.
type Moves struct {
	Units          int `json:"units"`
	NewlyRefused   int `json:"newly_refused"`
	NewlyAccepted  int `json:"newly_accepted"`
	NewlyUnchecked int `json:"newly_unchecked"`
	Unchanged      int `json:"unchanged"`
	Unchecked      int `json:"unchecked"` // by neither policy
}

func (m *Moves) add(move Move) {
	m.Units++
	switch move {
	case NewlyRefused:
		m.NewlyRefused++
	case NewlyAccepted:
		m.NewlyAccepted++
	case NewlyUnchecked:
		m.NewlyUnchecked++
	case Unchanged:
		m.Unchanged++
	case NeverChecked:
		m.Unchecked++
	}
}

// Changed is how many fates differ.
func (m *Moves) Changed() int { return m.NewlyRefused + m.NewlyAccepted + m.NewlyUnchecked }

type ruleTally struct {
	refuses, alone, accepts int
	units                   [2]int
	levels                  [2]Levels
	refused, accepted       examples
}

type failureTally struct {
	units    [2]int
	examples examples
}

// examples holds the newest few, whatever the order in which they come.
type examples struct {
	units []int
	list  []Example
}

func (e *examples) add(r *Record, reason string) {
	at, _ := slices.BinarySearch(e.units, r.Unit)
	if at >= maxExamples {
		return
	}
	e.units = slices.Insert(e.units, at, r.Unit)
	e.list = slices.Insert(e.list, at, Example{ID: r.ID, Subject: r.Subject, Reason: reason})
	if len(e.list) > maxExamples {
		e.units, e.list = e.units[:maxExamples], e.list[:maxExamples]
	}
}

// Units returns how many records were added.
func (t *Tally) Units() int { return t.units }

// Moves returns how many changes moved so far, and how.
func (t *Tally) Moves() Moves { return t.moves }

// Add counts a record.
func (t *Tally) Add(r Record) {
	t.units++
	if r.Gone != "" {
		t.gone++
		t.goneOnes.add(&r, r.Gone)
		return
	}
	if t.first == 0 || r.Time < t.first {
		t.first = r.Time
	}
	t.last = max(t.last, r.Time)
	move := r.Move()
	t.moves.add(move)
	t.matrix[r.Before.Fate()][r.After.Fate()]++
	for _, class := range r.Classes {
		t.in(t.classes, class).add(move)
	}
	t.in(t.groups, r.Group).add(move)
	t.in(t.months, time.Unix(r.Time, 0).UTC().Format("2006-01")).add(move)
	sides := [2]*Side{&r.Before, &r.After}
	for i, s := range sides {
		if s.observed() {
			t.observed[i]++
		}
		for rule, levels := range s.Rules {
			k := t.rule(rule)
			k.units[i]++
			k.levels[i].add(levels)
			t.findings[i].add(levels)
		}
		t.fail(i, &r, s)
	}
	t.blame(&r, move)
}

// blame counts which rules make the change newly refused or accepted, and where.
func (t *Tally) blame(r *Record, move Move) {
	switch move {
	case NewlyRefused:
		blocking := blocking(&r.After)
		for _, rule := range blocking {
			k := t.rule(rule)
			k.refuses++
			if len(blocking) == 1 {
				k.alone++
			}
			k.refused.add(r, "")
		}
		for _, path := range r.Paths {
			if _, known := t.paths[path]; known || len(t.paths) < maxNames {
				t.paths[path]++
			} else {
				t.truncated = true
			}
		}
	case NewlyAccepted:
		for _, rule := range blocking(&r.Before) {
			k := t.rule(rule)
			k.accepts++
			k.accepted.add(r, "")
		}
	}
}

// fail counts the checks of one side that could not be completed, each once.
func (t *Tally) fail(i int, r *Record, s *Side) {
	seen := map[string]bool{}
	for _, f := range s.Failures {
		if seen[f.Analyzer] {
			continue
		}
		seen[f.Analyzer] = true
		k := t.failures[f.Analyzer]
		if k == nil {
			k = &failureTally{}
			t.failures[f.Analyzer] = k
		}
		k.units[i]++
		if !slices.Contains(k.examples.units, r.Unit) {
			k.examples.add(r, f.Reason)
		}
		if f.Softened {
			t.softened[i]++
		}
	}
}

func blocking(s *Side) []string {
	var rules []string
	for rule, levels := range s.Rules {
		if levels.Block > 0 {
			rules = append(rules, rule)
		}
	}
	return rules
}

func (t *Tally) rule(rule string) *ruleTally {
	if t.rules[rule] == nil {
		t.rules[rule] = &ruleTally{}
	}
	return t.rules[rule]
}

// in returns the counts of a name, or of all names that there is no room for.
func (t *Tally) in(names map[string]*Moves, name string) *Moves {
	if names[name] == nil {
		if len(names) >= maxNames {
			t.truncated, name = true, "…"
		}
		if names[name] == nil {
			names[name] = &Moves{}
		}
	}
	return names[name]
}

// named lists counts by name, the most changed first.
func named(names map[string]*Moves) []Named {
	list := []Named{}
	for name, m := range names {
		list = append(list, Named{Name: name, Moves: *m})
	}
	slices.SortFunc(list, func(a, b Named) int {
		return cmp.Or(cmp.Compare(b.Changed(), a.Changed()), cmp.Compare(b.Units, a.Units), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// byName lists counts in the order of the names, as of months.
func byName(names map[string]*Moves) []Named {
	list := []Named{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		list = append(list, Named{Name: name, Moves: *names[name]})
	}
	return list
}
