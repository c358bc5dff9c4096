package secrets

import (
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// What a line says is stated with what is found on it, and hides nothing.
func TestInline(t *testing.T) {
	key := "-----BEGIN RSA " + "PRIVATE KEY-----\n" + analyzerstest.Fake("MII", "alnum", 61) + "\n-----END RSA " + "PRIVATE KEY-----"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "x\nx := \"" + token() + "\"\n", ""},
		{"on the line", "x\nx := \"" + token() + "\" // refward:allow secrets of the tests\n", "secrets of the tests"},
		{"on the line before", "x // refward:allow secrets of the tests\nx := \"" + token() + "\"\n", ""},
		{"on the line after", "x\nx := \"" + token() + "\"\nx // refward:allow secrets of the tests\n", ""},
		{"gitleaks' own", "x\nx := \"" + token() + "\" // gitleaks:allow\n", "secrets"},
		{"on the last line of several", "x\n" + key + " // refward:allow secrets of the tests\n", "secrets of the tests"},
		{"on the last line of all", "x\nx := \"" + token() + "\" // refward:allow secrets of the tests", "secrets of the tests"},
	} {
		f := findings(t, analyzer(t, Options{}), added("a.go", test.text))
		if len(f) != 1 || f[0].Line != 2 || f[0].Inline != test.want {
			t.Errorf("%s: %+v", test.name, f)
		}
	}
}

// The comment of another commit, or of another file, is not the line's.
func TestInlineIsOfItsCommit(t *testing.T) {
	good := "x := \"" + token() + "\" // refward:allow secrets of the tests\n"
	c := analyzerstest.Change(analyzerstest.Commit("x\n", analyzerstest.Added("a", good)),
		analyzerstest.Commit("y\n", analyzerstest.Added("a", strings.Replace(good, "refward:", "", 1)), analyzerstest.Added("b", token()+"\n")))
	said := map[string]int{}
	for _, f := range findings(t, analyzer(t, Options{}), c) {
		said[f.Path+" "+f.Inline]++
	}
	if fmt.Sprint(said) != "map[a :1 a secrets of the tests:1 b :1]" {
		t.Errorf("got %v", said)
	}
}

// An author who writes comments without end does not fill memory; those beyond the limit do not count, and the result says so.
func TestManyComments(t *testing.T) {
	line := "x := \"" + token() + "\" // refward:allow secrets of the tests\n"
	c := watch(nil)
	c.limit = 2
	c.read(analyzers.Hunk{Path: "a", Start: 5, Text: []byte("x\n" + line + "\n" + line + line)})
	r := analyzers.Result{Findings: []analyzers.Finding{{Path: "a", Line: 6, EndLine: 6}, {Path: "a", Line: 8, EndLine: 8}, {Path: "a", Line: 9, EndLine: 9}}}
	c.tell(&r)
	if r.Findings[0].Inline == "" || r.Findings[1].Inline == "" || r.Findings[2].Inline != "" || len(r.Skipped) != 1 || r.Skipped[0].Why != "more than 2" {
		t.Errorf("got %+v", r)
	}
}
