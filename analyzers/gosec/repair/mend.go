package repair

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"slices"
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
	m.debugErrs(m.left)
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
		if e, ok := c.Node().(ast.Expr); ok && !found && m.slot(c) != noSlot {
			found = m.bad(e, m.slot(c))
		}
		return !found
	})
	return found
}

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

// badFields reports whether a literal has values for fields with invalid types.
func (m *mender) badFields(e *ast.CompositeLit) bool {
	st, ok := m.literalType(e).(*types.Struct)
	if !ok {
		return false
	}
	for i, elt := range e.Elts {
		if f := field(st, elt, i); f != nil && invalid(f.Type()) {
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
			if m.level > 2 || m.at(n.Name) {
				n.Type = &ast.StructType{Fields: &ast.FieldList{}}
			}
		case *ast.ValueSpec:
			m.rename(n.Names...)
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

// rename hides names that are declared twice.
func (m *mender) rename(names ...*ast.Ident) {
	for _, id := range names {
		if what := m.spans[span{id.Pos(), id.End()}]; strings.Contains(what, "redeclared") || strings.Contains(what, "already declared") {
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
	if _, ok := s.(*ast.BadStmt); ok && c.Index() >= 0 || m.level == 2 && c.Index() >= 0 && m.smallest(s) {
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
				m.debugReplace("type", e, m.level)
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
	m.debugReplace(fmt.Sprint("bad ", bad, " named ", named, " ", m.info.Types[e].Type), e, m.level)
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
