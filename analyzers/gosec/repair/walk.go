package repair

import (
	"go/ast"
	"go/token"
	"go/types"
)

// walk collects what the declarations of the package tell.
func (g *guess) walk() {
	for _, f := range g.Syntax {
		g.file = f
		for _, d := range f.Decls {
			g.types(d)
		}
	}
	for _, f := range g.Syntax {
		g.file = f
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				g.fieldList(d.Recv)
				g.function(d.Type, d.Body)
			case *ast.GenDecl:
				g.genDecl(d)
			}
		}
	}
}

func (g *guess) fieldList(l *ast.FieldList) {
	if l != nil {
		for _, f := range l.List {
			g.typeTerm(f.Type)
		}
	}
}

func (g *guess) function(t *ast.FuncType, body *ast.BlockStmt) {
	g.fieldList(t.Params)
	if body == nil {
		return
	}
	outer := g.results
	g.results = g.fields(t.Results)
	g.stmts(body.List)
	g.results = outer
}

func (g *guess) genDecl(d *ast.GenDecl) {
	for _, s := range d.Specs {
		s, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		var to []*term
		for _, id := range s.Names {
			if o := g.info.Defs[id]; o != nil {
				to = append(to, g.objTerm(o))
			} else {
				to = append(to, g.open())
			}
		}
		g.assign(to, s.Values)
		if d.Tok == token.CONST {
			for _, v := range s.Values {
				g.constant(v)
			}
		}
	}
}

// constant notes that e must be a constant.
func (g *guess) constant(e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		if e, ok := n.(*ast.SelectorExpr); ok {
			if s := g.standinOf(e.X); s != nil {
				s.member(g, e.Sel.Name).constant = true
			}
		}
		return true
	})
}

// assign notes that the values go to the given places.
func (g *guess) assign(to []*term, values []ast.Expr) {
	if len(values) == 1 && len(to) > 1 {
		for i, t := range g.tuple(values[0], len(to)) {
			g.flow(t, to[i])
		}
		return
	}
	for i, v := range values {
		if i < len(to) {
			g.flow(g.lit(v, to[i]), to[i])
		} else {
			g.expr(v)
		}
	}
}

// lit is expr for a literal whose type is left to where it stands.
func (g *guess) lit(e ast.Expr, t *term) *term {
	if c, ok := e.(*ast.CompositeLit); ok && c.Type == nil {
		g.literal(c, t)
		return t
	}
	return g.expr(e)
}

func (g *guess) stmts(l []ast.Stmt) {
	for _, s := range l {
		g.stmt(s)
	}
}

func (g *guess) cond(e ast.Expr) {
	if e != nil {
		g.join(g.expr(e), g.basic(types.Bool))
	}
}

func (g *guess) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		g.assignment(s)
	case *ast.BlockStmt:
		g.stmts(s.List)
	case *ast.CaseClause:
		g.stmts(s.Body)
	case *ast.CommClause:
		if s.Comm != nil {
			g.stmt(s.Comm)
		}
		g.stmts(s.Body)
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok {
			g.genDecl(d)
		}
	case *ast.DeferStmt:
		g.call(s.Call, 0)
	case *ast.GoStmt:
		g.call(s.Call, 0)
	case *ast.ExprStmt:
		if c, ok := s.X.(*ast.CallExpr); ok {
			g.call(c, 0)
		} else {
			g.expr(s.X)
		}
	case *ast.ForStmt:
		g.optional(s.Init)
		g.cond(s.Cond)
		g.optional(s.Post)
		g.stmt(s.Body)
	case *ast.IfStmt:
		g.optional(s.Init)
		g.cond(s.Cond)
		g.stmt(s.Body)
		g.optional(s.Else)
	case *ast.IncDecStmt:
		g.use(g.expr(s.X), usedNumber)
	case *ast.LabeledStmt:
		g.stmt(s.Stmt)
	case *ast.RangeStmt:
		g.rangeStmt(s)
	case *ast.ReturnStmt:
		g.assign(g.results, s.Results)
	case *ast.SelectStmt:
		g.stmt(s.Body)
	case *ast.SendStmt:
		c, v := g.expr(s.Chan), g.expr(s.Value)
		if c := g.underlying(c).find(); c.kind == open {
			g.bind(c, &term{kind: chanOf, elem: v})
		} else {
			e, _ := g.indexed(c)
			g.flow(v, e)
		}
	case *ast.SwitchStmt:
		g.optional(s.Init)
		tag := g.basic(types.Bool)
		if s.Tag != nil {
			tag = g.expr(s.Tag)
		}
		for _, c := range s.Body.List {
			c := c.(*ast.CaseClause)
			for _, e := range c.List {
				g.compare(g.expr(e), tag, token.EQL)
			}
			g.stmts(c.Body)
		}
	case *ast.TypeSwitchStmt:
		g.typeSwitch(s)
	}
}

func (g *guess) optional(s ast.Stmt) {
	if s != nil {
		g.stmt(s)
	}
}

func (g *guess) assignment(s *ast.AssignStmt) {
	var to []*term
	for _, l := range s.Lhs {
		id, ok := l.(*ast.Ident)
		switch {
		case ok && id.Name == "_":
			to = append(to, g.open())
		case ok && g.info.Defs[id] != nil:
			to = append(to, g.objTerm(g.info.Defs[id]))
		default:
			if sel, ok := l.(*ast.SelectorExpr); ok {
				if m := g.selected(sel); m != nil {
					m.field = true
				}
			}
			to = append(to, g.expr(l))
		}
	}
	if s.Tok != token.ASSIGN && s.Tok != token.DEFINE && len(s.Rhs) == 1 {
		g.operation(to[0], g.expr(s.Rhs[0]), s.Tok+(token.ADD-token.ADD_ASSIGN))
		return
	}
	if s.Tok == token.DEFINE && len(s.Lhs) == len(s.Rhs) {
		for i, v := range s.Rhs {
			t := g.expr(v)
			if k := t.find(); k.kind == known {
				t = g.known(types.Default(k.typ))
			}
			g.join(to[i], t)
		}
		return
	}
	g.assign(to, s.Rhs)
}

func (g *guess) rangeStmt(s *ast.RangeStmt) {
	x := g.expr(s.X)
	k, e := g.indexed(x)
	for i, l := range []ast.Expr{s.Key, s.Value} {
		id, ok := l.(*ast.Ident)
		if l == nil || ok && id.Name == "_" {
			continue
		}
		t := [2]*term{k, e}[i]
		if ok && g.info.Defs[id] != nil {
			g.join(g.objTerm(g.info.Defs[id]), t)
		} else {
			g.flow(t, g.expr(l))
		}
	}
	g.stmt(s.Body)
}

func (g *guess) typeSwitch(s *ast.TypeSwitchStmt) {
	g.optional(s.Init)
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.ExprStmt:
		x = a.X
	case *ast.AssignStmt:
		if len(a.Rhs) == 1 {
			x = a.Rhs[0]
		}
	}
	t := g.open()
	if a, ok := x.(*ast.TypeAssertExpr); ok {
		t = g.expr(a.X)
		g.use(t, usedInterface)
	}
	for _, c := range s.Body.List {
		c := c.(*ast.CaseClause)
		if o := g.info.Implicits[c]; o != nil && invalid(o.Type()) {
			if len(c.List) == 1 {
				g.join(g.objTerm(o), g.typeTerm(c.List[0]))
			} else {
				g.join(g.objTerm(o), t)
			}
		}
		for _, e := range c.List {
			g.implements(g.typeTerm(e), t)
		}
		g.stmts(c.Body)
	}
}
