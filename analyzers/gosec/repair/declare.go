package repair

import (
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
)

// typ returns the type that t stands for. What belongs to the package itself is another type each time the package is checked: with
// foreign set, it is an empty interface.
func (g *guess) typ(t *term, foreign bool) types.Type { return g.typeOf(t, foreign, 0) }

func (g *guess) typeOf(t *term, foreign bool, depth int) types.Type {
	t = t.find()
	if depth > 12 {
		return anyType
	}
	part := func(t *term) types.Type {
		r := g.typeOf(t, foreign, depth+1)
		return r
	}
	switch t.kind {
	case known:
		if foreign && g.owns(t.typ) {
			return anyType
		}
		return types.Default(t.typ)
	case pointer:
		return types.NewPointer(part(t.elem))
	case sliceOf:
		return types.NewSlice(part(t.elem))
	case mapOf:
		k := part(t.key)
		if !types.Comparable(k) {
			k = anyType
		}
		return types.NewMap(k, part(t.elem))
	case chanOf:
		return types.NewChan(types.SendRecv, part(t.elem))
	case function:
		return g.signature(t, foreign, depth)
	case standIn:
		return g.namedType(t.named)
	}
	return anyType
}

// signature returns the signature of a function. It takes anything, unless all of its parameters are written out.
func (g *guess) signature(t *term, foreign bool, depth int) *types.Signature {
	var params []*types.Var
	if len(t.params) == 0 && t.seen&usedCall != 0 {
		params = append(params, types.NewParam(token.NoPos, nil, "", types.NewSlice(anyType)))
		return types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), g.resultTuple(t, foreign, depth), true)
	}
	for i, p := range t.params {
		pt := g.typeOf(p, foreign, depth+1)
		if t.dots && i == len(t.params)-1 && !isSlice(pt) {
			pt = types.NewSlice(anyType)
		}
		params = append(params, types.NewParam(token.NoPos, nil, "", pt))
	}
	return types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), g.resultTuple(t, foreign, depth), t.dots && len(params) > 0)
}

func (g *guess) resultTuple(t *term, foreign bool, depth int) *types.Tuple {
	var results []*types.Var
	for _, r := range t.results {
		results = append(results, types.NewParam(token.NoPos, nil, "", g.typeOf(r, foreign, depth+1)))
	}
	return types.NewTuple(results...)
}

func isSlice(t types.Type) bool { _, ok := t.Underlying().(*types.Slice); return ok }

// namedType declares n, the first time; its underlying type follows later, as it may refer to n.
func (g *guess) namedType(n *named) *types.Named {
	if n.typ == nil {
		pkg := g.names
		name := "T" + strconv.Itoa(len(g.queue))
		if n.pkg != nil {
			pkg, name = n.pkg.pkg, n.name
		}
		n.typ = types.NewNamed(types.NewTypeName(token.NoPos, pkg, name, nil), types.NewStruct(nil, nil), nil)
		if n.pkg == nil {
			pkg.Scope().Insert(n.typ.Obj())
		}
		g.queue = append(g.queue, n)
	}
	return n.typ
}

