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

func (s *standin) member(g *guess, name string) *member {
	m := s.members[name]
	if m == nil {
		m = &member{term: g.open()}
		s.members[name] = m
	}
	return m
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
			if t := g.unknown[e.Name]; t == nil {
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

// invalid reports whether t is, or is made of, a type that is not known. It does not look into named types, structs and interfaces.
func invalid(t types.Type) bool { return invalidIn(t, 0) }

func invalidIn(t types.Type, depth int) bool {
	if depth > 10 {
		return false
	}
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Pointer:
		return invalidIn(t.Elem(), depth+1)
	case *types.Slice:
		return invalidIn(t.Elem(), depth+1)
	case *types.Array:
		return invalidIn(t.Elem(), depth+1)
	case *types.Chan:
		return invalidIn(t.Elem(), depth+1)
	case *types.Map:
		return invalidIn(t.Key(), depth+1) || invalidIn(t.Elem(), depth+1)
	case *types.Signature:
		return invalidIn(t.Params(), depth+1) || invalidIn(t.Results(), depth+1)
	case *types.Tuple:
		for v := range t.Variables() {
			if invalidIn(v.Type(), depth+1) {
				return true
			}
		}
	case *types.Alias:
		return invalidIn(types.Unalias(t), depth+1)
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			if invalidIn(a, depth+1) {
				return true
			}
		}
	}
	return false
}

func errorName(s string) bool {
	n := len(s)
	return n >= 3 && (s[:3] == "err" || s[n-3:] == "Err" || s[n-3:] == "err")
}

// member returns what t has under name; nil: nothing can be told.
func (g *guess) member(t *term, name string) *member {
	for range 8 {
		t = t.find()
		if t.kind != pointer {
			break
		}
		t = t.elem
	}
	switch t.kind {
	case open:
		if t.members == nil {
			t.members = map[string]*member{}
		}
		if t.members[name] == nil {
			t.members[name] = &member{term: g.open()}
		}
		return t.members[name]
	case standIn:
		if t.named.members[name] == nil {
			t.named.members[name] = &member{term: g.open()}
		}
		return t.named.members[name]
	case known:
		return g.lookup(t.typ, name, 0)
	}
	return nil
}

// lookup finds a field or method of a type; where there is none, one of a type without types that it embeds or is defined by.
func (g *guess) lookup(t types.Type, name string, depth int) *member {
	if isInvalid(t) || depth > 4 {
		return nil
	}
	if o, _, _ := types.LookupFieldOrMethod(t, true, g.Types, name); o != nil {
		return &member{term: g.objTerm(o)}
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		if rhs := g.spec[n.Obj()]; rhs != nil && isInvalid(n.Underlying()) {
			return g.member(g.typeTerm(rhs), name)
		}
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range s.Fields() {
		if !f.Embedded() {
			continue
		}
		ft := g.objTerm(f).find()
		if ft.kind == known {
			if m := g.lookup(ft.typ, name, depth+1); m != nil {
				return m
			}
			continue
		}
		return g.member(ft, name)
	}
	return nil
}

func isInvalid(t types.Type) bool { return t == nil || t == types.Typ[types.Invalid] }

// underlying returns the term of the underlying type of t.
func (g *guess) underlying(t *term) *term {
	t = t.find()
	switch t.kind {
	case standIn:
		return t.named.under.find()
	case known:
		if n, ok := types.Unalias(t.typ).(*types.Named); ok {
			if rhs := g.spec[n.Obj()]; rhs != nil {
				return g.typeTerm(rhs).find()
			}
		}
		return g.conv(t.typ.Underlying())
	}
	return t
}

// callee returns the term of the function that t is, with so many parameters and results.
func (g *guess) callee(t *term, params, results int) *term {
	t = g.underlying(t).find()
	switch t.kind {
	case open:
		t.seen |= usedCall
		for len(t.params) < params {
			t.params = append(t.params, g.open())
		}
		for len(t.results) < results {
			t.results = append(t.results, g.open())
		}
	case known:
		if sig, ok := t.typ.(*types.Signature); ok {
			f := &term{kind: function, typ: t.typ, dots: sig.Variadic()}
			for v := range sig.Params().Variables() {
				f.params = append(f.params, g.conv(v.Type()))
			}
			for v := range sig.Results().Variables() {
				f.results = append(f.results, g.conv(v.Type()))
			}
			return f
		}
	}
	return t
}

// indexed returns the terms of the keys and the elements of t.
func (g *guess) indexed(t *term) (key, elem *term) {
	t = g.underlying(t).find()
	switch t.kind {
	case open:
		t.seen |= usedRange
		if t.elem == nil {
			t.key, t.elem = g.open(), g.open()
		}
		if t.key == nil {
			t.key = g.open()
		}
		return t.key, t.elem
	case sliceOf:
		return g.basic(types.Int), t.elem
	case mapOf:
		return t.key, t.elem
	case chanOf:
		return t.elem, g.open()
	case pointer:
		return g.open(), g.open()
	case known:
		switch u := t.typ.Underlying().(type) {
		case *types.Slice:
			return g.basic(types.Int), g.conv(u.Elem())
		case *types.Array:
			return g.basic(types.Int), g.conv(u.Elem())
		case *types.Map:
			return g.conv(u.Key()), g.conv(u.Elem())
		case *types.Chan:
			return g.conv(u.Elem()), g.open()
		case *types.Basic:
			if u.Info()&types.IsString != 0 {
				return g.basic(types.Int), g.basic(types.Byte)
			}
			return t, g.open() // range over an integer
		}
	}
	return g.open(), g.open()
}

// deref returns the term of what t points to.
func (g *guess) deref(t *term) *term {
	t = g.underlying(t).find()
	switch t.kind {
	case pointer:
		return t.elem
	case known:
		if p, ok := t.typ.(*types.Pointer); ok {
			return g.conv(p.Elem())
		}
	case open:
		e := g.open()
		g.join(t, g.pointer(e))
		return e
	}
	return g.open()
}
