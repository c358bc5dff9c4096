package secrets

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files in testdata that hold expected output")

// The group and the title of every stock rule, for people to review when gitleaks changes its rules.
func TestStockRules(t *testing.T) {
	e, err := compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range e.documentation() {
		secret := "-"
		if e.rules[r.ID].whole {
			secret = "whole match"
		}
		fmt.Fprintf(&b, "%-10s  %-45s %-45s %s\n", r.Group, r.ID, r.Summary, secret)
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
	if b.String() != string(want) {
		t.Errorf("the rules differ from %s: review them, then run go test -update\n%s", file, b.String())
	}
}