// complete gives the declared types that are not yet complete their underlying types and methods.
func (g *guess) complete() {
	for ; g.done < len(g.queue); g.done++ {
		n := g.queue[g.done]
		if n.isInterface() {
			n.typ.SetUnderlying(g.interfaceType(n))
			continue
		}
		u := g.underlyingType(n)
		n.typ.SetUnderlying(u)
		if _, ok := u.(*types.Pointer); ok || types.IsInterface(u) {
			continue
		}
		have := map[string]bool{}
		recv := func() *types.Var { return types.NewParam(token.NoPos, n.typ.Obj().Pkg(), "", types.NewPointer(n.typ)) }
		if _, ok := u.(*types.Struct); !ok {
			recv = func() *types.Var { return types.NewParam(token.NoPos, n.typ.Obj().Pkg(), "", n.typ) }
		} else if st := u.(*types.Struct); st != nil {
			for f := range st.Fields() {
				have[f.Name()] = true
			}
		}
		add := func(name string, sig *types.Signature) {
			if !have[name] {
				have[name] = true
				sig = types.NewSignatureType(recv(), nil, nil, sig.Params(), sig.Results(), sig.Variadic())
				n.typ.AddMethod(types.NewFunc(token.NoPos, n.typ.Obj().Pkg(), name, sig))
			}
		}
		for _, t := range n.ifaces {
			if i, ok := t.Underlying().(*types.Interface); ok {
				for m := range i.Methods() {
					if !g.owns(m.Type()) && !invalid(m.Type()) && (m.Exported() || m.Pkg() == n.typ.Obj().Pkg()) {
						add(m.Name(), m.Signature())
					}
				}
			}
		}
		for _, i := range n.implements {
			if i.isInterface() {
				for m := range g.interfaceType(i).Methods() {
					add(m.Name(), m.Signature())
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(n.members)) {
			if m := n.members[name]; !m.field && token.IsExported(name) {
				if f := m.term.find(); m.called || f.kind == function {
					add(name, g.funcOf(f))
				}
			}
		}
	}
}

// isInterface reports whether n is to be an interface. What has fields or elements is none.
func (n *named) isInterface() bool {
	u := n.under.find()
	if n.ordered {
		return true
	}
	for _, m := range n.members {
		if m.field || !m.called && m.term.find().kind != function {
			return false
		}
	}
	return (n.iface || n.nilable) && !n.literal && (u.kind == open || u.kind == known && types.IsInterface(u.typ))
}

// funcOf is the signature of a function of a package without types, or of a method of one of its types: it takes anything.
func (g *guess) funcOf(t *term) *types.Signature {
	if t.kind == known {
		if s, ok := t.typ.Underlying().(*types.Signature); ok && !g.owns(s) {
			return s
		}
	}
	results := g.resultTuple(t, true, 0)
	args := types.NewParam(token.NoPos, nil, "", types.NewSlice(anyType))
	return types.NewSignatureType(nil, nil, nil, types.NewTuple(args), results, true)
}

func (g *guess) interfaceType(n *named) *types.Interface {
	g.namedType(n)
	if n.ordered {
		var l []*types.Term
		for k := types.Int; k <= types.String; k++ {
			if k != types.Complex64 && k != types.Complex128 {
				l = append(l, types.NewTerm(true, types.Typ[k]))
			}
		}
		return types.NewInterfaceType(nil, []types.Type{types.NewUnion(l)}).Complete()
	}
	have := map[string]bool{}
	var methods []*types.Func
	for _, t := range n.ifaces {
		if i, ok := t.Underlying().(*types.Interface); ok {
			for m := range i.Methods() {
				if !have[m.Name()] && !g.owns(m.Type()) && !invalid(m.Type()) {
					have[m.Name()] = true
					methods = append(methods, m)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		if !have[name] && token.IsExported(name) {
			methods = append(methods, types.NewFunc(token.NoPos, n.typ.Obj().Pkg(), name, g.funcOf(n.members[name].term.find())))
		}
	}
	return types.NewInterfaceType(methods, nil).Complete()
}

func (g *guess) underlyingType(n *named) types.Type {
	fields := false
	for _, m := range n.members {
		fields = fields || m.field
	}
	u := n.under.find()
	if !fields {
		switch u.kind {
		case known, sliceOf, mapOf, chanOf, function:
			t := g.typ(u, true).Underlying()
			if t != anyType.Underlying() {
				if b, ok := t.(*types.Basic); !ok || b.Kind() != types.Invalid {
					return t
				}
			}
		}
	}
	var vars []*types.Var
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		m := n.members[name]
		if f := m.term.find(); !m.field && (m.called || f.kind == function) {
			continue
		}
		t := g.typ(m.term, true)
		if g.holds(t, n.typ, 0) {
			t = anyType
		}
		vars = append(vars, types.NewField(token.NoPos, n.typ.Obj().Pkg(), name, t, false))
	}
	return types.NewStruct(vars, nil)
}

// holds reports whether a value of type t has one of type n in it, so that n cannot be a part of t's. It is true when that is not known.
func (g *guess) holds(t types.Type, n *types.Named, depth int) bool {
	m, ok := t.(*types.Named)
	if !ok || m.Obj().Pkg() == nil {
		return false
	}
	if m == n || depth > 8 {
		return true
	}
	if s, ok := m.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if g.holds(f.Type(), n, depth+1) {
				return true
			}
		}
	}
	return false
}

// declare fills the packages without types with what has been guessed.
func (g *guess) declare() {
	for _, s := range g.standins {
		for _, name := range slices.Sorted(maps.Keys(s.members)) {
			m := s.members[name]
			t := m.term.find()
			var o types.Object
			switch {
			case m.isType:
				o = g.namedType(t.named).Obj()
			case m.called || t.kind == function:
				o = types.NewFunc(token.NoPos, s.pkg, name, g.funcOf(t))
			default:
				o = g.value(s.pkg, name, g.typ(t, true), m.constant)
			}
			s.pkg.Scope().Insert(o)
		}
	}
	g.complete()
	for _, s := range g.standins {
		s.pkg.MarkComplete()
	}
	g.names.MarkComplete()
}

func (g *guess) value(pkg *types.Package, name string, t types.Type, isConst bool) types.Object {
	if b, ok := t.(*types.Basic); ok && isConst {
		switch {
		case b.Info()&types.IsString != 0:
			return types.NewConst(token.NoPos, pkg, name, types.Typ[types.UntypedString], constant.MakeString(name))
		case b.Info()&types.IsBoolean != 0:
			return types.NewConst(token.NoPos, pkg, name, types.Typ[types.UntypedBool], constant.MakeBool(true))
		}
	}
	if isConst {
		return types.NewConst(token.NoPos, pkg, name, types.Typ[types.UntypedInt], constant.MakeInt64(1))
	}
	return types.NewVar(token.NoPos, pkg, name, t)
}
