package api

import "go/types"

// holes finds what has a type that is not known. It does not look into exported types that have a name, since apidiff compares these by
// their names, unless they are embedded: then what they have is had.
type holes struct {
	own  *types.Package
	seen map[types.Type]bool // for one object: what was looked into, which is not done again
}

// in reports whether a type is not known that says what an object is.
func (h *holes) in(obj types.Object) bool {
	h.seen = map[types.Type]bool{}
	t, ok := obj.(*types.TypeName)
	if !ok {
		return h.typ(obj.Type())
	}
	if named, ok := types.Unalias(t.Type()).(*types.Named); ok && named.Obj().Pkg() == h.own {
		return h.named(named)
	}
	return h.typ(t.Type())
}

func (h *holes) once(t types.Type, look func() bool) bool {
	if h.seen[t] {
		return false // or it would not have come here again
	}
	h.seen[t] = true
	return look()
}

// named looks into a type that has a name.
func (h *holes) named(t *types.Named) bool {
	return h.once(t, func() bool {
		for p := range t.TypeParams().TypeParams() {
			if h.typ(p.Constraint()) {
				return true
			}
		}
		for m := range t.Methods() {
			if h.typ(m.Type()) {
				return true
			}
		}
		return h.typ(t.Underlying())
	})
}

// embedded looks into all that an embedded type gives to the one that embeds it.
func (h *holes) embedded(t types.Type) bool {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return h.list(named.TypeArgs()) || h.named(named.Origin())
	}
	return h.typ(t)
}

func (h *holes) list(l *types.TypeList) bool {
	for t := range l.Types() {
		if h.typ(t) {
			return true
		}
	}
	return false
}

func (h *holes) tuple(t *types.Tuple) bool {
	for v := range t.Variables() {
		if h.typ(v.Type()) {
			return true
		}
	}
	return false
}

func (h *holes) typ(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case nil:
		return true
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Named:
		if h.list(t.TypeArgs()) {
			return true
		}
		if o := t.Origin(); o.Obj().Pkg() == h.own && !o.Obj().Exported() { // which apidiff looks into
			return h.named(o)
		}
	case *types.Pointer:
		return h.typ(t.Elem())
	case *types.Slice:
		return h.typ(t.Elem())
	case *types.Array:
		return h.typ(t.Elem())
	case *types.Chan:
		return h.typ(t.Elem())
	case *types.Map:
		return h.typ(t.Key()) || h.typ(t.Elem())
	case *types.Signature:
		for p := range t.TypeParams().TypeParams() {
			if h.once(p, func() bool { return h.typ(p.Constraint()) }) {
				return true
			}
		}
		return h.tuple(t.Params()) || h.tuple(t.Results())
	case *types.Union:
		for term := range t.Terms() {
			if h.typ(term.Type()) {
				return true
			}
		}
	case *types.Struct:
		return h.once(t, func() bool {
			for f := range t.Fields() {
				if h.typ(f.Type()) || f.Embedded() && h.embedded(f.Type()) {
					return true
				}
			}
			return false
		})
	case *types.Interface:
		return h.once(t, func() bool {
			for m := range t.ExplicitMethods() {
				if h.typ(m.Type()) {
					return true
				}
			}
			for e := range t.EmbeddedTypes() {
				if h.embedded(e) {
					return true
				}
			}
			return false
		})
	}
	return false
}
