package bounds

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func rep(s string, n int) string { return strings.Repeat(s, n) }

// TestScan holds the bound against the depth of what the parser makes of a source.
func TestScan(t *testing.T) {
	const n = 500
	for name, src := range map[string]string{
		"parentheses": "var x = " + rep("(", n) + "1" + rep(")", n),
		"unary":       "var x = " + rep("- ", n) + "1",
		"binary":      "var x = y" + rep("+y", n),
		"pointers":    "type x " + rep("*", n) + "int",
		"slices":      "type x " + rep("[]", n) + "int",
		"maps":        "type x " + rep("map[int]", n) + "int",
		"channels":    "type x " + rep("chan ", n) + "int",
		"functions":   "type x " + rep("func() ", n),
		"structs":     "type x " + rep("struct{a ", n) + "int" + rep("}", n),
		"calls":       "var x = t" + rep(".f()", n),
		"elements":    "var x = t" + rep("[0]", n),
		"literals":    "var x = T" + rep("{", n) + rep("}", n),
		"blocks":      "func f() {" + rep("{", n) + rep("}", n) + "}",
		"else if":     "func f() { if a {}" + rep(" else if a {}", n) + "}",
		"closures":    "func f() {" + rep("func() {", n) + rep("}()\n", n) + "}",
		"labels":      "func f() {" + rep("a: ", n) + ";}",
		"instances":   "var x " + rep("T[", n) + "int" + rep("]", n),
	} {
		src = "package p\n" + src + "\n"
		if got := Scan([]byte(src)); got.Depth < n {
			t.Errorf("%s: depth %d, want %d at least", name, got.Depth, n)
		}
	}
	if got := Scan([]byte("package p\nvar x " + rep("T[", n) + "int" + rep("]", n))); got.Square != n {
		t.Errorf("square brackets: %d, want %d", got.Square, n)
	}
	wide := "package p\nvar x = []int{" + rep("f(1, -2),\n", 5000) + "}\nfunc f() {" + rep("a.b(c)\n", 5000) + "}\n"
	if got := Scan([]byte(wide)); got.Depth > 10 {
		t.Errorf("what is wide is taken for deep: %d", got.Depth)
	}
}

// parsed returns the files of a directory of Go's own source, each through change.
func parsed(t *testing.T, fset *token.FileSet, dir string, change func([]byte) []byte) []*ast.File {
	t.Helper()
	ctx := build.Default
	ctx.CgoEnabled = false
	p, err := ctx.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(fset, name, change(src), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// TestWithoutBodies types packages of Go's own source with and without the bodies of their functions: what they declare is the same, at
// the same place.
func TestWithoutBodies(t *testing.T) {
	paths := []string{"go/types", "reflect", "encoding/json", "slices", "text/template", "math/big", "sync/atomic"}
	if testing.Short() {
		paths = paths[2:]
	}
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for _, path := range paths {
		dir := filepath.Join(build.Default.GOROOT, "src", path)
		kept, dropped := 0, 0
		describe := func(change func([]byte) []byte) string {
			fset := token.NewFileSet()
			conf := types.Config{Importer: std, IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {}}
			pkg, _ := conf.Check(path, fset, parsed(t, fset, dir, change), nil)
			var b strings.Builder
			for _, name := range pkg.Scope().Names() {
				obj := pkg.Scope().Lookup(name)
				fmt.Fprintln(&b, fset.Position(obj.Pos()), obj)
				if named, ok := obj.Type().(*types.Named); ok {
					for m := range named.Methods() {
						fmt.Fprintln(&b, fset.Position(m.Pos()), m)
					}
				}
			}
			return b.String()
		}
		whole := describe(func(src []byte) []byte { return src })
		blank := describe(func(src []byte) []byte {
			out, tokens := WithoutBodies(src)
			if !tokens.whole || len(out) != len(src) {
				t.Errorf("%s: a source is taken for broken", path)
			}
			kept += len(strings.Fields(string(out)))
			dropped += len(strings.Fields(string(src)))
			return out
		})
		if whole != blank {
			t.Errorf("%s: without bodies it declares\n%s\nand with them\n%s", path, blank, whole)
		}
		if kept*2 > dropped && path == "go/types" {
			t.Errorf("%s: of %d words %d are left", path, dropped, kept)
		}
	}
}

func TestWithoutBodiesOfOddities(t *testing.T) {
	for src, want := range map[string]string{
		"package p\nfunc f() struct{ a int } { x() }":                       "package p\nfunc f() struct{ a int } {     }",
		"package p\nfunc f(interface{ M() }) interface{} { x }":             "package p\nfunc f(interface{ M() }) interface{} {   }",
		"package p\nfunc (r T[P]) f() func() { return func() {} }":          "package p\nfunc (r T[P]) f() func() {                  }",
		"package p\nfunc f()\nvar x = struct{ a int }{ 1 }":                 "package p\nfunc f()\nvar x = struct{ a int }{ 1 }",
		"package p\nvar x = func() { y }\nfunc g() { /* } */ '}'; `}\n}` }": "package p\nvar x = func() { y }\nfunc g() {                \n   }",
		"package p\nfunc f() { (] }":                                        "package p\nfunc f() { (] }",
		"package p\nfunc f() { {":                                           "package p\nfunc f() { {",
		"package p\nfunc f[T any](a [2]struct{}, b ...T) (c, d int) { x }":  "package p\nfunc f[T any](a [2]struct{}, b ...T) (c, d int) {   }",
	} {
		if got, _ := WithoutBodies([]byte(src)); string(got) != want {
			t.Errorf("%q becomes %q, want %q", src, got, want)
		}
	}
	deep := "package p\nfunc f() {" + rep("(", 3000) + rep(")", 3000) + "}"
	if _, tokens := WithoutBodies([]byte(deep)); tokens.Depth > 10 {
		t.Errorf("a body counts: %d", tokens.Depth)
	}
	if _, tokens := WithoutBodies([]byte(deep + "\n}")); tokens.Depth < 3000 {
		t.Errorf("a body that stays does not count: %d", tokens.Depth)
	}
}

func measured(t *testing.T, src string) string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\n"+src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	wrong, _ := Measure([]*ast.File{f}, len(src), func(*ast.File, string, string) (Cost, bool) { return Cost{}, false })
	return wrong
}

// series declares n types, each by the one before.
func series(n int, format string) string {
	var b strings.Builder
	b.WriteString("type T0 = int\n")
	for i := range n {
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(format, "$1", fmt.Sprint("T", i)), "$2", fmt.Sprint("T", i+1)) + "\n")
	}
	return b.String()
}

