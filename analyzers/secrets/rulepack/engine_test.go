package rulepack

import (
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/secrets/detector"
	"github.com/refward/refward/analyzers/secrets/ruleset"
)

func parsed(t testing.TB, text string) *ruleset.Config {
	t.Helper()
	c, err := ruleset.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compiled(t testing.TB, c *ruleset.Config) *detector.Detector {
	t.Helper()
	d, err := detector.New(c, detector.Options{})
	if err == nil {
		err = d.Compile()
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func stockRules(t testing.TB) *ruleset.Config {
	t.Helper()
	c, err := ruleset.Stock()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// alone returns a detector with the given parts of the pack, and the global allowlists of the stock rules.
func alone(t testing.TB, parts ...string) *detector.Detector {
	t.Helper()
	c, err := parsed(t, strings.Join(parts, "")).Over(&ruleset.Config{Allowlists: stockRules(t).Lists()})
	if err != nil {
		t.Fatal(err)
	}
	return compiled(t, c)
}

// stock returns a detector with the stock rules only.
func stock(t testing.TB) *detector.Detector {
	t.Helper()
	return compiled(t, stockRules(t))
}

type finding struct {
	RuleID, Secret, Match string
	StartLine             int // from 1
}

// passesOver tells whether a detector looks for nothing in a file.
func passesOver(t testing.TB, d *detector.Detector, path string) bool {
	t.Helper()
	allowed, err := d.Allows(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return allowed == detector.AllowAll
}

// found returns what a detector finds in a file, without what Check refuses.
func found(t testing.TB, d *detector.Detector, path, text string) []finding {
	t.Helper()
	if passesOver(t, d, path) {
		return nil
	}
	all, err := d.Find(t.Context(), detector.Text{Raw: text, Path: path, Line: 1})
	if err != nil {
		t.Fatal(err)
	}
	var list []finding
	for _, m := range all {
		if Check(m.Rule, m.Secret) {
			list = append(list, finding{m.Rule, m.Secret, m.Text, 1 + strings.Count(text[:max(0, m.Start)], "\n")})
		}
	}
	return list
}
