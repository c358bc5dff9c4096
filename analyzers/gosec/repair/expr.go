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
	case *ast.BasicLit:
		switch e.Kind {
		case token.STRING:
			return g.basic(types.UntypedString)
		case token.IMAG:
			return g.basic(types.UntypedComplex)
		}
		return g.basic(types.UntypedInt) // a number, of whatever kind
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
		if s := g.dotted(e); s != nil {
			return s.member(g, e.Name).term
		}
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
