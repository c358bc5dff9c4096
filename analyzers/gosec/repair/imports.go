package repair

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/tools/go/packages"
)

// namesPath is the import path of what has no name in the source.
const namesPath = "refward.invalid/repair"

func newGuess(p *packages.Package, steps int) *guess {
	g := &guess{Package: p, info: p.TypesInfo, missing: map[*types.Package]*standin{}, byName: map[*ast.File]map[string]*standin{},
		decl: map[types.Object]ast.Expr{}, spec: map[*types.TypeName]ast.Expr{}, ofObj: map[types.Object]*term{}, ofType: map[types.Type]*term{},
		ofExpr: map[ast.Expr]*term{}, ofTuple: map[*ast.CallExpr][]*term{}, unknown: map[string]*term{}, own: map[types.Type]bool{}, steps: steps,
		names: types.NewPackage(namesPath, "repair")}
	declare := func(name string, under types.Type) *types.Named {
		n := types.NewNamed(types.NewTypeName(token.NoPos, g.names, name, nil), under, nil)
		g.names.Scope().Insert(n.Obj())
		return n
	}
	g.opaque = declare("Opaque", types.NewStruct(nil, nil))
	g.number = declare("Number", types.Typ[types.Float64])
	g.integer = declare("Integer", types.Typ[types.Uint8])
	g.findMissing()
	return g
}

// findMissing makes stand-ins for the imports without types, and finds by which names the files call them.
func (g *guess) findMissing() {
	byPath := map[string]*standin{}
	for _, f := range g.Syntax {
		g.byName[f] = map[string]*standin{}
		var unnamed []*standin // imports under the name of the package that nothing in the file uses
		used := g.packageNames(f)
		for _, spec := range f.Imports {
			o := g.pkgName(spec)
			if o != nil && (o.Imported() == types.Unsafe || len(o.Imported().Scope().Names()) > 0) {
				continue
			}
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil || p == "C" {
				continue
			}
			s := byPath[p]
			if s == nil {
				s = &standin{path: p, name: baseName(p), members: map[string]*member{}, types: map[string]*named{}}
				byPath[p] = s
				g.standins = append(g.standins, s)
			}
			switch {
			case o != nil:
				g.missing[o.Imported()] = s
				s.name = o.Imported().Name()
			case spec.Name != nil:
				g.byName[f][spec.Name.Name] = s
			}
			if spec.Name == nil && (o == nil || !used[o.Name()]) {
				unnamed = append(unnamed, s)
			}
			if spec.Name != nil && spec.Name.Name == "." {
				g.byName[f]["."] = s
			}
		}
		g.nameImports(f, unnamed)
	}
	for _, s := range g.standins {
		s.pkg = types.NewPackage(s.path, s.name)
	}
}

// baseName is the name that a package most likely has.
func baseName(p string) string {
	n := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, path.Base(p))
	if !token.IsIdentifier(n) || n == "_" {
		return "p" + n
	}
	return n
}

func (g *guess) pkgName(spec *ast.ImportSpec) *types.PkgName {
	o := g.info.Implicits[spec]
	if spec.Name != nil {
		o = g.info.Defs[spec.Name]
	}
	p, _ := o.(*types.PkgName)
	return p
}

// packageNames returns the names that the file uses as those of packages; true: it imports a package of that name.
func (g *guess) packageNames(f *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				switch g.info.Uses[id].(type) {
				case *types.PkgName:
					names[id.Name] = true
				case nil:
					if !names[id.Name] {
						names[id.Name] = false
					}
				}
			}
		}
		return true
	})
	return names
}

// nameImports finds which of the packages whose expected names are not used goes by which unknown name.
func (g *guess) nameImports(f *ast.File, unnamed []*standin) {
	if len(unnamed) == 0 {
		return
	}
	var names []string
	for name, known := range g.packageNames(f) {
		if !known && g.Types.Scope().Lookup(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		best, length := -1, 0
		for i, s := range unnamed {
			if n := likeness(s.path, name); n > length {
				best, length = i, n
			}
		}
		if best < 0 && len(names) == 1 && len(unnamed) == 1 {
			best = 0
		}
		if best < 0 {
			continue
		}
		s := unnamed[best]
		unnamed = slices.Delete(unnamed, best, best+1)
		g.byName[f][name], s.name = s, name
	}
}

// likeness tells how well a package's name goes with its import path; 0: not at all.
func likeness(p, name string) int {
	clean := strings.NewReplacer("-", "", "_", "", ".", "").Replace
	name = strings.ToLower(clean(name))
	for i, part := 0, p; i < 3 && part != "."; i, part = i+1, path.Dir(part) {
		if strings.Contains(strings.ToLower(clean(path.Base(part))), name) {
			return 10 - i
		}
	}
	return 0
}

// An importer finds the packages that the original package imports, and stand-ins in the place of those without types.
type importer map[string]*types.Package

func (i importer) Import(p string) (*types.Package, error) {
	if pkg := i[p]; pkg != nil {
		return pkg, nil
	}
	return nil, fmt.Errorf("package %q is not known", p)
}

// importer returns what the files import.
func (g *guess) importer() importer {
	m := importer{"unsafe": types.Unsafe, namesPath: g.names}
	for _, f := range g.Syntax {
		for _, spec := range f.Imports {
			if o := g.pkgName(spec); o != nil {
				if p, err := strconv.Unquote(spec.Path.Value); err == nil {
					m[p] = o.Imported()
				}
			}
		}
	}
	for _, s := range g.standins {
		m[s.path] = s.pkg
	}
	return m
}
