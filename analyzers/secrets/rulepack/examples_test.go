package rulepack

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// mark breaks the secrets in testdata, so that no scanner finds them there: ours, for one, scans our commits.
// What two of them enclose is the secret of an example; breakage is elsewhere in the text.
const (
	mark     = "\u00a6"
	breakage = "\u00a7"
)

// An example is a file with or without a secret.
type example struct {
	rule, path, text string
	secret           string // for a rule that looks at the path alone: ""
	want             bool
}

// examples reads a file of testdata.
func examples(t *testing.T, file string) []example {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	for _, f := range archive.Files {
		rule, path, ok := strings.Cut(f.Name, " ")
		if !ok {
			t.Fatalf("%s: %q is not a rule and a path", file, f.Name)
		}
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimSuffix(line, "\n")
			sign, text, _ := strings.Cut(line, " ")
			if line == "" {
				continue
			}
			if sign != "+" && sign != "-" {
				t.Fatalf("%s: %s: a line begins with neither + nor -: %q", file, f.Name, line)
			}
			text = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, breakage, "").Replace(text)
			e := example{rule: rule, path: path, text: strings.ReplaceAll(text, mark, ""), want: sign == "+"}
			if first, last := strings.Index(text, mark), strings.LastIndex(text, mark); first != last {
				e.secret = strings.ReplaceAll(text[first:last], mark, "")
			}
			list = append(list, e)
		}
	}
	return list
}

// TestExamples holds every rule to its examples: what is a secret is found by that rule, with the right text, and what is
// none is found by no rule of the pack.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	pack := alone(t, Config(), Personal())
	seen := map[string]map[bool]int{}
	for _, file := range files {
		if filepath.Base(file) == "recall.txtar" {
			continue
		}
		for _, e := range examples(t, file) {
			if seen[e.rule] == nil {
				seen[e.rule] = map[bool]int{}
			}
			seen[e.rule][e.want]++
			got := found(t, pack, e.path, e.text)
			if !e.want {
				for _, f := range got {
					t.Errorf("%s: %s: %q in %q", e.path, f.RuleID, f.Secret, e.text)
				}
				continue
			}
			ok, others := false, ""
			for _, f := range got {
				ok = ok || f.RuleID == e.rule && (f.Secret == e.secret || e.secret == "")
				others += "\n\t" + f.RuleID + ": " + f.Secret
			}
			if !ok {
				t.Errorf("%s: %s does not find %q in %q; found:%s", e.path, e.rule, e.secret, e.text, others)
			}
		}
	}
	for _, r := range rules(Config() + Personal()) {
		if n := seen[r.id]; n[true] < 2 || n[false] < 2 {
			t.Errorf("%s: %d examples of what it finds, %d of what it does not", r.id, n[true], n[false])
		}
		delete(seen, r.id)
	}
	for id := range seen {
		t.Errorf("%s: examples for no rule", id)
	}
}
