package repair

import (
	"go/types"
	"maps"
	"slices"
)

// solve decides what the open terms are.
func (g *guess) solve() {
	for _, n := range g.pairs {
		for _, i := range n.implements {
			for _, name := range slices.Sorted(maps.Keys(i.members)) {
				if m := n.members[name]; m == nil || m.called && !m.field {
					g.mergeMember(g.member(&term{kind: standIn, named: n}, name), i.members[name])
				}
			}
		}
	}
	for range 4 {
		changed := false
		for i := 0; i < len(g.terms); i++ { // settle makes new ones
			if t := g.terms[i].find(); t.kind == open && g.settle(t) {
				changed = true
			}
		}
		if !changed {
			break
		}
	}
	for i := 0; i < len(g.terms); i++ {
		if t := g.terms[i].find(); t.kind == open {
			g.suppose(t)
		}
	}
}

var errorType = types.Universe.Lookup("error").Type()

// settle binds an open term where its uses leave little doubt.
func (g *guess) settle(t *term) bool {
	if t.seen&usedBool != 0 {
		g.bind(t, g.basic(types.Bool))
		return true
	}
	if t.seen&usedNumber != 0 && t.seen&isUnder != 0 {
		return false
	}
	if t.seen&usedCall != 0 || t.seen&usedInterface != 0 && len(t.ifaces) == 0 {
		return false
	}
	if f := same(t.from); f != nil && g.has(f, t) {
		g.bind(t, g.known(f))
		return true
	}
	if len(t.from) > 0 {
		return false
	}
	if i := narrowest(t.ifaces); i != nil && g.has(i, t) {
		g.bind(t, g.known(i))
		return true
	}
	if t.seen&usedError != 0 && t.elem == nil && g.has(errorType, t) {
		g.bind(t, g.known(errorType))
		return true
	}
	return false
}

func same(l []types.Type) types.Type {
	for _, t := range l {
		if !types.Identical(t, l[0]) {
			return nil
		}
	}
	if len(l) == 0 {
		return nil
	}
	return l[0]
}

// narrowest returns the interface of l that has the methods of all others; nil: there is none, or all are empty.
func narrowest(l []types.Type) types.Type {
	var best types.Type
	for _, t := range l {
		i, ok := t.Underlying().(*types.Interface)
		if !ok || i.Empty() {
			continue
		}
		switch {
		case best == nil || types.Implements(t, best.Underlying().(*types.Interface)):
			best = t
		case !types.Implements(best, i):
			return nil
		}
	}
	return best
}

// has reports whether all that is selected of t is in typ.
func (g *guess) has(typ types.Type, t *term) bool {
	for name := range t.members {
		if o, _, _ := types.LookupFieldOrMethod(typ, true, g.Types, name); o == nil {
			return false
		}
	}
	return true
}

// suppose makes an open term what its uses suggest.
func (g *guess) suppose(t *term) {
	switch {
	case t.seen&usedCall != 0:
		t.kind = function
	case t.elem != nil && len(t.members) == 0:
		t.kind = sliceOf
		if t.seen&usedMap != 0 || g.isKey(t.key.find()) {
			t.kind = mapOf
		}
	case len(t.members) > 0 && t.seen&isUnder == 0:
		n := g.newNamed(nil, "")
		n.named.members = t.members
		n.named.ifaces = t.ifaces
		if t.seen&usedPointee != 0 {
			t.kind, t.named = standIn, n.named
		} else {
			t.kind, t.elem = pointer, n
		}
	case t.seen&usedString != 0:
		g.bind(t, g.basic(types.String))
	case t.seen&usedRange != 0:
		t.kind, t.elem = sliceOf, g.known(types.Typ[types.Byte])
	case t.seen&usedInteger != 0 && same(t.from) != nil && isInteger(t.from[0]):
		g.bind(t, g.known(t.from[0]))
	case t.seen&usedInteger != 0:
		g.bind(t, g.known(g.integer))
	case t.seen&usedNumber != 0:
		g.bind(t, g.known(g.number))
	case t.seen&isUnder != 0: // a struct
	case t.seen&usedInterface != 0 || len(t.from) > 0:
		g.bind(t, g.known(anyType))
	case t.seen&usedPointee != 0:
		g.bind(t, g.known(g.opaque))
	default:
		g.bind(t, g.known(types.NewPointer(g.opaque)))
	}
}

// isKey reports whether t is the key of a map rather than an index.
func (g *guess) isKey(t *term) bool {
	switch t.kind {
	case open:
		return t.seen&(usedString|usedInterface|usedNil|usedError|usedBool) != 0 || len(t.members) > 0
	case known:
		return !isInteger(t.typ) && t.typ != g.number
	}
	return true
}

var anyType = types.Universe.Lookup("any").Type()

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// owns reports whether t mentions a type of the package itself, or a type parameter.
func (g *guess) owns(t types.Type) bool {
	if r, ok := g.own[t]; ok {
		return r
	}
	g.own[t] = false
	r := g.mentions(t)
	g.own[t] = r
	return r
}

func (g *guess) mentions(t types.Type) bool {
	switch t := t.(type) {
	case *types.TypeParam:
		return true
	case *types.Alias:
		return g.owns(types.Unalias(t))
	case *types.Pointer:
		return g.owns(t.Elem())
	case *types.Slice:
		return g.owns(t.Elem())
	case *types.Array:
		return g.owns(t.Elem())
	case *types.Chan:
		return g.owns(t.Elem())
	case *types.Map:
		return g.owns(t.Key()) || g.owns(t.Elem())
	case *types.Tuple:
		for v := range t.Variables() {
			if g.owns(v.Type()) {
				return true
			}
		}
	case *types.Signature:
		return g.owns(t.Params()) || g.owns(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			if g.owns(f.Type()) {
				return true
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if g.owns(m.Type()) {
				return true
			}
		}
	case *types.Named:
		if t.Obj().Pkg() == g.Types {
			return true
		}
		for a := range t.TypeArgs().Types() {
			if g.owns(a) {
				return true
			}
		}
	}
	return false
}
