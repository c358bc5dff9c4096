package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// FuzzPackage: whatever sources are, their package is loaded or refused by an error that is known, and all that is said of it holds.
func FuzzPackage(f *testing.F) {
	f.Add([]byte("package a\n\nimport \"errors\"\n\n// F.\nfunc F[T any](x ...T) (err error) {\n\tdefer func() { recover() }()\n\tfor i, v := range x {\n"+
		"\t\tswitch any(v).(type) {\n\t\tcase int:\n\t\t\tgo F(i)\n\t\t}\n\t}\n\treturn errors.New(`x`)\n}\n"), []byte("package other\n"),
		[]byte("module example.com/m\n\nrequire golang.org/x/mod v0.1.0\n"))
	f.Add([]byte("package a\nimport \"example.com/m/b\"\nvar X = b.Y\n//line x:1\n"), []byte("package b\nimport a \"example.com/m/a\"\nvar Y = a.X\n"),
		[]byte("module example.com/m\nreplace example.com/m/b => ./b\nreplace x => ../../..\n"))
	f.Add([]byte("package a\nfunc f() struct{ x interface{ M() } } { if x := 1; x {} else if y {} }\n"), []byte(""), []byte("module m"))
	f.Add([]byte("package a\nimport \"C\"\ntype T[P any] struct { T[P] }\nvar _ = T[T[int]]{}\n"), []byte("\xef\xbb\xbfpackage b"), []byte("use ./a"))
	f.Fuzz(func(t *testing.T, a, b, mod []byte) {
		if len(a)+len(b)+len(mod) > 1<<13 {
			return // the rest is a question of limits, which have their own tests
		}
		tree := treeOf(map[string]string{"go.mod": string(mod), "go.work": string(mod), "a/a.go": string(a), "a/x_test.go": string(b), "b/b.go": string(b)})
		l := newLoader(t, Config{Tree: tree, Cgo: true, Tests: true, Limits: Limits{Depth: 500}})
		for _, dir := range []string{"a", "b"} {
			packages, err := l.Packages(context.Background(), dir)
			if err != nil && !errors.Is(err, ErrNoGo) {
				t.Fatalf("%s: %v", dir, err)
			}
			for _, p := range packages {
				checkPackage(t, p)
				if _, _, errs := p.Check(p.Syntax); len(p.TypeErrors) != len(errs) && p.Name != "" && !strings.Contains(kinds(p), "limit") {
					t.Errorf("%s: %d errors, then %d", dir, len(p.TypeErrors), len(errs))
				}
			}
			again, err := newLoader(t, Config{Tree: tree, Cgo: true, Tests: true, Limits: Limits{Depth: 500}}).Packages(context.Background(), dir)
			if dir == "a" && (len(again) != len(packages) || len(again) > 0 && fmt.Sprint(again[0].Problems) != fmt.Sprint(packages[0].Problems)) {
				t.Errorf("not the same the second time: %v", err)
			}
		}
	})
}
