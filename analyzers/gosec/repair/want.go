package repair

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// typeOf returns the type of e; nil: it has none that is known.
func (m *mender) typeOf(e ast.Expr) types.Type {
	tv, ok := m.info.Types[e]
	if id, isIdent := e.(*ast.Ident); !ok && isIdent {
		if o := m.info.Defs[id]; o != nil && !invalid(o.Type()) {
			return o.Type()
		}
		if o := m.info.Uses[id]; o != nil && !invalid(o.Type()) {
			return o.Type()
		}
	}
	if !ok || isInvalid(tv.Type) || invalid(tv.Type) || tv.IsNil() {
		return nil
	}
	return types.Default(tv.Type)
}

// wanted returns the types of the values that the place of the cursor takes; nil: not known.
func (m *mender) wanted(c *astutil.Cursor, e ast.Expr) []types.Type {
	one := func(t types.Type) []types.Type {
		if t != nil && (invalid(t) || isUntyped(t)) {
			t = nil
		}
		return []types.Type{t}
	}
	switch p := c.Parent().(type) {
	case *ast.AssignStmt:
		if len(p.Rhs) == 1 && len(p.Lhs) > 1 {
			var r []types.Type
			for _, l := range p.Lhs {
				r = append(r, m.place(l))
			}
			return r
		}
		if c.Index() < len(p.Lhs) {
			return one(m.place(p.Lhs[c.Index()]))
		}
	case *ast.ValueSpec:
		var t types.Type
		if p.Type != nil {
			t = m.typeOf(p.Type)
		}
		if len(p.Values) == 1 && len(p.Names) > 1 {
			r := make([]types.Type, len(p.Names))
			for i := range r {
				r[i] = t
			}
			return r
		}
		return one(t)
	case *ast.ReturnStmt:
		t := m.enclosing()
		if len(p.Results) == 1 && t.Len() > 1 {
			var r []types.Type
			for v := range t.Variables() {
				r = append(r, one(v.Type())...)
			}
			return r
		}
		if c.Index() < t.Len() {
			return one(t.At(c.Index()).Type())
		}
	case *ast.IfStmt, *ast.ForStmt:
		return one(types.Typ[types.Bool])
	case *ast.CallExpr:
		return m.argument(p, c.Index())
	case *ast.BinaryExpr:
		return one(m.operand(p, c.Name()))
	case *ast.UnaryExpr:
		if p.Op == token.NOT {
			return one(types.Typ[types.Bool])
		}
	case *ast.IndexExpr:
		if x := m.typeOf(p.X); x != nil && c.Name() == "Index" {
			if t, ok := x.Underlying().(*types.Map); ok {
				return one(t.Key())
			}
			return one(types.Typ[types.Int])
		}
	case *ast.SliceExpr:
		if c.Name() != "X" {
			return one(types.Typ[types.Int])
		}
	case *ast.CompositeLit:
		return one(m.element(p, e, c.Index()))
	case *ast.KeyValueExpr:
		if len(m.stack) >= 2 {
			if l, ok := m.stack[len(m.stack)-2].(*ast.CompositeLit); ok {
				if t, ok := m.literalType(l).(*types.Map); ok && c.Name() == "Key" {
					return one(t.Key())
				}
				return one(m.element(l, p, -1))
			}
		}
	case *ast.SendStmt:
		if c.Name() == "Value" {
			if x := m.typeOf(p.Chan); x != nil {
				if t, ok := x.Underlying().(*types.Chan); ok {
					return one(t.Elem())
				}
			}
		} else if t := m.typeOf(p.Value); t != nil {
			return one(types.NewChan(types.SendRecv, t))
		}
	case *ast.RangeStmt:
		return one(m.ranged(p, e))
	case *ast.SwitchStmt:
		for _, s := range p.Body.List {
			for _, v := range s.(*ast.CaseClause).List {
				if t := m.typeOf(v); t != nil {
					return one(t)
				}
			}
		}
	case *ast.CaseClause:
		if len(m.stack) >= 3 {
			if s, ok := m.stack[len(m.stack)-3].(*ast.SwitchStmt); ok {
				if s.Tag == nil {
					return one(types.Typ[types.Bool])
				}
				return one(m.typeOf(s.Tag))
			}
		}
	case *ast.TypeAssertExpr:
		return one(anyType)
	case *ast.StarExpr:
		if t := m.guessed(p, 0, 1); t != nil {
			return one(types.NewPointer(t))
		}
	}
	return []types.Type{nil}
}

