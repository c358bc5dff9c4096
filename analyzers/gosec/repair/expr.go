package repair

import (
	"go/ast"
	"go/token"
	"go/types"
)

// valid returns the type of e as far as it is known; nil: it is not.
func (g *guess) valid(e ast.Expr) types.Type {
	if tv, ok := g.info.Types[e]; ok && tv.Type != nil && !invalid(tv.Type) {
		return tv.Type
	}
	return nil
}

// expr collects what an expression of one value tells, and returns the term of its type.
func (g *guess) expr(e ast.Expr) *term {
	if c, ok := e.(*ast.CallExpr); ok {
		return g.call(c, 1)[0]
	}
	t := g.exprTerm(e)
	if k := g.valid(e); k != nil {
		return g.known(k)
	}
	g.ofExpr[e] = t
	return t
}

func (g *guess) exprTerm(e ast.Expr) *term {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return g.operation(g.expr(e.X), g.expr(e.Y), e.Op)
	case *ast.CompositeLit:
		t := g.open()
		if e.Type != nil {
			t = g.typeTerm(e.Type)
		}
		g.literal(e, t)
		return t
	case *ast.FuncLit:
		g.function(e.Type, e.Body)
		return g.typeTerm(e.Type)
	case *ast.Ident:
		return g.ident(e)
	case *ast.IndexExpr:
		x := g.expr(e.X)
		if tv := g.info.Types[e.Index]; tv.IsType() {
			return x // an instantiation
		}
		k, v := g.indexed(x)
		g.flow(g.expr(e.Index), k)
		return v
	case *ast.IndexListExpr:
		return g.expr(e.X)
	case *ast.ParenExpr:
		return g.expr(e.X)
	case *ast.SelectorExpr:
		if m := g.selected(e); m != nil {
			return m.term
		}
	case *ast.SliceExpr:
		x := g.expr(e.X)
		for _, i := range []ast.Expr{e.Low, e.High, e.Max} {
			if i != nil {
				g.index(i)
			}
		}
		g.use(x, usedRange)
		return x
	case *ast.StarExpr:
		return g.deref(g.expr(e.X))
	case *ast.TypeAssertExpr:
		x := g.expr(e.X)
		g.use(x, usedInterface)
		if e.Type != nil {
			t := g.typeTerm(e.Type)
			g.implements(t, x)
			return t
		}
	case *ast.UnaryExpr:
		x := g.expr(e.X)
		switch e.Op {
		case token.AND:
			return g.pointer(x)
		case token.ARROW:
			if c := g.underlying(x).find(); c.kind == open {
				v := g.open()
				g.bind(c, &term{kind: chanOf, elem: v})
				return v
			}
			v, _ := g.indexed(x)
			return v
		case token.NOT:
			g.join(x, g.basic(types.Bool))
		case token.XOR:
			g.use(x, usedInteger)
		default:
			g.use(x, usedNumber)
		}
		return x
	}
	return g.open()
}

// index notes that e is an index, a length or a count.
func (g *guess) index(e ast.Expr) { g.use(g.expr(e), usedInteger) }

func (g *guess) ident(e *ast.Ident) *term {
	o := g.info.Uses[e]
	if o == nil {
		o = g.info.Defs[e]
	}
	switch o := o.(type) {
	case nil:
		if g.unknown[e.Name] == nil {
			g.unknown[e.Name] = g.open()
		}
		return g.unknown[e.Name]
	case *types.Nil:
		return g.basic(types.UntypedNil)
	case *types.Var, *types.Const, *types.Func:
		return g.objTerm(o)
	}
	return g.open()
}

// selected collects what a selector tells and returns what it selects; nil: nothing is known of it.
func (g *guess) selected(e *ast.SelectorExpr) *member {
	if s := g.standinOf(e.X); s != nil {
		return s.member(g, e.Sel.Name)
	}
	if id, ok := e.X.(*ast.Ident); ok {
		if p, ok := g.info.Uses[id].(*types.PkgName); ok {
			if o := g.info.Uses[e.Sel]; o != nil {
				return &member{term: g.objTerm(o)}
			}
			name := p.Imported().Path() + "." + e.Sel.Name
			if g.unknown[name] == nil {
				g.unknown[name] = g.open()
			}
			return &member{term: g.unknown[name]}
		}
	}
	if g.info.Types[e.X].IsType() {
		return nil
	}
	x := g.expr(e.X)
	if s := g.info.Selections[e]; s != nil && s.Obj() != nil && !invalid(s.Obj().Type()) {
		return &member{term: g.known(s.Type())}
	}
	return g.member(x, e.Sel.Name)
}

// operation notes what a binary operation tells of its operands, and returns the term of the result.
func (g *guess) operation(x, y *term, op token.Token) *term {
	switch op {
	case token.LAND, token.LOR:
		g.join(x, g.basic(types.Bool))
		g.join(y, g.basic(types.Bool))
		return g.basic(types.Bool)
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		g.compare(x, y, op)
		return g.basic(types.Bool)
	case token.SHL, token.SHR:
		g.use(x, usedInteger)
		g.use(y, usedInteger)
		return x
	case token.REM, token.AND, token.OR, token.XOR, token.AND_NOT:
		g.use(x, usedInteger)
	case token.SUB, token.MUL, token.QUO:
		g.use(x, usedNumber)
	}
	g.compare(x, y, op)
	if k := x.find(); k.kind == known {
		if _, ok := untyped(k.typ); ok {
			return y
		}
	}
	return x
}

// literal notes what the elements of a composite literal of type t tell.
func (g *guess) literal(e *ast.CompositeLit, t *term) {
	if p := t.find(); p.kind == pointer {
		t = p.elem // &T is left out
	}
	k := t.find()
	u := g.underlying(t).find()
	st, isStruct := (*types.Struct)(nil), false
	if u.kind == known {
		if p, ok := u.typ.(*types.Pointer); ok {
			u = g.known(p.Elem().Underlying())
		}
		st, isStruct = u.typ.(*types.Struct)
	}
	if len(e.Elts) == 0 && k.kind == standIn {
		g.use(k, usedMap) // if it is indexed
	}
	fields := k.kind == standIn && u.kind == open && u.elem == nil
	for _, elt := range e.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		_, named := ident(kv)
		fields = fields && (!ok || named) && ok
	}
	for i, elt := range e.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			to := g.open()
			if isStruct && i < st.NumFields() {
				to = g.objTerm(st.Field(i))
			} else if !isStruct {
				_, to = g.indexed(t)
			}
			g.flow(g.lit(elt, to), to)
			continue
		}
		id, _ := ident(kv)
		switch {
		case isStruct && id != nil:
			to := g.open()
			for f := range st.Fields() {
				if f.Name() == id.Name {
					to = g.objTerm(f)
				}
			}
			g.flow(g.lit(kv.Value, to), to)
		case fields:
			m := g.member(k, id.Name)
			m.field = true
			g.flow(g.lit(kv.Value, m.term), m.term)
		default:
			key, to := g.indexed(t)
			g.flow(g.lit(kv.Key, key), key)
			g.flow(g.lit(kv.Value, to), to)
		}
	}
}

func ident(kv *ast.KeyValueExpr) (*ast.Ident, bool) {
	if kv == nil {
		return nil, false
	}
	id, ok := kv.Key.(*ast.Ident)
	return id, ok
}

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
