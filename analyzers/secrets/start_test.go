package secrets

import (
	"testing"

	"github.com/refward/refward/analyzers/analyzerstest"
)

// What the analyzer costs a commit of one file, from its start: the rules are read, and those whose keywords occur are compiled.
func BenchmarkOneFile(b *testing.B) {
	c := analyzerstest.Change(analyzerstest.Commit("feat: connect\n", analyzerstest.Added("connect.go",
		"package main\n\n// connect opens the session with the key of the user.\nfunc connect(token string) error {\n\treturn dial(token)\n}\n")))
	for b.Loop() {
		if _, err := analyzer(b, Defaults()).Run(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}
