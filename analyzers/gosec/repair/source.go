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
	own     *types.Package
	funcs   map[string]string // names by result types
	order   []string          // result types
	refused map[string]bool   // lines that the type checker does not take
	imports map[*types.Package]string
	paths   []*types.Package
	types   []string
	generic bool // a function that returns what the call asks for is needed
}

func newSource(own *types.Package) *source {
	return &source{own: own, funcs: map[string]string{}, refused: map[string]bool{}, imports: map[*types.Package]string{}}
}

// text returns the type as the added file can write it; false: it cannot, as for a type that only a function knows.
func (s *source) text(t types.Type) (string, bool) {
	var b strings.Builder
	ok := s.write(&b, t, 0)
	return b.String(), ok
}

func (s *source) write(b *strings.Builder, t types.Type, depth int) bool {
	if depth > 12 {
		return false
	}
	in := func(before string, t types.Type) bool {
		b.WriteString(before)
		return s.write(b, t, depth+1)
	}
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return s.object(b, types.Unsafe.Scope().Lookup("Pointer"))
		}
		b.WriteString(t.Name())
		return t.Kind() != types.Invalid && t.Info()&types.IsUntyped == 0 && s.own.Scope().Lookup(t.Name()) == nil
	case *types.Alias:
		if t == anyType {
			b.WriteString("interface{}")
			return true
		}
		if t.TypeArgs().Len() > 0 {
			return s.write(b, types.Unalias(t), depth+1)
		}
		return s.object(b, t.Obj())
	case *types.Named:
		if !s.object(b, t.Obj()) {
			return false
		}
		before := "["
		for a := range t.TypeArgs().Types() {
			if !in(before, a) {
				return false
			}
			before = ", "
		}
		if t.TypeArgs().Len() > 0 {
			b.WriteString("]")
		}
		return true
	case *types.Pointer:
		return in("*", t.Elem())
	case *types.Slice:
		return in("[]", t.Elem())
	case *types.Array:
		return in("["+strconv.FormatInt(t.Len(), 10)+"]", t.Elem())
	case *types.Chan:
		ok := in([]string{types.SendRecv: "chan (", types.SendOnly: "chan<- (", types.RecvOnly: "<-chan ("}[t.Dir()], t.Elem())
		b.WriteString(")")
		return ok
	case *types.Map:
		return in("map[", t.Key()) && in("]", t.Elem())
	case *types.Signature:
		b.WriteString("func(")
		for i := range t.Params().Len() {
			p := t.Params().At(i).Type()
			if i > 0 {
				b.WriteString(", ")
			}
			if l, ok := p.(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
				b.WriteString("...")
				p = l.Elem()
			}
			if !s.write(b, p, depth+1) {
				return false
			}
		}
		before := ") ("
		for v := range t.Results().Variables() {
			if !in(before, v.Type()) {
				return false
			}
			before = ", "
		}
		b.WriteString(")")
		return true
	case *types.Interface:
		b.WriteString("interface{}")
		return t.Empty()
	case *types.Struct:
		b.WriteString("struct{}")
		return t.NumFields() == 0
	}
	return false
}

// object writes the name of a declared type.
func (s *source) object(b *strings.Builder, o types.Object) bool {
	p := o.Pkg()
	if p == nil {
		b.WriteString(o.Name())
		return s.own.Scope().Lookup(o.Name()) == nil
	}
	if o.Parent() != p.Scope() || o.Name() == "_" {
		return false
	}
	if p.Path() == s.own.Path() {
		b.WriteString(o.Name())
		return true
	}
	if s.imports[p] == "" {
		s.imports[p] = prefix + "p" + strconv.Itoa(len(s.imports))
		s.paths = append(s.paths, p)
	}
	b.WriteString(s.imports[p] + "." + o.Name())
	return o.Exported()
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

// lines returns the file: one declaration in each line.
func (s *source) lines(pkg string) []string {
	l := []string{"package " + pkg}
	for _, p := range s.paths {
		l = append(l, fmt.Sprintf("import %s %q", s.imports[p], p.Path()))
	}
	add := func(line, instead string) {
		if s.refused[line] {
			line = instead
		}
		l = append(l, line)
	}
	for i, t := range s.types {
		name := prefix + "T" + strconv.Itoa(i)
		add("type "+name+" = "+t, "type "+name+" struct{}")
	}
	for _, r := range s.order {
		add("func "+s.funcs[r]+"(...interface{}) "+r, "func "+s.funcs[r]+"(...interface{})")
	}
	if s.generic {
		l = append(l, "func "+prefix+"As[T interface{}](a ...interface{}) (v T) { for _, x := range a { v, _ = x.(T) }; return v }")
	}
	return l
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
