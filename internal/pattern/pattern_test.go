package pattern_test

import (
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/refward/refward/internal/pattern"
)

func TestWeight(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{`#\d+`, `[A-Z][A-Z0-9]+-\d+`, `a{1000}`, `(ab{30}){30}`, `(a{2,}){5,9}x?`, strings.Repeat(`\pL{1000}`, 30), `a|b*|(c{7}|d)+`} {
		tree, err := syntax.Parse(expression, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		code, err := syntax.Compile(tree.Simplify())
		if err != nil {
			t.Fatal(err)
		}
		// It must not be told too small; nor a small one too large.
		if got, n := pattern.Weight(expression), len(code.Inst); got < n/3 || n < 100 && got > 100 {
			t.Errorf("%.40s: weight %d, %d instructions", expression, got, n)
		}
	}
	for expression, large := range map[string]bool{`(`: false, strings.Repeat("a{1000}", 300): true, `x)(?:` + strings.Repeat("a{1000}", 300): true} {
		if got := pattern.Weight(expression) > pattern.MaxWeight; got != large {
			t.Errorf("%.40s: large %v", expression, got)
		}
	}
}
