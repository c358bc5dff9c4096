package repair

import (
	"go/token"
	"go/types"
)

// oneIsInterface notes that values of different types go from one to the other: one must be an interface, which the other implements.
func (g *guess) oneIsInterface(a, b *term) {
	if b.kind == standIn && (a.named.literal || len(b.named.members) < len(a.named.members)) {
		a, b = b, a
	}
	a.named.iface = true
	g.implements(b, a)
}

// implements notes that t has the methods of the interface i.
func (g *guess) implements(t, i *term) {
	t, i = t.find(), i.find()
	if t.kind == pointer {
		t = t.elem.find()
	}
	if t.kind == standIn && i.kind == standIn && t.named != i.named {
		t.named.implements = append(t.named.implements, i.named)
		g.pairs = append(g.pairs, t.named)
	}
}

// untyped tells what an untyped constant says of what it is used with.
func untyped(t types.Type) (uses, bool) {
	b, ok := t.(*types.Basic)
	if !ok || b.Info()&types.IsUntyped == 0 {
		return 0, false
	}
	switch {
	case b.Kind() == types.UntypedNil:
		return usedNil, true
	case b.Info()&types.IsString != 0:
		return usedString, true
	case b.Info()&types.IsBoolean != 0:
		return usedBool, true
	}
	return usedNumber, true
}

// flow notes that a value of from is assigned to something of type to.
func (g *guess) flow(from, to *term) {
	from, to = from.find(), to.find()
	switch {
	case from == to || !g.step():
	case to.kind == known && types.IsInterface(to.typ) && !isTypeParam(to.typ):
		switch from.kind {
		case open:
			from.ifaces = append(from.ifaces, to.typ)
		case pointer, standIn:
			g.joinKnown(from, to.typ)
		case known:
			g.promote(from.typ, to.typ)
		}
	case from.kind == known && to.kind == open:
		if u, ok := untyped(from.typ); ok {
			to.seen |= u
		} else {
			to.from = append(to.from, from.typ)
		}
	case from.kind == known && to.kind == standIn:
		if u, ok := untyped(from.typ); ok {
			g.join(to, from)
			to.named.under.find().seen |= u &^ usedNil
			to.named.nilable = to.named.nilable || u&usedNil != 0
		} else {
			g.joinKnown(to, from.typ)
		}
	default:
		g.join(from, to)
	}
}

// promote notes that a struct implements an interface with methods that it must have from a type without types that it embeds.
func (g *guess) promote(t, iface types.Type) {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() != g.Types {
		return
	}
	s, ok := n.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for f := range s.Fields() {
		if f.Embedded() && invalid(f.Type()) {
			ft := g.objTerm(f).find()
			if ft.kind == pointer {
				ft = ft.elem.find()
			}
			if ft.kind == standIn {
				ft.named.ifaces = append(ft.named.ifaces, iface)
			}
		}
	}
}

func isTypeParam(t types.Type) bool { _, ok := types.Unalias(t).(*types.TypeParam); return ok }

// compare notes that a and b are the operands of a comparison or an arithmetic operation.
func (g *guess) compare(a, b *term, op token.Token) {
	a, b = a.find(), b.find()
	if op == token.EQL || op == token.NEQ {
		if b.kind == known && types.IsInterface(b.typ) {
			g.flow(a, b)
			return
		}
		if a.kind == known && types.IsInterface(a.typ) {
			g.flow(b, a)
			return
		}
	}
	for _, p := range [2][2]*term{{a, b}, {b, a}} {
		if p[0].kind == known {
			if u, ok := untyped(p[0].typ); ok {
				g.use(p[1], u)
				return
			}
		}
	}
	g.join(a, b)
}

// use notes how a value of type t is used.
func (g *guess) use(t *term, u uses) {
	t = t.find()
	switch t.kind {
	case open:
		t.seen |= u
	case standIn:
		t.named.under.find().seen |= u &^ (usedNil | usedInterface)
		t.named.iface = t.named.iface || u&usedInterface != 0
		t.named.nilable = t.named.nilable || u&usedNil != 0
	}
}
