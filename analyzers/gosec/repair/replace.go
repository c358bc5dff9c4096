package repair

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// replace puts a call in the place of e that takes what is good of e and returns what the place wants. It reports whether what is below
// is still to be looked at.
func (m *mender) replace(c *astutil.Cursor, e ast.Expr) bool {
	switch u := e.(type) {
	case *ast.UnaryExpr:
		if u.Op == token.ARROW { // a case of a select must have it
			if tv := m.info.Types[u.X]; tv.Type == nil || m.bad(u.X, valueSlot) {
				t := m.wanted(c, e)
				if t[0] == nil {
					t[0] = types.NewPointer(m.g.opaque)
				}
				m.replaced++
				u.X = m.makeCall([]types.Type{types.NewChan(types.SendRecv, t[0])}, u.X, m.parts(&ast.ParenExpr{X: u.X}))
				return false
			}
		}
	case *ast.CompositeLit:
		if t := m.info.Types[e].Type; !isInvalid(t) && m.badFields(u) && !m.badType(e) {
			m.replaced++
			c.Replace(m.makeCall([]types.Type{t}, e, m.splitLiteral(u)))
			return false
		}
	}
	if a, ok := c.Parent().(*ast.ArrayType); ok && c.Name() == "Len" {
		a.Len = &ast.BasicLit{ValuePos: e.Pos(), Kind: token.INT, Value: "1"}
		m.replaced++
		return false
	}
	m.replaced++
	args := m.parts(e)
	if added(e) {
		args = e.(*ast.CallExpr).Args
	} else if c, ok := e.(*ast.CallExpr); ok && m.miscounted(c) {
		// the arguments alone
	} else if m.good(e) || m.mismatched(e) {
		args = []ast.Expr{m.inner(e)}
	}
	if c.Name() == "Lhs" || c.Name() == "X" && isIncDec(c.Parent()) {
		c.Replace(&ast.StarExpr{Star: e.Pos(), X: m.makeCall([]types.Type{types.NewPointer(m.assigned(c))}, e, args)})
		return false
	}
	switch p := c.Parent().(type) {
	case *ast.ExprStmt:
		c.Replace(call(m.src.function(""), e, args))
		return false
	case *ast.GoStmt:
		p.Call = call(m.src.function(""), e, args)
		return false
	case *ast.DeferStmt:
		p.Call = call(m.src.function(""), e, args)
		return false
	}
	c.Replace(m.makeCall(m.wanted(c, e), e, args))
	return false
}

// mismatched reports whether e is a value, but not of a type that its place takes.
func (m *mender) mismatched(e ast.Expr) bool {
	tv, ok := m.info.Types[e]
	if !ok || !tv.IsValue() || tv.IsNil() || m.bad(e, valueSlot) {
		return false
	}
	_, tuple := tv.Type.(*types.Tuple)
	return !tuple && tv.Value == nil
}

// added reports whether e is a call that was put in the place of something.
func added(e ast.Expr) bool {
	if c, ok := e.(*ast.CallExpr); ok {
		id, ok := c.Fun.(*ast.Ident)
		return ok && strings.HasPrefix(id.Name, prefix)
	}
	return false
}

func isIncDec(n ast.Node) bool { _, ok := n.(*ast.IncDecStmt); return ok }

// splitLiteral returns a literal without the values for invalid fields, and these.
func (m *mender) splitLiteral(e *ast.CompositeLit) []ast.Expr {
	st := m.literalType(e).(*types.Struct)
	l := *e
	l.Elts = nil
	r := []ast.Expr{&l}
	for i, elt := range e.Elts {
		kv, keyed := elt.(*ast.KeyValueExpr)
		if f := field(st, elt, i); keyed && f != nil && !invalid(f.Type()) {
			l.Elts = append(l.Elts, elt)
			continue
		}
		if keyed {
			elt = kv.Value
		}
		if m.good(elt) {
			r = append(r, m.inner(elt))
		} else {
			r = append(r, m.parts(&ast.ParenExpr{X: elt})...)
		}
	}
	if l.Type == nil {
		return r[1:]
	}
	l.Elts = m.inner(&ast.CompositeLit{Type: l.Type, Elts: l.Elts}).(*ast.CompositeLit).Elts
	return r
}

// makeCall returns a call, in the place of e, of a function with the given results.
func (m *mender) makeCall(results []types.Type, e ast.Expr, args []ast.Expr) ast.Expr {
	var texts []string
	for i, t := range results {
		if t == nil {
			t = m.guessed(e, i, len(results))
		}
		text, ok := m.src.text(t)
		if !ok {
			if x := m.local(t, e.Pos()); x != nil && len(results) == 1 {
				c := call(prefix+"As", e, args)
				c.Fun = &ast.IndexExpr{X: c.Fun, Lbrack: e.Pos(), Index: x, Rbrack: e.Pos()}
				m.src.generic = true
				return c
			}
			text, _ = m.src.text(types.NewPointer(m.g.opaque))
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, ", ")
	if len(texts) > 1 {
		text = "(" + text + ")"
	}
	return call(m.src.function(text), e, args)
}

// local returns an expression for a type that only the place itself can name, as it does a type parameter.
func (m *mender) local(t types.Type, pos token.Pos) ast.Expr {
	foreign := false
	text := types.TypeString(t, func(p *types.Package) string {
		foreign = foreign || p.Path() != m.g.Types.Path()
		return ""
	})
	if foreign || strings.Contains(text, "invalid") {
		return nil
	}
	return parse(text, pos)
}

// guessed returns the type that the uses of an expression suggest, or of one of its n values.
func (m *mender) guessed(e ast.Expr, i, n int) types.Type {
	o := m.orig[e]
	if o == nil {
		o = e
	}
	if t := m.g.valid(o); t != nil && n == 1 {
		return m.usable(m.g.known(t))
	} else if l, ok := t.(*types.Tuple); ok && l.Len() == n {
		return m.usable(m.g.known(l.At(i).Type()))
	}
	if c, ok := o.(*ast.CallExpr); ok && n > 1 {
		if l := m.g.ofTuple[c]; i < len(l) {
			return m.usable(l[i])
		}
	}
	if t := m.g.ofExpr[o]; t != nil && n == 1 {
		return m.usable(t)
	}
	return types.NewPointer(m.g.opaque)
}

func (m *mender) usable(t *term) types.Type {
	r := m.g.typ(t, false)
	m.g.complete()
	if b, ok := r.(*types.Basic); ok && (b.Kind() == types.UntypedNil || b.Kind() == types.Invalid) {
		return types.NewPointer(m.g.opaque)
	}
	if _, ok := m.src.text(r); !ok {
		return types.NewPointer(m.g.opaque)
	}
	return r
}

// assigned returns the type of what is assigned to the expression at the cursor.
func (m *mender) assigned(c *astutil.Cursor) types.Type {
	if a, ok := c.Parent().(*ast.AssignStmt); ok {
		if len(a.Lhs) == len(a.Rhs) {
			if t := m.typeOf(a.Rhs[c.Index()]); t != nil {
				return t
			}
		} else if len(a.Rhs) == 1 {
			if t, ok := m.info.Types[a.Rhs[0]].Type.(*types.Tuple); ok && c.Index() < t.Len() && !invalid(t.At(c.Index()).Type()) {
				return t.At(c.Index()).Type()
			}
		}
		if a.Tok == token.ASSIGN {
			if e, ok := c.Node().(ast.Expr); ok {
				return m.guessed(e, 0, 1)
			}
		}
	}
	return m.g.number
}
