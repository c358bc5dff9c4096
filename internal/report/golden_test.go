package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

var update = flag.Bool("update", false, "write the golden files anew")

const golden = "../../testdata/report"

var extensions = map[string]string{"text": ".txt", "json": ".json", "sarif": ".sarif", "junit": ".xml", "github": ".github"}

// rule documents the rule of leak, and no other.
func rule(id string) (analyzers.Rule, bool) {
	if id != "secrets/github-pat" {
		return analyzers.Rule{}, false
	}
	return analyzers.Rule{ID: "github-pat", Summary: "a GitHub personal access token",
		Why: "Whoever has it acts as its owner.", Fix: "Revoke it, and take it out of the history."}, true
}

func render(t *testing.T, format string, in Input) string {
	t.Helper()
	in.Rule = rule
	var b bytes.Buffer
	if err := Write(&b, format, in); err != nil {
		t.Fatalf("Write %s: %v", format, err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, in := range cases() {
		for _, format := range Formats() {
			t.Run(name+extensions[format], func(t *testing.T) {
				got := render(t, format, in)
				if again := render(t, format, in); again != got {
					t.Errorf("two reports of one input differ:\n%s\n%s", got, again)
				}
				if strings.Contains(got, token) {
					t.Errorf("the secret is in the report:\n%s", got)
				}
				file := filepath.Join(golden, name+extensions[format])
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s differs (go test -update writes it anew); got:\n%s", file, got)
				}
			})
		}
	}
}

// Every golden file belongs to a case, so that none outlives it.
func TestGoldenFilesAreUsed(t *testing.T) {
	known := map[string]bool{}
	for name := range cases() {
		for _, ext := range extensions {
			known[name+ext] = true
		}
	}
	entries, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !known[e.Name()] {
			t.Errorf("%s belongs to no case", e.Name())
		}
	}
}
