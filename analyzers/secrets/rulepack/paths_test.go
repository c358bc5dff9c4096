package rulepack

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/secrets/detector"
)

var update = flag.Bool("update", false, "rewrite pathwords.txt and examples.txt")

// The words are those that the rules' patterns ask for.
func TestPathWords(t *testing.T) {
	var b strings.Builder
	for _, r := range parsed(t, Config()).Rules {
		if words := detector.PathWords(r.Path); r.Path != "" && len(words) > 0 {
			b.WriteString(r.ID + "\t" + strings.Join(words, "\t") + "\n")
		}
	}
	if *update {
		if err := os.WriteFile("pathwords.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if b.String() != pathWords {
		t.Error("pathwords.txt is not what the rules ask for: run go test ./analyzers/secrets/rulepack -update")
	}
	if n := strings.Count(b.String(), "\n"); n < 50 {
		t.Errorf("only %d rules have words", n)
	}
}
