package repair

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// visit calls f for the nodes below n until it returns false, with the stack of the nodes above.
func (m *mender) visit(n ast.Node, f func(*astutil.Cursor) bool) ast.Node {
	m.stack, m.inType = m.stack[:0], map[ast.Expr]bool{}
	return astutil.Apply(n, func(c *astutil.Cursor) bool {
		if c.Node() == nil {
			return false
		}
		if m.slot(c) == typeSlot {
			m.noteType(c.Node())
		}
		if !f(c) {
			return false
		}
		m.stack = append(m.stack, c.Node())
		return true
	}, func(c *astutil.Cursor) bool {
		m.stack = m.stack[:len(m.stack)-1]
		return true
	})
}

func (m *mender) noteType(n ast.Node) {
	switch n := n.(type) {
	case *ast.ParenExpr:
		m.inType[n.X] = true
	case *ast.StarExpr:
		m.inType[n.X] = true
	case *ast.IndexExpr:
		m.inType[n.Index] = true
	case *ast.IndexListExpr:
		for _, i := range n.Indices {
			m.inType[i] = true
		}
	case *ast.BinaryExpr:
		m.inType[n.X], m.inType[n.Y] = true, true
	case *ast.UnaryExpr:
		m.inType[n.X] = true
	}
}

type slot int

const (
	noSlot slot = iota // a name, or a part of something
	valueSlot
	typeSlot
)

// slot tells what stands in the place of the cursor.
func (m *mender) slot(c *astutil.Cursor) slot {
	e, ok := c.Node().(ast.Expr)
	if !ok {
		return noSlot
	}
	if id, ok := e.(*ast.Ident); ok {
		if _, ok := m.info.Defs[id]; ok || id.Name == "_" {
			return noSlot
		}
		if _, ok := m.info.Uses[id].(*types.PkgName); ok {
			return noSlot
		}
	}
	if m.inType[e] {
		return typeSlot
	}
	switch p := c.Parent().(type) {
	case *ast.Field:
		if c.Name() == "Type" {
			return typeSlot
		}
		return noSlot
	case *ast.ValueSpec, *ast.TypeSpec, *ast.CompositeLit, *ast.TypeAssertExpr:
		if c.Name() == "Type" {
			return typeSlot
		} else if c.Name() == "Name" || c.Name() == "Names" {
			return noSlot
		}
	case *ast.ArrayType:
		if c.Name() == "Elt" {
			return typeSlot
		}
	case *ast.MapType, *ast.ChanType, *ast.Ellipsis:
		return typeSlot
	case *ast.FuncDecl, *ast.ImportSpec, *ast.LabeledStmt, *ast.BranchStmt, *ast.File:
		return noSlot
	case *ast.SelectorExpr:
		if c.Name() == "Sel" {
			return noSlot
		}
	case *ast.CallExpr:
		if id, ok := ast.Unparen(p.Fun).(*ast.Ident); ok && c.Name() == "Args" && c.Index() == 0 && (id.Name == "make" || id.Name == "new") &&
			m.info.Types[p.Fun].IsBuiltin() {
			return typeSlot
		}
		if c.Name() == "Fun" && m.writesType(p.Fun) {
			return typeSlot
		}
	case *ast.CaseClause:
		if len(m.stack) >= 3 {
			if _, ok := m.stack[len(m.stack)-3].(*ast.TypeSwitchStmt); ok {
				return typeSlot
			}
		}
	case *ast.KeyValueExpr:
		if c.Name() == "Key" && m.isField(p) {
			return noSlot
		}
	case *ast.FuncLit:
		return noSlot // its signature
	case *ast.AssignStmt:
		if _, ok := e.(*ast.Ident); ok && c.Name() == "Lhs" && p.Tok == token.DEFINE {
			return noSlot
		}
	case *ast.RangeStmt:
		if _, ok := e.(*ast.Ident); ok && c.Name() != "X" && p.Tok == token.DEFINE {
			return noSlot
		}
	}
	switch e := e.(type) {
	case *ast.KeyValueExpr, *ast.FuncType, *ast.Ellipsis:
		return noSlot
	case *ast.TypeAssertExpr:
		if e.Type == nil {
			return noSlot
		}
	}
	return valueSlot
}