func TestMeasure(t *testing.T) {
	for name, c := range map[string]struct {
		bad, good string
	}{
		"chain":      {series(1000, "type $2 $1"), series(100, "type $2 $1")},
		"structs":    {series(1000, "type $2 struct{ a $1 }"), series(3000, "type $2 struct{ a *$1 }")},
		"interfaces": {series(1000, "type $2 interface{ $1 }"), series(100, "type $2 interface{ $1 }")},
		"arrays":     {series(1000, "type $2 [2]$1"), series(3000, "type $2 []$1")},
		"doubling":   {series(25, "type $2 struct{ a, b $1 }"), series(12, "type $2 struct{ a, b $1 }")},
		"two fields": {series(25, "type $2 struct{ a $1; b $1 }"), series(25, "type $2 struct{ a *$1; b *$1 }")},
		"unions":     {series(25, "type $2 interface{ $1 | $1 }"), series(25, "type $2 interface{ M($1, $1) }")},
		"instances": {"type D[P any] struct{ a, b P }\nvar _ int\ntype X " + rep("D[", 30) + "int" + rep("]", 30),
			"type D[P any] struct{ a, b P }\ntype X " + rep("D[", 5) + "int" + rep("]", 5)},
		"aliases":       {series(25, "type $2 = func($1, $1)"), series(25, "type $2 func($1, $1)")},
		"one alias":     {series(25, "type $2 = map[$1]struct{ a $1 }"), series(300, "type $2 = *$1")},
		"in a function": {"func f() {\n" + series(25, "type $2 struct{ a, b $1 }") + "}", "func f() {\n" + series(12, "type $2 struct{ a, b $1 }") + "}"},
		"hidden": {"func f() {\n" + series(25, "type $2 struct{ a, b $1 }\n{ type $2 int; var _ $2 }") + "}",
			"func f() {\n" + series(12, "type $2 struct{ a, b $1 }\n{ type $2 int; var _ $2 }") + "}"},
		"through a cycle": {series(25, "type $2 struct{ p *struct{ x $2 }; a, b $1 }"), series(25, "type $2 struct{ p *struct{ x $2 }; a, b *$1 }")},
		"levels":          {series(120_000, "type $2 []*$1"), series(20_000, "type $2 []*$1")},
	} {
		if got := measured(t, c.bad); got == "" {
			t.Errorf("%s: not refused", name)
		}
		if got := measured(t, c.good); got != "" {
			t.Errorf("%s: harmless, and refused: %s", name, got)
		}
	}
	if got := measured(t, "type T struct{ a T }\ntype A B\ntype B A\ntype C = C\ntype D struct{ E }\ntype E struct{ D }"); got != "" {
		t.Errorf("types of themselves are refused here: %s", got)
	}
}

// TestMeasureAcrossPackages shows that what a package costs goes on in another.
func TestMeasureAcrossPackages(t *testing.T) {
	parse := func(src string) []*ast.File {
		f, err := parser.ParseFile(token.NewFileSet(), "p.go", "package p\n"+src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return []*ast.File{f}
	}
	none := func(*ast.File, string, string) (Cost, bool) { return Cost{}, false }
	wrong, costs := Measure(parse(series(15, "type $2 struct{ a, b $1 }")), 0, none)
	if wrong != "" || len(costs) == 0 || len(costs) == 15 {
		t.Fatalf("%q, %d costs", wrong, len(costs))
	}
	second := "type T0 q.T15\n" + strings.TrimPrefix(series(15, "type $2 struct{ a, b $1 }"), "type T0 = int\n")
	known := func(_ *ast.File, qualifier, name string) (Cost, bool) {
		c, ok := costs[name]
		return c, ok && qualifier == "q"
	}
	if wrong, _ := Measure(parse(second), 0, none); wrong != "" {
		t.Errorf("refused without what the first costs: %s", wrong)
	}
	if wrong, _ := Measure(parse(second), 0, known); wrong == "" {
		t.Error("not refused with what the first costs")
	}
}

// TestMeasureRealPackages: nothing of Go's own source is refused.
func TestMeasureRealPackages(t *testing.T) {
	for _, path := range []string{"net/http", "go/types", "syscall", "runtime", "crypto/tls", "go/ast", "unicode", "internal/trace"} {
		fset := token.NewFileSet()
		bytes := 0
		files := parsed(t, fset, filepath.Join(build.Default.GOROOT, "src", path), func(src []byte) []byte {
			bytes += len(src)
			if got := Scan(src); got.Depth > 1000 || got.Square > 20 {
				t.Errorf("%s: %+v", path, got)
			}
			return src
		})
		if wrong, _ := Measure(files, bytes, func(*ast.File, string, string) (Cost, bool) { return Cost{}, false }); wrong != "" {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}
