package repair

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// prefix begins the name of what is added to a package: no name in a source begins so by chance.
const prefix = "refwardʀ"

// A source is the file that is added to a package: it declares functions without bodies.
type source struct {
	funcs   map[string]string // names by result types
	order   []string          // result types
	imports map[*types.Package]string
	paths   []*types.Package
	types   []string
	generic bool // a function that returns what the call asks for is needed
}

func newSource() *source {
	return &source{funcs: map[string]string{}, imports: map[*types.Package]string{}}
}

// text returns the type as the added file can write it; false: it cannot.
func (s *source) text(own string, t types.Type) (string, bool) {
	if !nameable(own, t, 0) {
		return "", false
	}
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == own {
			return ""
		}
		if s.imports[p] == "" {
			s.imports[p] = prefix + "p" + strconv.Itoa(len(s.imports))
			s.paths = append(s.paths, p)
		}
		return s.imports[p]
	}), true
}

// nameable reports whether t can be written at the level of the package own.
func nameable(own string, t types.Type, depth int) bool {
	if depth > 12 {
		return false
	}
	all := func(l ...types.Type) bool {
		for _, t := range l {
			if !nameable(own, t, depth+1) {
				return false
			}
		}
		return true
	}
	object := func(o *types.TypeName) bool {
		return o.Pkg() == nil || o.Parent() == o.Pkg().Scope() && (o.Pkg().Path() == own || o.Exported()) && o.Name() != "_"
	}
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() != types.Invalid && t.Info()&types.IsUntyped == 0 && (t.Kind() != types.UnsafePointer)
	case *types.Alias:
		return object(t.Obj()) && t.TypeArgs().Len() == 0
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			if !all(a) {
				return false
			}
		}
		return object(t.Obj())
	case *types.Pointer:
		return all(t.Elem())
	case *types.Slice:
		return all(t.Elem())
	case *types.Array:
		return all(t.Elem())
	case *types.Chan:
		return all(t.Elem())
	case *types.Map:
		return all(t.Key(), t.Elem())
	case *types.Signature:
		return all(t.Params(), t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			if !all(v.Type()) {
				return false
			}
		}
		return true
	case *types.Interface:
		return t.Empty()
	case *types.Struct:
		return t.NumFields() == 0
	}
	return false
}

// function returns the name of the added function with the given results.
func (s *source) function(results string) string {
	if s.funcs[results] == "" {
		s.funcs[results] = prefix + strconv.Itoa(len(s.funcs))
		s.order = append(s.order, results)
	}
	return s.funcs[results]
}

// alias returns a name for the type that text writes.
func (s *source) alias(text string) string {
	i := slices.Index(s.types, text)
	if i < 0 {
		i = len(s.types)
		s.types = append(s.types, text)
	}
	return prefix + "T" + strconv.Itoa(i)
}

// bytes returns the file.
func (s *source) bytes(pkg string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n", pkg)
	for _, p := range s.paths {
		fmt.Fprintf(&b, "import %s %q\n", s.imports[p], p.Path())
	}
	for i, t := range s.types {
		fmt.Fprintf(&b, "type %sT%d = %s\n", prefix, i, t)
	}
	for _, r := range s.order {
		fmt.Fprintf(&b, "func %s(...any) %s\n", s.funcs[r], r)
	}
	if s.generic {
		fmt.Fprintf(&b, "func %sAs[T any](a ...any) (v T) { for _, x := range a { v, _ = x.(T) }; return v }\n", prefix)
	}
	return []byte(b.String())
}

// call returns a call of the named function, in the place of e.
func call(name string, e ast.Expr, args []ast.Expr) *ast.CallExpr {
	c := &ast.CallExpr{Fun: &ast.Ident{NamePos: e.Pos(), Name: name}, Args: args, Lparen: e.Pos(), Rparen: e.End() - 1}
	if o, ok := e.(*ast.CallExpr); ok {
		c.Lparen, c.Rparen = o.Lparen, o.Rparen
	}
	if !c.Lparen.IsValid() {
		c.Lparen = token.Pos(1)
	}
	return c
}
