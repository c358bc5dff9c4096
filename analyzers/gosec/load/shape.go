package load

import (
	"fmt"
	"go/ast"
)

// What go/types is not given, because it would run out of stack or for minutes. It goes through the declarations of a package from one to
// the next that it names, one inside the other, some 1 KB of stack for each level of syntax: 1,000,000 levels end the process. Of types that
// contain others by value it visits each path, and compares what it meets with all of the path, which makes its time cubic for a chain and
// exponential for "type T2 struct{ a, b T1 }"; types behind aliases it takes apart wherever it compares them.
const (
	maxLevels = 250_000 // of all declarations of a package; the largest packages known have 92,000
	maxVisits = 2e7     // of types in paths, times the length of these; some 20 ns each
	maxSize   = 1e6     // of what an alias stands for, in nodes
	maxNested = 2_000   // types that contain each other in a chain
)

// A cost is what it takes to go through a type.
type cost struct {
	paths float64 // to what it contains by value
	depth float64 // of the longest of them
	size  float64 // of its syntax, with that of aliases in it
}

func (c cost) visits() float64 { return c.paths * c.depth }

func (c cost) plus(d cost) cost {
	return cost{c.paths + d.paths, max(c.depth, d.depth), c.size + d.size}
}

func (c cost) times(n int) cost { return cost{c.paths * float64(n), c.depth, c.size * float64(n)} }

// A shape measures the types that a package declares.
type shape struct {
	specs    map[string]declaredType
	known    map[string]cost // of types of the package
	local    map[string]cost // of those of the function that is measured
	active   map[string]bool
	nested   int
	imported func(f *ast.File, qualifier, name string) cost
}

type declaredType struct {
	spec *ast.TypeSpec
	file *ast.File
}

// shapeOf measures a package. It says what is wrong with it, or "", and what its types cost others.
func shapeOf(files []*ast.File, bytes int, bodies bool, imported func(f *ast.File, qualifier, name string) cost) (string, map[string]cost) {
	s := &shape{specs: map[string]declaredType{}, known: map[string]cost{}, local: map[string]cost{}, active: map[string]bool{}, imported: imported}
	for _, f := range files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						s.specs[spec.Name.Name] = declaredType{spec, f}
					}
				}
			}
		}
	}
	visits := 0.0
	for _, f := range files {
		for _, d := range f.Decls {
			if f, isFunc := d.(*ast.FuncDecl); isFunc && (!bodies || f.Body == nil) {
				continue
			}
			clear(s.local)
			wrong := ""
			ast.Inspect(d, func(n ast.Node) bool {
				spec, ok := n.(*ast.TypeSpec)
				if !ok {
					return wrong == ""
				}
				c := s.named(f, spec)
				if _, top := s.specs[spec.Name.Name]; !top || s.specs[spec.Name.Name].spec != spec {
					s.local[spec.Name.Name] = c
				}
				if visits += c.visits(); visits > maxVisits || c.size > maxSize || c.depth > maxNested {
					wrong = fmt.Sprintf("the type %s contains too many others, one in the other", spec.Name.Name)
				}
				return wrong == ""
			})
			if wrong != "" {
				return oneLine(wrong), nil
			}
		}
	}
	if bytes > maxLevels { // a level is a byte at least
		if levels := levelsOf(files); levels > maxLevels {
			return fmt.Sprintf("its declarations have %d levels of syntax, of which %d are looked at", levels, maxLevels), nil
		}
	}
	for name, c := range s.known {
		if c.visits() < 100 && c.size < 100 {
			delete(s.known, name) // not worth the memory
		}
	}
	return "", s.known
}

// levelsOf adds up how deep each declaration is nested, without the bodies of functions.
func levelsOf(files []*ast.File) int {
	total := 0
	for _, f := range files {
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				total += depthOf(d)
				continue
			}
			for _, spec := range decl.Specs {
				total += depthOf(spec)
			}
		}
	}
	return total
}

