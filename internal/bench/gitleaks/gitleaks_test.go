package gitleaks

import (
	"slices"
	"testing"

	"github.com/refward/refward/analyzers"
)

func never(string) bool { return false }

func TestNormal(t *testing.T) {
	var hunks Hunks
	for _, start := range []int{41, 7, 41} {
		hunks.Add("c", "f", start)
	}
	hunks.Add("c", "g\xff", 9)
	for _, test := range []struct {
		name  string
		found Finding
		ours  analyzers.Finding
		same  bool
	}{
		{"the first line of a hunk", Finding{StartLine: 41, StartColumn: 5}, analyzers.Finding{Line: 41, Column: 5}, true},
		{"another line", Finding{StartLine: 42, StartColumn: 6}, analyzers.Finding{Line: 42, Column: 5}, true},
		{"another line, of which the newline is found too", Finding{StartLine: 42, StartColumn: 1}, analyzers.Finding{Line: 42, Column: 1}, true},
		{"another column in the first line", Finding{StartLine: 41, StartColumn: 6}, analyzers.Finding{Line: 41, Column: 5}, false},
		{"another column", Finding{StartLine: 42, StartColumn: 5}, analyzers.Finding{Line: 42, Column: 5}, false},
		{"another line of the two", Finding{StartLine: 43, StartColumn: 6}, analyzers.Finding{Line: 42, Column: 5}, false},
		{"a file that is not UTF-8", Finding{File: "g\ufffd", StartLine: 9, StartColumn: 5}, analyzers.Finding{Path: "g\xff", Line: 9, Column: 5}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			theirs, ours := test.found, test.ours
			theirs.Commit, ours.Commit = "c", "c"
			theirs.RuleID, ours.Rule = "r", "r"
			theirs.Secret, theirs.Match, ours.Key = "s", "s", "s"
			if theirs.File == "" {
				theirs.File, ours.Path = "f", "f"
			}
			d := Compare(Normal([]Finding{theirs}, &hunks, never), Ours([]analyzers.Finding{ours}))
			if len(d) == 0 != test.same {
				t.Errorf("differences %v", d)
			}
		})
	}
}

func TestSameHunks(t *testing.T) {
	var a, b Hunks
	a.Add("c", "f", 3)
	a.Add("c", "f", 1)
	b.Add("c", "f", 1)
	if a.Same(&b, "c", "f") || !a.Same(&b, "c", "g") {
		t.Error("hunks in other lines are the same")
	}
	b.Add("c", "f", 3)
	if !a.Same(&b, "c", "f") {
		t.Error("hunks in the same lines are not the same")
	}
}

func TestNames(t *testing.T) {
	theirs := []Finding{
		{RuleID: "r", File: "a.p12", Match: "file detected: a.p12", StartLine: 1},
		{RuleID: "r", File: "a.p12", Match: "file detected: a.p12", StartLine: 9},
	}
	ours := []analyzers.Finding{{Rule: "r", Path: "a.p12", Key: "path"}}
	if d := Compare(Normal(theirs, &Hunks{}, never), Ours(ours)); len(d) > 0 {
		t.Errorf("a file by its name: %v", d)
	}
	if d := Compare(Normal(theirs, &Hunks{}, never), Ours(append(ours, ours...))); len(d) != 1 {
		t.Errorf("a file by its name, twice: %v", d)
	}
}

func TestWhole(t *testing.T) {
	theirs := []Finding{
		{RuleID: "part", Match: "ab", Secret: "b"}, {RuleID: "part", Match: "cb", Secret: "b"},
		{RuleID: "group", Match: "x=y", Secret: "y"}, {RuleID: "plain", Match: "p", Secret: "p"},
	}
	find := func(rule, secret string) analyzers.Finding { return analyzers.Finding{Rule: rule, Key: secret} }
	ours := Ours([]analyzers.Finding{find("part", "ab"), find("part", "cb"), find("group", "y"), find("plain", "p")})
	whole := Whole(theirs, ours)
	for rule, want := range map[string]bool{"part": true, "group": false, "plain": false, "other": false} {
		if whole(rule) != want {
			t.Errorf("%s: %v, want %v", rule, !want, want)
		}
	}
	// One of a rule's findings cannot be taken in another way than the rest.
	ours = Ours([]analyzers.Finding{find("part", "ab"), find("part", "b"), find("group", "y"), find("plain", "p")})
	if d := Compare(Normal(theirs, &Hunks{}, Whole(theirs, ours)), ours); len(d) == 0 {
		t.Error("a secret that is taken in two ways passes")
	}
}

func TestCompareCounts(t *testing.T) {
	p := Place{Commit: "c", File: "f", Rule: "r", Line: 2, Column: 3, Secret: "not to be shown"}
	q := p
	q.Line = 1
	d := Compare(Places{p: 2}, Places{p: 1, q: 1})
	if want := []Difference{{q, 0, 1}, {p, 2, 1}}; !slices.Equal(d, want) {
		t.Errorf("differences %+v, want %+v", d, want)
	}
	if got, want := d[1].String(), `gitleaks finds 2 times, we 1 times: r in "f", commit c, 2:3, 15 characters`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
