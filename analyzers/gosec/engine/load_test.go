package engine

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/securego/gosec/v2"
	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/stdtypes"
)

// std types what the standard library has.
type std struct {
	fset    *token.FileSet
	imports map[string]*types.Package
}

func (s std) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return stdtypes.Import(s.fset, s.imports, path)
}

// inMemory makes a package of files that exist nowhere. Names are paths in a tree.
func inMemory(tb testing.TB, files map[string]string) *load.Package {
	tb.Helper()
	p := typed(files, nil)
	if p == nil {
		tb.Fatal("nothing parses")
	}
	return p
}

// typed is inMemory, with names that are changed first.
func typed(files map[string]string, name func(string) string) *load.Package {
	fset := token.NewFileSet()
	p := &load.Package{Package: &packages.Package{Fset: fset, TypesSizes: types.SizesFor("gc", "amd64")}, Dir: ".", Sources: map[string][]byte{}}
	if name == nil {
		name = func(s string) string { return load.NamePrefix + s }
	}
	for _, n := range slices.Sorted(maps.Keys(files)) {
		f, err := parser.ParseFile(fset, name(n), files[n], parser.ParseComments|parser.AllErrors)
		if err != nil {
			p.IllTyped = true
		}
		if f == nil || !f.Package.IsValid() || f.Name == nil {
			continue
		}
		p.Sources[name(n)] = []byte(files[n])
		p.Syntax = append(p.Syntax, f)
		p.Name = f.Name.Name
	}
	if p.Syntax == nil {
		return nil
	}
	check(p, std{fset, map[string]*types.Package{}})
	return p
}

func check(p *load.Package, imports types.Importer) {
	p.TypesInfo = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{}, Scopes: map[ast.Node]*types.Scope{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{Importer: imports, Sizes: p.TypesSizes, Error: func(err error) {
		p.IllTyped = true
		p.Errors = append(p.Errors, packages.Error{Msg: err.Error()})
	}}
	p.PkgPath = p.Name
	p.Types, _ = conf.Check(p.PkgPath, p.Fset, p.Syntax, p.TypesInfo)
}

// fromDisk reads packages that the go command finds from this module: as gosec's program does, and with names that cannot be opened.
func fromDisk(tb testing.TB, patterns ...string) (real []*packages.Package, ours []*load.Package) {
	tb.Helper()
	conf := &packages.Config{Mode: gosec.LoadMode}
	real, err := packages.Load(conf, patterns...)
	if err != nil {
		tb.Fatal(err)
	}
	var mu sync.Mutex
	sources := map[string][]byte{}
	conf.ParseFile = func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
		mu.Lock()
		sources[load.NamePrefix+name] = src
		mu.Unlock()
		return parser.ParseFile(fset, load.NamePrefix+name, src, parser.ParseComments|parser.AllErrors)
	}
	named, err := packages.Load(conf, patterns...)
	if err != nil || len(named) != len(real) {
		tb.Fatalf("%d and %d packages, %v", len(real), len(named), err)
	}
	for _, p := range named {
		l := &load.Package{Package: p, Dir: ".", Sources: map[string][]byte{}}
		for _, f := range p.Syntax {
			name := p.Fset.File(f.Package).Name()
			l.Sources[name] = sources[name]
		}
		ours = append(ours, l)
	}
	return real, ours
}
