package repair

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

type span struct{ pos, end token.Pos }

// spanOf returns what go/types says is wrong: it knows more than types.Error exports.
func spanOf(e types.Error) span {
	v := reflect.ValueOf(e)
	pos, end := v.FieldByName("go116start"), v.FieldByName("go116end")
	if !pos.IsValid() || !end.IsValid() || pos.Int() == 0 {
		return span{e.Pos, e.Pos}
	}
	return span{token.Pos(pos.Int()), token.Pos(end.Int())}
}

// round mends each declaration in which something is wrong, and reports whether there was any. It looks at what was checked only.
func (m *mender) round() bool {
	m.spans, m.sorted, m.calls = map[span]string{}, nil, map[token.Pos]bool{}
	for _, e := range m.errs {
		m.spans[spanOf(e)] = e.Msg
		m.sorted = append(m.sorted, spanOf(e).pos)
		if strings.Contains(e.Msg, "arguments in call") {
			m.calls[spanOf(e).pos] = true
		}
	}
	slices.Sort(m.sorted)
	active := map[ast.Decl]bool{}
	for _, f := range m.files {
		m.file = f
		for i := 0; i < len(f.Decls); i++ {
			d := f.Decls[i]
			if m.bodiless(d) {
				if len(m.wrong(d)) > 0 {
					active[d] = true
				}
				continue
			}
			if !m.dirty(d) {
				continue
			}
			if _, ok := d.(*ast.BadDecl); ok {
				f.Decls = append(f.Decls[:i:i], f.Decls[i+1:]...)
				i--
				continue
			}
			if m.tries[d] == 0 {
				d = m.clone(d)
				f.Decls[i] = d
			}
			active[d] = true
			m.tries[d]++
			m.level, m.early = max(0, m.tries[d]-3), m.tries[d] < 3
			if m.left < 4 {
				m.level = max(m.level, 5-m.left)
			}
			if fd, ok := d.(*ast.FuncDecl); m.level > 3 && (!ok || fd.Body == nil || m.dropping(fd)) {
				f.Decls = append(f.Decls[:i:i], f.Decls[i+1:]...)
				i--
				continue
			}
			if fd, ok := d.(*ast.FuncDecl); ok && m.level >= 3 {
				m.dropBody(fd)
			}
			if gd, ok := d.(*ast.GenDecl); ok {
				m.varSpec(f, gd)
			}
			m.mend(d)
		}
	}
	m.active = active
	return len(active) > 0
}

// bodiless reports whether d is a function that is checked without its body this time, as nothing was wrong in it.
func (m *mender) bodiless(d ast.Decl) bool {
	f, ok := d.(*ast.FuncDecl)
	return ok && m.active != nil && !m.active[d] && f.Body != nil && f.Type.TypeParams == nil && !genericRecv(f) && f.Name.Name != "init"
}

// wrong returns where something is wrong in n.
func (m *mender) wrong(n ast.Node) []token.Pos {
	i, _ := slices.BinarySearch(m.sorted, n.Pos())
	j, _ := slices.BinarySearch(m.sorted, n.End()+1)
	return m.sorted[i:max(i, j)]
}

func (m *mender) dirty(d ast.Decl) bool {
	if len(m.wrong(d)) > 0 {
		return true
	}
	found := false
	m.visit(d, func(c *astutil.Cursor) bool {
		switch e := c.Node().(type) {
		case *ast.BadStmt, *ast.BadDecl:
			found = true
		case ast.Expr:
			found = found || m.slot(c) != noSlot && m.bad(e, m.slot(c))
		}
		return !found
	})
	return found
}

// at reports whether just n is wrong.
func (m *mender) at(n ast.Node) bool { return m.spans[span{n.Pos(), n.End()}] != "" }

// unchecked reports whether n is a body that the type checker has left out, for what is wrong before it; its turn comes later.
func (m *mender) unchecked(n ast.Node) bool {
	switch n.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
	default:
		return false
	}
	if m.level > 1 {
		return false
	}
	names, known := 0, false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name != "_" {
			_, use := m.info.Uses[id]
			_, def := m.info.Defs[id]
			names++
			known = known || use || def
		}
		return !known
	})
	return names > 0 && !known
}

// smallest reports whether something is wrong in s, but in none of the statements that it contains.
func (m *mender) smallest(s ast.Stmt) bool {
	wrong := m.wrong(s)
	if len(wrong) == 0 {
		return false
	}
	inner := false
	ast.Inspect(s, func(n ast.Node) bool {
		var l []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			l = n.List
		case *ast.CaseClause:
			l = n.Body
		case *ast.CommClause:
			l = n.Body
		}
		for _, in := range l {
			if in != s {
				for _, w := range wrong {
					inner = inner || w >= in.Pos() && w <= in.End()
				}
			}
		}
		return !inner
	})
	return !inner
}

// waits reports whether e uses what the package declares with an invalid type: once that is mended, e may be good.
func (m *mender) waits(e ast.Expr) bool {
	if !m.early {
		return false
	}
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		if id, ok := n.(*ast.Ident); ok {
			o := m.info.Uses[id]
			_, pkg := o.(*types.PkgName)
			found = found || !pkg && o != nil && o.Pkg() != nil && o.Pkg().Path() == m.g.Types.Path() && invalid(o.Type())
		}
		return !found
	})
	return found
}

// miscounted reports whether a call has too many arguments, or not enough.
func (m *mender) miscounted(c *ast.CallExpr) bool {
	for _, a := range c.Args {
		if m.calls[a.Pos()] {
			return true
		}
	}
	return m.calls[c.Rparen]
}

func takesAnything(t types.Type) bool {
	sig, ok := t.(*types.Signature)
	if !ok || !sig.Variadic() || sig.Params().Len() != 1 {
		return false
	}
	s, ok := sig.Params().At(0).Type().(*types.Slice)
	return ok && s.Elem() == anyType
}

// smallestExpr reports whether something is wrong in e, but in none of its operands.
func (m *mender) smallestExpr(e ast.Expr) bool {
	wrong := m.wrong(e)
	if len(wrong) == 0 {
		return false
	}
	inner := false
	ast.Inspect(e, func(n ast.Node) bool {
		if n == e || n == nil || inner {
			return !inner
		}
		switch n := n.(type) {
		case *ast.CallExpr, *ast.BinaryExpr, *ast.CompositeLit, *ast.IndexExpr, *ast.FuncLit, *ast.UnaryExpr:
			for _, w := range wrong {
				inner = inner || w >= n.Pos() && w < n.End()
			}
		}
		return true
	})
	_, lit := e.(*ast.FuncLit)
	return !inner && !lit
}
