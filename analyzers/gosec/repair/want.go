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
