package repair

import (
	"go/ast"
	"go/types"
)

// types finds what must be a type, and how the package declares what has an invalid one.
func (g *guess) types(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			g.decl[g.info.Defs[n.Name]] = n.Type
		case *ast.Field:
			g.isType(n.Type)
			for _, id := range n.Names {
				g.decl[g.info.Defs[id]] = n.Type
			}
			if len(n.Names) == 0 {
				if id := embedded(n.Type); id != nil {
					g.decl[g.info.Defs[id]] = n.Type
				}
			}
		case *ast.ValueSpec:
			g.isType(n.Type)
			for _, id := range n.Names {
				if n.Type != nil {
					g.decl[g.info.Defs[id]] = n.Type
				}
			}
		case *ast.TypeSpec:
			g.isType(n.Type)
			if o, ok := g.info.Defs[n.Name].(*types.TypeName); ok && o.Type() != nil {
				if tv, ok := g.info.Types[n.Type]; !ok || invalid(o.Type()) || invalid(tv.Type) {
					g.spec[o] = n.Type
				}
			}
			if n.TypeParams != nil {
				g.constraints(n.TypeParams)
			}
		case *ast.FuncType:
			if n.TypeParams != nil {
				g.constraints(n.TypeParams)
			}
		case *ast.InterfaceType:
			for _, f := range n.Methods.List {
				if t := g.standinType(f.Type); len(f.Names) == 0 && t != nil {
					t.iface = true
				}
			}
		case *ast.CompositeLit:
			g.isType(n.Type)
			if t := g.standinType(n.Type); t != nil {
				t.literal = true
			}
		case *ast.TypeAssertExpr:
			g.isType(n.Type)
		case *ast.ArrayType:
			g.isType(n.Elt)
			if n.Len != nil {
				g.constant(n.Len)
			}
		case *ast.MapType:
			g.isType(n.Key)
			g.isType(n.Value)
		case *ast.ChanType:
			g.isType(n.Value)
		case *ast.Ellipsis:
			g.isType(n.Elt)
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				for _, t := range c.(*ast.CaseClause).List {
					g.isType(t)
				}
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "make" || id.Name == "new") && len(n.Args) > 0 {
				g.isType(n.Args[0])
			}
			if p, ok := n.Fun.(*ast.ParenExpr); ok {
				if s, ok := p.X.(*ast.StarExpr); ok {
					g.isType(s.X)
				}
			}
		case *ast.IndexListExpr:
			for _, t := range n.Indices {
				g.isType(t)
			}
		}
		return true
	})
}

func embedded(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.StarExpr:
		return embedded(e.X)
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.IndexExpr:
		return embedded(e.X)
	case *ast.IndexListExpr:
		return embedded(e.X)
	}
	return nil
}

// isType notes that e is a type.
func (g *guess) isType(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		g.isType(e.X)
	case *ast.StarExpr:
		if t := g.standinType(e.X); t != nil {
			t.literal = true // hardly anybody points to interfaces
		}
		g.isType(e.X)
	case *ast.IndexExpr:
		g.isType(e.X)
		g.isType(e.Index)
	case *ast.IndexListExpr:
		g.isType(e.X)
	case *ast.Ident:
		if s := g.dotted(e); s != nil {
			s.typeOf(g, e.Name)
		}
	case *ast.SelectorExpr:
		if s := g.standinOf(e.X); s != nil {
			s.typeOf(g, e.Sel.Name)
		}
	}
}

// standinType returns the type of a package without types that e names; nil: e is something else.
func (g *guess) standinType(e ast.Expr) *named {
	if e, ok := e.(*ast.SelectorExpr); ok {
		if s := g.standinOf(e.X); s != nil {
			return s.typeOf(g, e.Sel.Name).named
		}
	}
	return nil
}

// numeric reports whether a constraint of that name is one that arithmetic is done with.
func numeric(name string) bool {
	switch name {
	case "Ordered", "Integer", "Float", "Signed", "Unsigned", "Number", "Numeric":
		return true
	}
	return false
}

func (g *guess) constraints(l *ast.FieldList) {
	for _, f := range l.List {
		ast.Inspect(f.Type, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if t := g.standinType(e); t != nil {
					t.iface, t.ordered = true, t.ordered || numeric(t.name)
				}
			}
			return true
		})
	}
}
