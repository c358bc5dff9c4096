package repair

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// A guess collects what the code of a package tells of types that are not known.
type guess struct {
	*packages.Package
	info     *types.Info
	standins []*standin
	missing  map[*types.Package]*standin
	byName   map[*ast.File]map[string]*standin // packages whose name is not the one that was expected
	file     *ast.File                         // being walked
	results  []*term                           // of the function that is being walked
	decl     map[types.Object]ast.Expr         // types as the package declares them
	spec     map[*types.TypeName]ast.Expr      // right-hand sides of type declarations that are invalid in part
	ofObj    map[types.Object]*term
	ofType   map[types.Type]*term
	ofExpr   map[ast.Expr]*term // of expressions without a type
	ofTuple  map[*ast.CallExpr][]*term
	unknown  map[string]*term // by name: identifiers that nothing declares
	terms    []*term          // open ones, as they were made
	pairs    []*named         // types that implement interfaces without types
	own      map[types.Type]bool
	steps    int // left

	names   *types.Package // declares the types that have no name in the source
	queue   []*named       // declared types
	done    int            // of queue, are complete
	opaque  *types.Named   // of values of which nothing is known
	number  *types.Named   // of numbers; conversions to integers tell nothing, as its values are floating-point
	integer *types.Named   // of integers; small, for the same reason
}

// step reports whether there is work left that may be done.
func (g *guess) step() bool { g.steps--; return g.steps > 0 }

// A standin is a package without types.
type standin struct {
	path, name string
	members    map[string]*member
	types      map[string]*named
	pkg        *types.Package
}

// typeOf returns the term of the type that s has under name.
func (s *standin) typeOf(g *guess, name string) *term {
	m := s.member(g, name)
	if n := s.types[name]; n != nil {
		return m.term
	}
	m.isType = true
	m.term = g.newNamed(s, name)
	s.types[name] = m.term.named
	return m.term
}

func (g *guess) newNamed(s *standin, name string) *term {
	n := &named{pkg: s, name: name, under: g.underTerm(), members: map[string]*member{}}
	return &term{kind: standIn, named: n}
}

func (g *guess) underTerm() *term {
	t := g.open()
	t.seen = isUnder
	return t
}

// standinOf returns the package without types that x names; nil: x is something else.
func (g *guess) standinOf(x ast.Expr) *standin {
	id, ok := x.(*ast.Ident)
	if !ok {
		return nil
	}
	switch o := g.info.Uses[id].(type) {
	case *types.PkgName:
		return g.missing[o.Imported()]
	case nil:
		if _, ok := g.info.Defs[id]; !ok {
			return g.byName[g.file][id.Name]
		}
	}
	return nil
}

// dotted returns the package without types whose names the file has as its own, when id can be one of them.
func (g *guess) dotted(id *ast.Ident) *standin {
	if g.info.Uses[id] != nil || !id.IsExported() {
		return nil
	}
	return g.byName[g.file]["."]
}

// objTerm returns the term of the type of an object.
func (g *guess) objTerm(o types.Object) *term {
	if t := g.ofObj[o]; t != nil {
		return t
	}
	if t := o.Type(); t != nil && !invalid(t) {
		return g.known(t)
	}
	t := g.open()
	g.ofObj[o] = t
	switch e := g.decl[o]; {
	case e != nil:
		g.join(t, g.typeTerm(e))
	case o.Type() != nil:
		g.join(t, g.conv(o.Type()))
	}
	if t := t.find(); t.kind == open && errorName(o.Name()) {
		t.seen |= usedError
	}
	return t
}

// conv returns the term of a type that is invalid in part.
func (g *guess) conv(t types.Type) *term {
	if !invalid(t) {
		return g.known(t)
	}
	if k := g.ofType[t]; k != nil && t != types.Typ[types.Invalid] {
		return k
	}
	var k *term
	switch t := t.(type) {
	case *types.Pointer:
		k = g.pointer(g.conv(t.Elem()))
	case *types.Slice:
		k = &term{kind: sliceOf, elem: g.conv(t.Elem())}
	case *types.Chan:
		k = &term{kind: chanOf, elem: g.conv(t.Elem())}
	case *types.Map:
		k = &term{kind: mapOf, key: g.conv(t.Key()), elem: g.conv(t.Elem())}
	case *types.Signature:
		k = &term{kind: function, typ: t, dots: t.Variadic()}
		for v := range t.Params().Variables() {
			k.params = append(k.params, g.conv(v.Type()))
		}
		for v := range t.Results().Variables() {
			k.results = append(k.results, g.conv(v.Type()))
		}
	default:
		return g.open()
	}
	g.ofType[t] = k
	return k
}

// typeTerm returns the term of the type that e writes.
func (g *guess) typeTerm(e ast.Expr) *term {
	if tv, ok := g.info.Types[e]; ok && tv.Type != nil && !invalid(tv.Type) {
		return g.known(tv.Type)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return g.typeTerm(e.X)
	case *ast.StarExpr:
		return g.pointer(g.typeTerm(e.X))
	case *ast.Ellipsis:
		return &term{kind: sliceOf, elem: g.typeTerm(e.Elt)}
	case *ast.ArrayType:
		if e.Len == nil {
			return &term{kind: sliceOf, elem: g.typeTerm(e.Elt)}
		}
		t := g.open()
		t.seen, t.key, t.elem = usedRange, g.basic(types.Int), g.typeTerm(e.Elt)
		return t
	case *ast.MapType:
		return &term{kind: mapOf, key: g.typeTerm(e.Key), elem: g.typeTerm(e.Value)}
	case *ast.ChanType:
		return &term{kind: chanOf, elem: g.typeTerm(e.Value)}
	case *ast.FuncType:
		f := &term{kind: function}
		if l := e.Params.List; len(l) > 0 {
			_, f.dots = l[len(l)-1].Type.(*ast.Ellipsis)
		}
		f.params, f.results = g.fields(e.Params), g.fields(e.Results)
		return f
	case *ast.IndexExpr:
		return g.typeTerm(e.X)
	case *ast.IndexListExpr:
		return g.typeTerm(e.X)
	case *ast.SelectorExpr:
		if s := g.standinOf(e.X); s != nil {
			return s.typeOf(g, e.Sel.Name)
		}
		if o := g.info.Uses[e.Sel]; o != nil {
			return g.namedObj(o)
		}
	case *ast.Ident:
		switch o := g.info.Uses[e].(type) {
		case *types.TypeName:
			if rhs := g.spec[o]; rhs != nil && invalid(o.Type()) {
				return g.typeTerm(rhs)
			}
			return g.namedObj(o)
		case nil:
			if s := g.dotted(e); s != nil {
				return s.typeOf(g, e.Name)
			}
			if g.unknown[e.Name] == nil {
				g.unknown[e.Name] = g.newNamed(nil, e.Name)
			}
			return g.unknown[e.Name]
		}
	}
	return g.open()
}

// namedObj returns the term of a declared type that is invalid: one without a name here.
func (g *guess) namedObj(o types.Object) *term {
	if t := g.ofObj[o]; t != nil {
		return t
	}
	t := g.newNamed(nil, o.Name())
	g.ofObj[o] = t
	return t
}

func (g *guess) fields(l *ast.FieldList) []*term {
	if l == nil {
		return nil
	}
	var r []*term
	for _, f := range l.List {
		t := g.typeTerm(f.Type)
		for range max(1, len(f.Names)) {
			r = append(r, t)
		}
	}
	return r
}