func isUntyped(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Info()&types.IsUntyped != 0
}

// place returns the type of what is assigned to.
func (m *mender) place(l ast.Expr) types.Type {
	if id, ok := l.(*ast.Ident); ok {
		if o := m.info.Defs[id]; o != nil {
			first, _ := m.orig[l].(*ast.Ident)
			if o := m.g.info.Defs[first]; o != nil && (m.g.ofObj[o] != nil || !invalid(o.Type())) {
				return m.usable(m.g.objTerm(o))
			}
			return nil
		}
	}
	return m.typeOf(l)
}

// enclosing returns the results of the function around the cursor.
func (m *mender) enclosing() *types.Tuple {
	for i := len(m.stack) - 1; i >= 0; i-- {
		switch n := m.stack[i].(type) {
		case *ast.FuncLit:
			if s, ok := m.info.Types[n].Type.(*types.Signature); ok {
				return s.Results()
			}
			return nil
		case *ast.FuncDecl:
			return m.results(n)
		}
	}
	return nil
}

// argument returns what a parameter takes.
func (m *mender) argument(c *ast.CallExpr, i int) []types.Type {
	none := []types.Type{nil}
	tv := m.info.Types[c.Fun]
	if tv.IsType() {
		return []types.Type{tv.Type}
	}
	if tv.IsBuiltin() {
		x := m.typeOf(c.Args[0])
		if x == nil || i == 0 {
			return none
		}
		switch u := x.Underlying().(type) {
		case *types.Slice:
			if id, ok := ast.Unparen(c.Fun).(*ast.Ident); ok && id.Name == "append" && !c.Ellipsis.IsValid() {
				return []types.Type{u.Elem()}
			}
			return []types.Type{x}
		case *types.Map:
			return []types.Type{u.Key()}
		}
		return []types.Type{types.Typ[types.Int]}
	}
	if tv.Type == nil {
		return none
	}
	sig, ok := tv.Type.Underlying().(*types.Signature)
	if !ok || i < 0 {
		return none
	}
	n := sig.Params().Len()
	if len(c.Args) == 1 && n > 1 && !(sig.Variadic() && n == 2) {
		var r []types.Type
		for v := range sig.Params().Variables() {
			r = append(r, v.Type())
		}
		return r
	}
	switch {
	case sig.Variadic() && i >= n-1:
		t := sig.Params().At(n - 1).Type()
		if s, ok := t.(*types.Slice); ok && !c.Ellipsis.IsValid() {
			t = s.Elem()
		}
		return []types.Type{t}
	case i < n:
		if t := sig.Params().At(i).Type(); !generic(t, 0) {
			return []types.Type{t}
		}
	}
	return none
}

// operand returns what an operand of a binary expression should be: what the other one is.
func (m *mender) operand(p *ast.BinaryExpr, name string) types.Type {
	switch p.Op {
	case token.LAND, token.LOR:
		return types.Typ[types.Bool]
	case token.SHL, token.SHR:
		if name == "Y" {
			return types.Typ[types.Uint]
		}
	}
	if name == "X" {
		return m.typeOf(p.Y)
	}
	return m.typeOf(p.X)
}

// element returns what the type of a literal has for an element.
func (m *mender) element(l *ast.CompositeLit, e ast.Expr, i int) types.Type {
	switch t := m.literalType(l).(type) {
	case *types.Struct:
		if f := field(t, e, i); f != nil {
			return f.Type()
		}
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Map:
		return t.Elem()
	}
	return nil
}

// ranged returns a type over which p can range.
func (m *mender) ranged(p *ast.RangeStmt, e ast.Expr) types.Type {
	t := m.guessed(e, 0, 1)
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Array, *types.Chan:
		return t
	}
	return types.NewSlice(types.NewPointer(m.g.opaque))
}
