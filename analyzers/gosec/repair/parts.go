package repair

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
)

func (m *mender) missingReturn(b *ast.BlockStmt, results *types.Tuple) {
	if b == nil || results.Len() == 0 || m.spans[span{b.Rbrace, b.Rbrace}] == "" {
		return
	}
	r := &ast.ReturnStmt{Return: b.Rbrace}
	for v := range results.Variables() {
		r.Results = append(r.Results, m.makeCall([]types.Type{v.Type()}, &ast.Ident{NamePos: b.Rbrace}, nil))
	}
	b.List = append(b.List, r)
}

// results returns the results of a declared function.
func (m *mender) results(d *ast.FuncDecl) *types.Tuple {
	if f, ok := m.info.Defs[d.Name].(*types.Func); ok {
		return f.Signature().Results()
	}
	return nil
}

// dropBody leaves a function without its body.
func (m *mender) dropBody(d *ast.FuncDecl) {
	if d.Body == nil {
		return
	}
	m.dropped = append(m.dropped, d.Name.Name)
	if d.Type.TypeParams == nil && (d.Recv != nil || d.Name.Name != "init") && !genericRecv(d) {
		d.Body = nil
		return
	}
	d.Body = &ast.BlockStmt{Lbrace: d.Body.Lbrace, Rbrace: d.Body.Rbrace}
	if r := d.Type.Results; r != nil && len(r.List) > 0 {
		for _, f := range r.List {
			if len(f.Names) == 0 {
				f.Names = []*ast.Ident{{NamePos: f.Pos(), Name: "_"}}
			}
		}
		d.Body.List = []ast.Stmt{&ast.ReturnStmt{Return: d.Body.Lbrace}}
	}
}

// dropping reports whether the body of d has been given up before.
func (m *mender) dropping(d *ast.FuncDecl) bool { return slices.Contains(m.dropped, d.Name.Name) }

func genericRecv(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return false
	}
	t := d.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	switch t.(type) {
	case *ast.IndexExpr, *ast.IndexListExpr:
		return true
	}
	return false
}

// parts returns the largest expressions below n that are good and tell something.
func (m *mender) parts(n ast.Node) []ast.Expr {
	var r []ast.Expr
	ast.Inspect(n, func(x ast.Node) bool {
		e, ok := x.(ast.Expr)
		if !ok || x == n {
			return ok || x != nil
		}
		switch e := e.(type) {
		case *ast.FuncLit:
			r = append(r, m.inner(e))
			return false
		case *ast.CompositeLit:
			if e.Type == nil {
				return true
			}
		case *ast.KeyValueExpr:
			if _, ok := e.Key.(*ast.Ident); ok {
				r = append(r, m.parts(&ast.ParenExpr{X: e.Value})...)
				return false
			}
			return true
		case *ast.SelectorExpr:
			if m.good(e) {
				break
			}
			r = append(r, m.parts(&ast.ParenExpr{X: e.X})...)
			return false
		}
		if m.good(e) && !m.refersInto(e, n) {
			r = append(r, m.inner(e))
			return false
		}
		return true
	})
	return r
}

// refersInto reports whether e uses what the node around it declares.
func (m *mender) refersInto(e ast.Expr, n ast.Node) bool {
	if _, ok := n.(ast.Stmt); !ok {
		return false
	}
	found := false
	ast.Inspect(e, func(x ast.Node) bool {
		if id, ok := x.(*ast.Ident); ok {
			if o := m.info.Uses[id]; o != nil && o.Pos() >= n.Pos() && o.Pos() < n.End() && (o.Pos() < e.Pos() || o.Pos() >= e.End()) {
				found = true
			}
		}
		return !found
	})
	return found
}

// good reports whether e is a value of a valid type that could be passed on.
func (m *mender) good(e ast.Expr) bool {
	tv, ok := m.info.Types[e]
	if !ok || !tv.IsValue() || tv.Value != nil || tv.IsNil() || tv.Type == nil || m.bad(e, valueSlot) || m.at(e) {
		return false
	}
	if s, ok := tv.Type.(*types.Signature); ok && s.TypeParams().Len() > 0 {
		return false
	}
	_, tuple := tv.Type.(*types.Tuple)
	return !tuple
}

// inner mends what is below e.
func (m *mender) inner(e ast.Expr) ast.Expr {
	stack, inType := m.stack, m.inType
	part := m.part
	p := &ast.ExprStmt{X: e}
	m.stack, m.part = nil, p
	m.mend(p)
	m.stack, m.inType, m.part = stack, inType, part
	return p.X
}

// parse returns the type expression that text writes, as if it stood at pos.
func parse(text string, pos token.Pos) ast.Expr {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return nil
	}
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			n.NamePos = pos
		case *ast.StarExpr:
			n.Star = pos
		case *ast.ArrayType:
			n.Lbrack = pos
		case *ast.MapType:
			n.Map = pos
		}
		return true
	})
	return e
}
