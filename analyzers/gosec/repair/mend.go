package repair

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ast/astutil"
)

// A mender replaces what does not type-check.
type mender struct {
	g        *guess
	src      *source
	files    []*ast.File
	orig     map[ast.Expr]ast.Expr // what an expression of a copied declaration is a copy of
	tries    map[ast.Decl]int      // of copied declarations
	pkg      *types.Package
	info     *types.Info
	errs     []types.Error
	active   map[ast.Decl]bool  // what is checked with bodies; nil: everything
	refused  bool               // something in the added file is wrong
	spans    map[span]string    // what is wrong, and where
	sorted   []token.Pos        // where they begin
	calls    map[token.Pos]bool // where calls have too many arguments, or not enough
	replaced int
	dropped  []string

	left int // rounds after this one

	early  bool // what depends on other things that are wrong can wait
	level  int  // how much is given up in the declaration at hand
	file   *ast.File
	stack  []ast.Node
	inType map[ast.Expr]bool // part of a type
	part   *ast.ExprStmt     // holds a good expression, of which parts are to be mended
}

// mend replaces what is wrong in n.
func (m *mender) mend(n ast.Node) {
	m.visit(n, func(c *astutil.Cursor) bool {
		switch n := c.Node().(type) {
		case ast.Expr:
			return m.mendExpr(c, n)
		case ast.Stmt:
			return !m.unchecked(n) && m.mendStmt(c, n)
		case *ast.FuncDecl:
			m.missingReturn(n.Body, m.results(n))
			m.rename(n.Name)
		case *ast.TypeSpec:
			m.rename(n.Name)
			if m.level > 2 || m.spans[span{n.Name.Pos(), n.Name.Pos()}] != "" && n.Name.Name != "_" {
				n.Type = &ast.StructType{Fields: &ast.FieldList{}}
			}
		case *ast.ValueSpec:
			m.rename(n.Names...)
			if m.level > 2 && len(m.wrong(n)) > 0 {
				types := make([]types.Type, max(1, len(n.Names)/max(1, len(n.Values))))
				for i, v := range n.Values {
					n.Values[i] = m.makeCall(types, v, nil)
				}
			}
		case *ast.Field:
			m.rename(n.Names...)
		case *ast.ImportSpec:
			if len(m.wrong(n)) > 0 {
				n.Name = &ast.Ident{NamePos: n.Pos(), Name: "_"}
			}
		}
		return true
	})
}

// rename hides names that are declared twice.
func (m *mender) rename(names ...*ast.Ident) {
	for _, id := range names {
		what := m.spans[span{id.Pos(), id.End()}] + m.spans[span{id.Pos(), id.Pos()}]
		if strings.Contains(what, "redeclared") || strings.Contains(what, "already declared") || strings.Contains(what, "same name") {
			id.Name = "_"
		}
	}
}