func depthOf(n ast.Node) int {
	depth, deepest := 0, 0
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			depth--
			return false
		}
		if _, body := n.(*ast.BlockStmt); body {
			return false
		}
		depth++
		deepest = max(deepest, depth)
		return true
	})
	return deepest
}

// named returns the cost of a declared type.
func (s *shape) named(f *ast.File, spec *ast.TypeSpec) cost {
	name := spec.Name.Name
	top := s.specs[name].spec == spec
	if c, ok := s.known[name]; ok && top {
		return c
	}
	if s.active[name] { // it contains itself: go/types says so without going on
		return cost{1, 1, 1}
	}
	if s.nested++; s.nested > maxNested {
		s.nested--
		return cost{maxVisits, maxNested + 1, maxSize}
	}
	s.active[name] = true
	c := s.of(f, spec.Type)
	s.nested--
	delete(s.active, name)
	c.paths, c.depth = c.paths+1, c.depth+1
	if !spec.Assign.IsValid() {
		c.size = 1
	}
	if top {
		s.known[name] = c
	}
	return c
}

// of returns the cost of a type in the place of a value.
func (s *shape) of(f *ast.File, e ast.Expr) cost {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.of(f, e.X)
	case *ast.Ident:
		if c, ok := s.local[e.Name]; ok {
			return c
		}
		if d, ok := s.specs[e.Name]; ok {
			return s.named(d.file, d.spec)
		}
		return s.imported(f, "", e.Name)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return s.imported(f, x.Name, e.Sel.Name)
		}
	case *ast.ArrayType:
		if e.Len != nil {
			return s.of(f, e.Elt)
		}
		return s.behind(f, e.Elt)
	case *ast.StarExpr:
		return s.behind(f, e.X)
	case *ast.ChanType:
		return s.behind(f, e.Value)
	case *ast.MapType:
		return s.behind(f, e.Key).plus(s.behind(f, e.Value))
	case *ast.FuncType:
		return s.fields(f, e.Params, s.behind).plus(s.fields(f, e.Results, s.behind))
	case *ast.StructType:
		return s.fields(f, e.Fields, s.of)
	case *ast.InterfaceType:
		return s.fields(f, e.Methods, s.of)
	case *ast.UnaryExpr: // ~T
		return s.of(f, e.X)
	case *ast.BinaryExpr: // A | B
		return s.of(f, e.X).plus(s.of(f, e.Y))
	case *ast.IndexExpr:
		return s.instance(f, e.X, e.Index)
	case *ast.IndexListExpr:
		return s.instance(f, e.X, e.Indices...)
	}
	return cost{1, 1, 1}
}

// behind returns the cost of a type that is not contained by value. Only aliases have one.
func (s *shape) behind(f *ast.File, e ast.Expr) cost {
	if id, ok := e.(*ast.Ident); ok {
		if d, ok := s.specs[id.Name]; !ok || !d.spec.Assign.IsValid() {
			if _, local := s.local[id.Name]; !local {
				return cost{0, 0, 1}
			}
		}
	}
	return cost{0, 0, s.of(f, e).size + 1}
}

func (s *shape) fields(f *ast.File, list *ast.FieldList, of func(*ast.File, ast.Expr) cost) cost {
	total := cost{0, 0, 1}
	if list == nil {
		return total
	}
	for _, field := range list.List {
		total = total.plus(of(f, field.Type).times(max(1, len(field.Names))))
	}
	return total
}

// instance returns the cost of a generic type: each of its fields may be of the type of an argument.
func (s *shape) instance(f *ast.File, generic ast.Expr, args ...ast.Expr) cost {
	c, a := s.of(f, generic), cost{1, 0, 1}
	for _, arg := range args {
		a = a.plus(s.of(f, arg))
	}
	return cost{c.paths * a.paths, c.depth + a.depth, c.size * a.size}
}
