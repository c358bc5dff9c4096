package secrets

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files in testdata that hold expected output")

// The group and the title of every stock rule, and whether its secret is all that it matches, for people to review when
// gitleaks changes its rules.
func TestStockRules(t *testing.T) {
	e, err := compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range e.documentation() {
		whole := ""
		if r.ID != ruleUnread && e.rule(r.ID).whole {
			whole = " (all of the match)"
		}
		fmt.Fprintf(&b, "%-10s  %-45s %s%s\n", r.Group, r.ID, r.Summary, whole)
	}
	const file = "testdata/rules.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, listed := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for _, line := range got {
		if !slices.Contains(listed, line) {
			t.Errorf("not in %s (review, then run go test -update): %s", file, line)
		}
	}
	for _, line := range listed {
		if !slices.Contains(got, line) {
			t.Errorf("only in %s (review, then run go test -update): %s", file, line)
		}
	}
}
