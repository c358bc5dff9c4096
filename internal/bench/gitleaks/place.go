package gitleaks

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/refward/refward/analyzers"
)

// A Place is where a secret is.
type Place struct {
	Commit, File, Rule string
	Line, Column       int
	Secret             string
}

// Places counts how often each is found.
type Places map[Place]int

// Ours returns the places of our findings.
func Ours(list []analyzers.Finding) Places {
	out := Places{}
	for _, f := range list {
		out[Place{f.Commit, printable(f.Path), f.Rule, f.Line, f.Column, printable(f.Key)}]++
	}
	return out
}

// printable returns s as it comes out of JSON, which has no invalid UTF-8.
func printable(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		return s
	}
	var out string
	if json.Unmarshal(data, &out) != nil {
		return s
	}
	return out
}

// Hunks are the places of runs of added lines: in which lines of a file a run begins. The zero value has none.
type Hunks struct {
	first map[[2]string][]int // first lines in a file of a commit, ascending
}

// Add adds a hunk.
func (h *Hunks) Add(commit, file string, start int) {
	if h.first == nil {
		h.first = map[[2]string][]int{}
	}
	key := [2]string{commit, printable(file)}
	lines := h.first[key]
	i := sort.SearchInts(lines, start)
	if i == len(lines) || lines[i] != start {
		h.first[key] = slices.Insert(lines, i, start)
	}
}

// Same reports whether the hunks of a file begin in the same lines on both sides.
func (h *Hunks) Same(other *Hunks, commit, file string) bool {
	key := [2]string{commit, file}
	return slices.Equal(h.first[key], other.first[key])
}

// begins reports whether a hunk begins in a line.
func (h *Hunks) begins(commit, file string, line int) bool {
	_, found := slices.BinarySearch(h.first[[2]string{commit, file}], line)
	return found
}

// Normal returns the places of the command's findings as we count them.
//
// On all but the first line of a hunk its columns count from the newline before the line, and are one too large. A file
// that has a name of a certain kind it reports once for each hunk, we once. For some rules the group that it takes for the secret
// is only a part of it; whole tells for which ones we take all that the rule matches.
func Normal(list []Finding, hunks *Hunks, whole func(rule string) bool) Places {
	out := Places{}
	for _, f := range list {
		p := Place{f.Commit, f.File, f.RuleID, f.StartLine, f.StartColumn, f.Secret}
		if f.pathOnly() {
			p.Line, p.Column, p.Secret = 0, 0, "path"
			out[p] = 1
			continue
		}
		if whole(f.RuleID) {
			p.Secret = f.Match
		}
		if !hunks.begins(p.Commit, p.File, p.Line) {
			p.Column = max(1, p.Column-1)
		}
		out[p]++
	}
	return out
}

// Whole finds out, for who does not know the rules, for which of them we take the whole match for the secret: those
// of which more findings are then the same. It is the same answer for all findings of a rule.
func Whole(list []Finding, ours Places) func(rule string) bool {
	type of struct{ rule, secret string }
	found := map[of]int{}
	for p, n := range ours {
		found[of{p.Rule, p.Secret}] += n
	}
	gain := map[string]int{}
	for _, f := range list {
		if f.Match == f.Secret {
			continue
		}
		if found[of{f.RuleID, f.Match}] > 0 {
			gain[f.RuleID]++
		}
		if found[of{f.RuleID, f.Secret}] > 0 {
			gain[f.RuleID]--
		}
	}
	return func(rule string) bool { return gain[rule] > 0 }
}

// A Difference is a place that both sides do not find equally often.
type Difference struct {
	Place
	Theirs, Ours int // how often
}

// String names the place without showing the secret.
func (d Difference) String() string {
	return fmt.Sprintf("gitleaks finds %d times, we %d times: %s in %q, commit %s, %d:%d, %d characters",
		d.Theirs, d.Ours, d.Rule, d.File, d.Commit, d.Line, d.Column, len(d.Secret))
}

// Compare returns every difference, in the order of commits, files and lines.
func Compare(theirs, ours Places) []Difference {
	all := maps.Clone(theirs)
	maps.Copy(all, ours)
	var out []Difference
	for p := range all {
		if theirs[p] != ours[p] {
			out = append(out, Difference{p, theirs[p], ours[p]})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Commit, b.Commit), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Secret, b.Secret))
	})
	return out
}
