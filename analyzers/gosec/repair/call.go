package repair

import (
	"go/ast"
	"go/token"
	"go/types"
)

// tuple collects what an expression of n values tells.
func (g *guess) tuple(e ast.Expr, n int) []*term {
	var r []*term
	switch e := e.(type) {
	case *ast.ParenExpr:
		return g.tuple(e.X, n)
	case *ast.CallExpr:
		r = g.call(e, n)
	case *ast.IndexExpr, *ast.TypeAssertExpr, *ast.UnaryExpr:
		r = []*term{g.expr(e), g.basic(types.Bool)}
	default:
		g.expr(e)
	}
	for len(r) < n {
		r = append(r, g.open())
	}
	return r[:n]
}

// call collects what a call tells whose place takes n values, 0 for a statement, and returns at least one term.
func (g *guess) call(e *ast.CallExpr, n int) []*term {
	r := g.callTerms(e, n)
	if len(r) == 1 {
		if k := g.valid(e); k != nil {
			if t, ok := k.(*types.Tuple); !ok {
				return []*term{g.known(k)}
			} else if t.Len() > 0 {
				r = r[:0]
				for v := range t.Variables() {
					r = append(r, g.known(v.Type()))
				}
			}
		}
	}
	for len(r) < max(1, n) {
		r = append(r, g.open())
	}
	if g.valid(e) == nil && n == 1 {
		g.ofExpr[e] = r[0]
	} else if n > 1 {
		g.ofTuple[e] = r[:n]
	}
	return r
}

func (g *guess) callTerms(e *ast.CallExpr, n int) []*term {
	fun := ast.Unparen(e.Fun)
	if tv := g.info.Types[fun]; tv.IsBuiltin() {
		return g.builtin(fun, e.Args, e.Ellipsis.IsValid())
	} else if tv.IsType() || g.writesType(fun) {
		t := g.typeTerm(fun)
		for _, a := range e.Args {
			x := g.expr(a)
			if u := g.underlying(t).find(); t.find().kind == standIn && u.kind == open {
				g.converted(x, u)
			}
		}
		return []*term{t}
	}
	if id, ok := fun.(*ast.Ident); ok {
		if s := g.dotted(id); s != nil {
			s.member(g, id.Name).called = true
		}
	}
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if m := g.selected(sel); m != nil {
			m.called = true
			g.ofExpr[sel] = m.term
			return g.apply(m.term, e, n)
		}
	}
	return g.apply(g.expr(fun), e, n)
}

// writesType reports whether e, which is called, is a type that go/types does not know.
func (g *guess) writesType(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType, *ast.StructType, *ast.StarExpr:
		return true
	case *ast.SelectorExpr:
		s := g.standinOf(e.X)
		return s != nil && s.types[e.Sel.Name] != nil
	case *ast.Ident:
		_, ok := g.info.Uses[e].(*types.TypeName)
		return ok
	}
	return false
}

// converted notes that x is converted to a type with the underlying type u.
func (g *guess) converted(x, u *term) {
	x = x.find()
	if x.kind != known {
		if x.kind == function {
			g.join(x, u)
		}
		return
	}
	if w, ok := untyped(x.typ); ok {
		u.seen |= w
	} else if b, ok := x.typ.Underlying().(*types.Basic); ok && b.Info()&types.IsNumeric != 0 {
		u.seen |= usedNumber
		u.from = append(u.from, b)
	} else if !types.IsInterface(x.typ) {
		g.join(u, g.known(x.typ.Underlying()))
	}
}

// apply notes that the function f is called in e.
func (g *guess) apply(f *term, e *ast.CallExpr, n int) []*term {
	f = g.callee(f, 0, n)
	params := f.params
	if len(e.Args) == 1 && len(params) > 1 {
		for i, t := range g.tuple(e.Args[0], len(params)) {
			g.pass(t, params[i])
		}
		return f.results
	}
	for i, a := range e.Args {
		var to *term
		switch {
		case f.dots && i >= len(params)-1:
			to = params[len(params)-1]
			if !e.Ellipsis.IsValid() {
				_, to = g.indexed(to)
			}
		case i < len(params):
			to = params[i]
		default:
			g.expr(a)
			continue
		}
		g.pass(g.expr(a), to)
	}
	return f.results
}

func (g *guess) pass(t, to *term) {
	if k := to.find(); k.kind == known && generic(k.typ, 0) {
		return
	}
	g.flow(t, to)
}

// generic reports whether t is made of type parameters.
func generic(t types.Type, depth int) bool {
	if depth > 8 {
		return false
	}
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Pointer:
		return generic(t.Elem(), depth+1)
	case *types.Slice:
		return generic(t.Elem(), depth+1)
	case *types.Array:
		return generic(t.Elem(), depth+1)
	case *types.Chan:
		return generic(t.Elem(), depth+1)
	case *types.Map:
		return generic(t.Key(), depth+1) || generic(t.Elem(), depth+1)
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			if generic(a, depth+1) {
				return true
			}
		}
	case *types.Signature:
		for _, l := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range l.Variables() {
				if generic(v.Type(), depth+1) {
					return true
				}
			}
		}
	}
	return false
}

func (g *guess) builtin(fun ast.Expr, args []ast.Expr, dots bool) []*term {
	id, ok := fun.(*ast.Ident)
	if !ok || len(args) == 0 {
		for _, a := range args {
			g.expr(a)
		}
		return []*term{g.open()}
	}
	if id.Name == "make" || id.Name == "new" {
		t := g.typeTerm(args[0])
		for _, a := range args[1:] {
			g.index(a)
		}
		if id.Name == "make" && len(args) == 1 {
			g.use(t, usedMap) // or a channel, which nothing indexes
		}
		if id.Name == "new" {
			t = g.pointer(t)
		}
		return []*term{t}
	}
	x := g.expr(args[0])
	var rest []*term
	for _, a := range args[1:] {
		rest = append(rest, g.expr(a))
	}
	switch id.Name {
	case "append":
		_, e := g.indexed(x)
		for _, t := range rest {
			if dots {
				_, t = g.indexed(t)
			}
			g.flow(t, e)
		}
		return []*term{x}
	case "len", "cap":
		g.use(x, usedRange)
	case "delete":
		g.use(x, usedMap)
		k, _ := g.indexed(x)
		for _, t := range rest {
			g.flow(t, k)
		}
	case "copy":
		for _, t := range rest {
			g.flow(t, x)
		}
	case "min", "max":
		for _, t := range rest {
			g.compare(x, t, token.LSS)
		}
		return []*term{x}
	}
	return []*term{g.basic(types.Int)}
}
