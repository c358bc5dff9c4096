package repair

import (
	"go/types"
)

func (s *standin) member(g *guess, name string) *member {
	m := s.members[name]
	if m == nil {
		m = &member{term: g.open()}
		s.members[name] = m
	}
	return m
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
