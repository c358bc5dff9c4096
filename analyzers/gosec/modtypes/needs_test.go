package modtypes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/gosec/typecache"
)

func TestNeeds(t *testing.T) {
	tree := map[string]string{
		"go.mod": `module example.com/main
require (
	example.com/a v1.0.0
	example.com/a/deep v1.1.0
	example.com/b v1.0.0
	example.com/near v1.0.0
	example.com/unused v1.0.0
)
replace example.com/b v1.0.0 => example.com/fork v1.2.0
replace example.com/near => ./near
`,
		"m.go": `package main
import ("fmt"; "C"; "example.com/a"; "example.com/a/x"; "example.com/a/deep/y"; "example.com/b/z"; "example.com/near"; "example.com/other"; "example.com/main/sub"; "example.com/norequire")
`,
		"windows_windows.go":             "package main\nimport \"example.com/a/windows\"\n",
		"ignored.go":                     "//go:build ignore\n\npackage main\nimport \"example.com/a/ignored\"\n",
		"m_test.go":                      "package main\nimport \"example.com/a/test\"\n",
		"wrong.go":                       "package main\nimport \"example.com/a/wrong\n",
		"testdata/t.go":                  "package t\nimport \"example.com/a/testdata\"\n",
		"other/go.mod":                   "module example.com/other\nrequire example.com/a v1.5.0\n",
		"other/in/side/o.go":             "package side\nimport \"example.com/a\"\n",
		"vend/go.mod":                    "module example.com/vend\nrequire example.com/a v1.6.0\n",
		"vend/vendor/modules.txt":        "# example.com/a v1.6.0\n",
		"vend/vendor/example.com/a/a.go": "package a\nimport \"example.com/b\"\n",
		"vend/v.go":                      "package vend\nimport \"example.com/a\"\n",
	}
	c := openCache(t)
	if err := c.Put(t.Context(), v("example.com/a@v1.0.0"), "", map[string]typecache.Package{"example.com/a": {}}); err != nil {
		t.Fatal(err)
	}
	needs := func(tests bool) string {
		n := Needs{Tests: tests}
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			if n.Wants(name) {
				if err := n.Add(name, []byte(tree[name])); err != nil {
					t.Fatal(err)
				}
			}
		}
		var b strings.Builder
		for _, need := range n.List(c) {
			fmt.Fprintln(&b, need.File, need.Module, need.Packages, need.Lacking)
		}
		return b.String()
	}
	want := `go.mod example.com/a@v1.0.0 [example.com/a example.com/a/x] [example.com/a/x]
go.mod example.com/a/deep@v1.1.0 [example.com/a/deep/y] [example.com/a/deep/y]
go.mod example.com/fork@v1.2.0 [example.com/b/z] [example.com/b/z]
other/go.mod example.com/a@v1.5.0 [example.com/a] [example.com/a]
`
	if got := needs(false); got != want {
		t.Errorf("needs\n%swant\n%s", got, want)
	}
	if got := needs(true); !strings.Contains(got, "[example.com/a/test ") {
		t.Errorf("with tests\n%s", got)
	}
	if err := new(Needs).Add("go.mod", []byte("module\n")); err == nil {
		t.Error("a wrong go.mod was read")
	}
}