func (m *mender) mendStmt(c *astutil.Cursor, s ast.Stmt) bool {
	if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE && m.spans[span{a.TokPos, a.TokPos}] != "" {
		if _, ok := c.Parent().(*ast.TypeSwitchStmt); !ok {
			a.Tok = token.ASSIGN
		}
	}
	switch s.(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	if _, ok := s.(*ast.BadStmt); ok && c.Index() < 0 {
		switch p := c.Parent().(type) {
		case *ast.CommClause:
			p.Comm = nil
		case *ast.IfStmt:
			if c.Name() == "Else" {
				p.Else = nil
			} else {
				p.Init = nil
			}
		default:
			c.Replace(&ast.EmptyStmt{Semicolon: s.Pos(), Implicit: true})
		}
		return false
	} else if ok || m.level == 2 && c.Index() >= 0 && m.smallest(s) {
		m.replaced++
		if args := m.parts(s); len(args) > 0 {
			c.Replace(&ast.ExprStmt{X: call(m.src.function(""), args[0], args)})
		} else {
			c.Replace(&ast.EmptyStmt{Semicolon: s.Pos(), Implicit: true})
		}
		return false
	}
	return true
}

func (m *mender) mendExpr(c *astutil.Cursor, e ast.Expr) bool {
	if l, ok := e.(*ast.FuncLit); ok {
		if sig, ok := m.info.Types[l].Type.(*types.Signature); ok {
			m.missingReturn(l.Body, sig.Results())
		}
	}
	if m.impossible(c, e) {
		return false
	}
	at := m.slot(c)
	if id, ok := e.(*ast.Ident); ok && strings.HasPrefix(id.Name, prefix) && c.Name() == "Fun" {
		return true
	}
	if at == noSlot || m.part != nil && c.Parent() == m.part {
		return true
	}
	named := m.at(e)
	if c, ok := e.(*ast.CallExpr); ok && c.Ellipsis.IsValid() && len(m.wrong(c)) > 0 && takesAnything(m.info.Types[c.Fun].Type) {
		c.Ellipsis = token.NoPos
		return true
	}
	bad := m.bad(e, at)
	if at == typeSlot {
		switch e.(type) {
		case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr:
			if bad || named {
				m.replaced++
				m.replaceType(c, e)
				return false
			}
		case *ast.StarExpr, *ast.ArrayType, *ast.MapType:
			if named {
				m.replaced++
				m.replaceType(c, e)
				return false
			}
		}
		return true
	}
	if !bad && !named && !(m.level == 1 && m.smallestExpr(e)) {
		return true
	}
	if c, ok := e.(*ast.CallExpr); ok && m.miscounted(c) {
		named = true
	}
	if bad && m.waits(e) {
		return false
	}
	if _, ok := e.(*ast.FuncLit); ok && !named {
		return true
	}
	return m.replace(c, e)
}

// impossible reports whether e is, or names the type of, a type assertion that cannot hold. The operand gives way to one of any type.
func (m *mender) impossible(c *astutil.Cursor, e ast.Expr) bool {
	if !strings.HasPrefix(m.spans[span{e.Pos(), e.End()}], "impossible type") {
		return false
	}
	a, _ := e.(*ast.TypeAssertExpr)
	if _, ok := c.Parent().(*ast.CaseClause); ok && len(m.stack) >= 3 {
		if s, ok := m.stack[len(m.stack)-3].(*ast.TypeSwitchStmt); ok {
			ast.Inspect(s.Assign, func(n ast.Node) bool {
				if t, ok := n.(*ast.TypeAssertExpr); ok && a == nil && t.Type == nil {
					a = t
				}
				return a == nil
			})
		}
	}
	if a == nil {
		return false
	}
	if !added(a.X) {
		m.replaced++
		a.X = m.makeCall([]types.Type{anyType}, a.X, []ast.Expr{a.X})
	}
	return true
}

// replaceType puts a name for another type in the place of e. An embedded field keeps its name.
func (m *mender) replaceType(c *astutil.Cursor, e ast.Expr) {
	if f, ok := c.Parent().(*ast.Field); ok && len(f.Names) == 0 && len(m.stack) > 1 {
		if _, ok := m.stack[len(m.stack)-2].(*ast.FieldList); ok && len(m.stack) > 2 {
			if _, ok := m.stack[len(m.stack)-3].(*ast.StructType); ok {
				if id := embedded(e); id != nil {
					f.Names = []*ast.Ident{{NamePos: id.Pos(), Name: id.Name}}
				}
			}
		}
	}
	t := m.typeFor(e)
	if s, ok := e.(*ast.StarExpr); ok {
		t = &ast.StarExpr{Star: s.Star, X: t}
	}
	c.Replace(t)
}

// typeFor returns a name for what e should name.
func (m *mender) typeFor(e ast.Expr) ast.Expr {
	t := types.Type(m.g.opaque)
	if o := m.orig[e]; o != nil {
		m.g.file = m.file
		if n := m.g.typeTerm(o).find(); n.kind == standIn && n.named.pkg == nil {
			t = m.g.namedType(n.named)
			m.g.complete()
		}
	}
	text, _ := m.src.text(t)
	return &ast.Ident{NamePos: e.Pos(), Name: m.src.alias(text)}
}