// writesType reports whether the expression, which is called, can only be a type.
func (m *mender) writesType(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		s, ok := e.X.(*ast.StarExpr)
		return m.writesType(e.X) || ok && m.writesType(s.X)
	case *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType, *ast.StructType:
		return true
	}
	tv, ok := m.info.Types[e]
	return ok && tv.IsType()
}

// isField reports whether the key of kv, which is below a literal, names a field.
func (m *mender) isField(kv *ast.KeyValueExpr) bool {
	if _, ok := kv.Key.(*ast.Ident); !ok {
		return false
	}
	for i := len(m.stack) - 1; i >= 0; i-- {
		if l, ok := m.stack[i].(*ast.CompositeLit); ok {
			_, ok := m.literalType(l).(*types.Struct)
			return ok
		}
	}
	return false
}

// literalType returns the underlying type of a composite literal; nil: it has none.
func (m *mender) literalType(l *ast.CompositeLit) types.Type {
	t := m.info.Types[l].Type
	if isInvalid(t) {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying()
}

// bad reports whether e has no usable type. A part of it that nothing could replace makes it bad too.
func (m *mender) bad(e ast.Expr, s slot) bool {
	switch e := e.(type) {
	case *ast.BadExpr:
		return true
	case *ast.FuncLit:
		return false
	case *ast.Ident:
		if e.Name == "_" {
			return false
		}
	}
	tv, ok := m.info.Types[e]
	if s == typeSlot {
		switch e.(type) {
		case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
			return !ok || tv.Type == nil || invalid(tv.Type)
		}
		return false // the parts are looked at
	}
	if !ok {
		if id, ok := e.(*ast.Ident); ok && m.info.Uses[id] != nil && !isInvalid(m.info.Uses[id].Type()) {
			return false
		}
		return true
	}
	if tv.IsBuiltin() {
		return false
	}
	if tv.IsType() {
		return false
	}
	if !tv.IsVoid() && (tv.Type == nil || invalid(tv.Type)) {
		return true
	}
	switch e := e.(type) {
	case *ast.CallExpr:
		return m.bad(e.Fun, valueSlot)
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok {
			if _, ok := m.info.Uses[id].(*types.PkgName); ok {
				return false
			}
		}
		return m.bad(e.X, valueSlot)
	case *ast.IndexExpr:
		return m.bad(e.X, valueSlot)
	case *ast.SliceExpr:
		return m.bad(e.X, valueSlot)
	case *ast.StarExpr:
		return m.bad(e.X, valueSlot)
	case *ast.ParenExpr:
		return m.bad(e.X, valueSlot)
	case *ast.UnaryExpr:
		return e.Op != token.ARROW && m.bad(e.X, valueSlot)
	case *ast.CompositeLit:
		return e.Type != nil && m.badType(e.Type) || m.badFields(e)
	}
	return false
}

func (m *mender) badType(e ast.Expr) bool {
	tv, ok := m.info.Types[e]
	return !ok || tv.Type == nil || tv.Type == types.Typ[types.Invalid]
}

// badFields reports whether a literal has values for fields that are not there, or have invalid types.
func (m *mender) badFields(e *ast.CompositeLit) bool {
	st, ok := m.literalType(e).(*types.Struct)
	if !ok {
		return false
	}
	for i, elt := range e.Elts {
		_, keyed := elt.(*ast.KeyValueExpr)
		if f := field(st, elt, i); f == nil && keyed || f != nil && invalid(f.Type()) {
			return true
		}
	}
	return false
}

// field returns the field that the element of a literal of type st is for; nil: there is none.
func field(st *types.Struct, elt ast.Expr, i int) *types.Var {
	if kv, ok := elt.(*ast.KeyValueExpr); ok {
		if id, ok := kv.Key.(*ast.Ident); ok {
			for f := range st.Fields() {
				if f.Name() == id.Name {
					return f
				}
			}
		}
		return nil
	}
	if i < st.NumFields() {
		return st.Field(i)
	}
	return nil
}
