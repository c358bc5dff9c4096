package rulepack

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// longRE is what the stock rules may take for a secret, whatever it is.
var longRE = regexp.MustCompile(`[A-Za-z0-9+/]{16}`)

// TestExampleFile holds examples.txt to testdata: of each rule, the first text that it finds something in, without its secret, and the
// first that it lets pass.
func TestExampleFile(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	type texts struct{ path, found, passes string }
	all := map[string]*texts{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			rule, path, _ := strings.Cut(f.Name, " ")
			for line := range strings.Lines(string(f.Data)) {
				sign, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
				e := all[rule]
				first, last := strings.Index(text, mark), strings.LastIndex(text, mark)
				switch {
				case sign == "+" && e == nil && first < last && !strings.Contains(text[:first]+text[last:], breakage):
					all[rule] = &texts{path: path, found: text[:first] + "<secret>" + text[last+len(mark):]}
				case sign == "+" && e == nil && text == "":
					all[rule] = &texts{path: path}
				case sign == "-" && e != nil && e.path == path && e.passes == "" && !strings.Contains(text, breakage) && first < 0 && !longRE.MatchString(text):
					e.passes = text
				}
			}
		}
	}
	var b strings.Builder
	for _, r := range rules(Config() + Personal()) {
		if e := all[r.id]; e != nil {
			b.WriteString(strings.Join([]string{r.id, e.path, e.found, e.passes}, "\t") + "\n")
		}
	}
	want := b.String()
	if *update {
		if err := os.WriteFile("examples.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != exampleFile {
		t.Fatal("examples.txt is not what testdata says: run go test ./analyzers/secrets/rulepack -run TestExampleFile -update")
	}
	for _, r := range rules(Config() + Personal()) {
		if Example(r.id) == "" {
			t.Logf("%s has no example: each has something broken outside of its secret", r.id)
		}
	}
	if Example("pgpass-password") != "# found, in home/.pgpass\ndb.acme.io:5433:shop:bob:<secret>\n# passes\n# hostname:port:database:username:password" {
		t.Errorf("got %q", Example("pgpass-password"))
	}
	// What is printed is no secret to anybody.
	pack := alone(t, Config(), Personal())
	for line := range strings.Lines(exampleFile) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for _, hit := range found(t, pack, f[1], unescaped.Replace(f[2])) {
			if f[2] != "" && hit.Secret != "" {
				t.Errorf("%s finds %q in its example", hit.RuleID, hit.Secret)
			}
		}
	}
}
