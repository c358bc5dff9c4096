package repair_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/repair"
	"golang.org/x/tools/txtar"
)

// source makes a package of one file, with the types of the standard library.
func source(t testing.TB, lib *library, src []byte) *load.Package {
	t.Helper()
	f, _ := parser.ParseFile(lib.fset, "in.go", src, parser.ParseComments|parser.AllErrors)
	if f == nil || f.Name == nil {
		t.Fatal("no file") // go/parser makes one of anything
	}
	return loadFiles(lib.fset, "example.com/in", []*ast.File{f}, importerFunc(func(p string) (*types.Package, error) {
		if pk := lib.importStd(p); pk != nil {
			return pk, nil
		}
		pk := types.NewPackage(p, guessName(p))
		pk.MarkComplete()
		return pk, nil
	}))
}

// TestCases has packages whose findings must all be there after repair, and nothing else.
func TestCases(t *testing.T) {
	lib := newLibrary()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(a.Files); i += 2 {
			in, want := a.Files[i], strings.TrimSpace(string(a.Files[i+1].Data))
			t.Run(path.Dir(in.Name), func(t *testing.T) {
				p := source(t, lib, in.Data)
				if repair.Sound(p) {
					t.Fatal("sound without repair")
				}
				q, r, err := repair.Package(context.Background(), p, repair.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if got := ssaFindings(t, q); got != want {
					t.Errorf("%+v: got\n%s\nwant\n%s", r, got, want)
				}
			})
		}
	}
}

// ssaFindings lists what gosec's SSA analyzers find.
func ssaFindings(t *testing.T, p *load.Package) string {
	t.Helper()
	all, notes := scan(p.Package, p.Package, "")
	if len(notes) > 0 {
		t.Fatal(notes)
	}
	rules, _ := scan(p.Package, nil, "")
	type finding struct {
		line int
		rule string
	}
	var l []finding
	for k, n := range all {
		if n == rules[k] {
			continue
		}
		f := strings.Split(k, ":")
		var line int
		if _, err := fmt.Sscan(f[1], &line); err != nil || f[0] != "in.go" {
			t.Errorf("finding in code that is not the author's: %s", k)
		}
		l = append(l, finding{line, f[3]})
	}
	slices.SortFunc(l, func(a, b finding) int {
		return strings.Compare(fmt.Sprintf("%5d %s", a.line, a.rule), fmt.Sprintf("%5d %s", b.line, b.rule))
	})
	var b []string
	for _, f := range slices.Compact(l) {
		b = append(b, fmt.Sprint(f.line, " ", f.rule))
	}
	return strings.Join(b, "\n")
}

const unknownImport = `package in

import "example.com/unknown/x"

func f(n int) uint8 { return x.F(uint8(n)) + x.T{A: n}.M() }
`

// TestUntouched shows that the original stays what it was: rules read it at the same time.
func TestUntouched(t *testing.T) {
	lib := newLibrary()
	a, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(a.Files); i += 2 {
		p := source(t, lib, a.Files[i].Data)
		before := dump(p)
		if _, _, err := repair.Package(context.Background(), p, repair.Limits{}); err != nil {
			t.Fatal(err)
		}
		if dump(p) != before {
			t.Errorf("%s: the original is altered", a.Files[i].Name)
		}
	}
}

// dump writes all that the nodes of a package hold, and how much is known of them.
func dump(p *load.Package) string {
	var b strings.Builder
	for _, f := range p.Syntax {
		if err := ast.Fprint(&b, token.NewFileSet(), f, func(name string, _ reflect.Value) bool { return name != "Obj" && name != "Scope" }); err != nil {
			return err.Error()
		}
	}
	fmt.Fprint(&b, len(p.TypesInfo.Types), len(p.TypesInfo.Uses), len(p.TypesInfo.Defs), p.Types.Scope().Names(), p.IllTyped)
	return b.String()
}

// TestSound shows that a package without type errors can have types that no SSA form can be built of.
func TestSound(t *testing.T) {
	lib := newLibrary()
	dep := source(t, lib, []byte("package dep\n\nimport \"example.com/unknown/x\"\n\nfunc New() (*x.T, error)\n\nconst Max = x.Max\n"))
	f, err := parser.ParseFile(lib.fset, "in.go", "package in\n\nimport \"dep\"\n\n"+
		"func f(n int) uint8 {\n\tt, err := dep.New()\n\tif err != nil || n > dep.Max {\n\t\treturn uint8(n)\n\t}\n\tfor _, u := range t.List {\n\t\tn += u.N\n\t}\n\treturn 1\n}\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	p := loadFiles(lib.fset, "in", []*ast.File{f}, importerFunc(func(string) (*types.Package, error) { return dep.Types, nil }))
	if p.IllTyped {
		t.Fatal("want a package without type errors", p.TypeErrors)
	}
	if repair.Sound(p) {
		t.Fatal("sound, although its types are not known")
	}
	if _, err := buildSSA(p.Package); err == nil {
		t.Error("want what keeps the SSA form from being built")
	}
	q, _, err := repair.Package(context.Background(), p, repair.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ssaFindings(t, q); got != "8 G115" {
		t.Errorf("got %q", got)
	}
}
