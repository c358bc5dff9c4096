package analyzerstest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// Run runs the cases in the files that glob names, each as a subtest named after its file, and reports what the
// analyzer missed and what it found without being asked for.
func Run(t *testing.T, a *analyzers.Analyzer, glob string) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no file matches %s", glob)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := parseCase(data)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			result, err := a.Run(t.Context(), c.change)
			for _, difference := range c.compare(result, err) {
				t.Errorf("%s: %s", file, difference)
			}
		})
	}
}

// compare says how a result differs from what the case wants.
func (c *testCase) compare(r analyzers.Result, err error) []string {
	var out []string
	switch {
	case err == nil && c.err != "":
		out = append(out, fmt.Sprintf("no error, want one with %q", c.err))
	case err != nil && (c.err == "" || !strings.Contains(err.Error(), c.err)):
		out = append(out, fmt.Sprintf("error %q, want %q", err, c.err))
	}
	open := slices.Clone(r.Findings)
	for _, e := range c.findings {
		i := slices.IndexFunc(open, func(f analyzers.Finding) bool { return e.matches(&f) })
		if i < 0 {
			out = append(out, "missed "+c.line(e))
			continue
		}
		open = slices.Delete(open, i, i+1)
	}
	for i := range open {
		f := &open[i]
		e := expected{f.Rule, f.Path, at(f), f.Line, f.Column}
		out = append(out, fmt.Sprintf("not wanted: %s (%s)", c.line(e), f.Message))
	}
	for _, what := range c.skipped {
		if !slices.ContainsFunc(r.Skipped, func(s analyzers.Skip) bool { return s.What == what }) {
			out = append(out, fmt.Sprintf("%q is not among the skipped %v", what, r.Skipped))
		}
	}
	return out
}

func at(f *analyzers.Finding) string {
	if f.Commit != "" {
		return f.Commit
	}
	return f.Ref
}

func (e expected) matches(f *analyzers.Finding) bool {
	return e.rule == f.Rule && e.path == f.Path && e.at == at(f) &&
		(e.line == 0 || e.line == f.Line) && (e.column == 0 || e.column == f.Column)
}

// line writes e as a line of want.
func (c *testCase) line(e expected) string {
	for name, id := range c.names {
		if e.at == id {
			e.at = name
		}
	}
	place := e.path
	switch {
	case place == "":
		place = "-"
	case strings.ContainsFunc(place, func(r rune) bool { return r <= ' ' || r == '"' || r >= 0x7f }):
		place = strconv.Quote(place)
	}
	if e.line > 0 {
		place += fmt.Sprintf(":%d", e.line)
		if e.column > 0 {
			place += fmt.Sprintf(":%d", e.column)
		}
	}
	return strings.TrimSpace(e.rule + " " + place + " " + e.at)
}
