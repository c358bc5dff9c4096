package repair

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/astutil"
)

// foreignConst reports whether id uses a constant of another package that has no type there.
func (g *guess) foreignConst(id *ast.Ident) bool {
	c, ok := g.info.Uses[id].(*types.Const)
	return ok && c.Pkg() != g.Types && invalid(c.Type())
}

// literals puts literals in the place of constants without types, so that what is made of them stays constant.
func (m *mender) literals() {
	for _, f := range m.files {
		for i, d := range f.Decls {
			found := false
			ast.Inspect(d, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				found = found || ok && m.g.foreignConst(id)
				return !found
			})
			if !found {
				continue
			}
			d = m.clone(d)
			f.Decls[i] = d
			m.tries[d] = 1
			astutil.Apply(d, func(c *astutil.Cursor) bool {
				id, _ := c.Node().(*ast.Ident)
				if s, ok := c.Node().(*ast.SelectorExpr); ok {
					id = s.Sel
				}
				if id == nil || c.Name() == "Sel" {
					return true
				}
				if first := m.orig[id].(*ast.Ident); m.g.foreignConst(first) {
					m.replaced++
					c.Replace(m.constant(c.Node(), m.g.objTerm(m.g.info.Uses[first])))
					return false
				}
				return true
			}, nil)
		}
	}
}

// constant returns a literal, in the place of n.
func (m *mender) constant(n ast.Node, t *term) ast.Expr {
	if b, ok := m.g.typ(t, true).Underlying().(*types.Basic); ok {
		switch {
		case b.Info()&types.IsString != 0:
			return &ast.BasicLit{ValuePos: n.Pos(), Kind: token.STRING, Value: `""`}
		case b.Info()&types.IsBoolean != 0:
			return &ast.Ident{NamePos: n.Pos(), Name: "true"}
		}
	}
	return &ast.BasicLit{ValuePos: n.Pos(), Kind: token.INT, Value: "1"}
}

// varSpec makes variables of constants whose values are not constant.
func (m *mender) varSpec(f *ast.File, d *ast.GenDecl) {
	if d.Tok != token.CONST || m.tries[d] < 2 {
		return
	}
	var keep, move []ast.Spec
	for _, s := range d.Specs {
		if v := s.(*ast.ValueSpec); len(m.wrong(v)) > 0 && len(v.Values) > 0 {
			move = append(move, s)
		} else {
			keep = append(keep, s)
		}
	}
	if len(keep) == 0 {
		d.Tok = token.VAR
		return
	}
	d.Specs = keep
	for _, s := range move {
		n := &ast.GenDecl{TokPos: s.Pos(), Tok: token.VAR, Specs: []ast.Spec{s}}
		m.tries[n] = 2
		f.Decls = append(f.Decls, n)
	}
}

// closeBlocks gives blocks that the source does not close a place to end at: errors are found by where they are.
func (m *mender) closeBlocks() {
	open := func(n ast.Node) bool {
		b, ok := n.(*ast.BlockStmt)
		return ok && !b.Rbrace.IsValid()
	}
	for _, f := range m.files {
		for i, d := range f.Decls {
			found := false
			ast.Inspect(d, func(n ast.Node) bool {
				found = found || open(n)
				return !found
			})
			if !found {
				continue
			}
			if m.tries[d] == 0 {
				d = m.clone(d)
				f.Decls[i] = d
				m.tries[d] = 1
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if open(n) {
					b := n.(*ast.BlockStmt)
					b.Rbrace = b.Lbrace
					if len(b.List) > 0 {
						b.Rbrace = b.List[len(b.List)-1].End()
					}
				}
				return true
			})
		}
	}
}
