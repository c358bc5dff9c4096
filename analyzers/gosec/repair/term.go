package repair

import (
	"go/types"
	"maps"
	"slices"
)

// A term stands for a type that is wanted: known, built of other terms, or open, with what its uses tell of it. Terms that turn out to be
// the same are joined; find returns the one that stands for all.
type term struct {
	up      *term
	kind    kind
	typ     types.Type // of known
	key     *term      // of mapOf; of open: what it is indexed with
	elem    *term      // of pointer, sliceOf, mapOf, chanOf; of open: what ranging or indexing yields
	params  []*term    // of function
	results []*term
	dots    bool // the last of params takes any number
	named   *named

	// What is known of an open term.
	seen    uses
	members map[string]*member
	ifaces  []types.Type // interfaces that a value flows to
	from    []types.Type // what flows into it
}

type kind uint8

const (
	open kind = iota
	known
	pointer
	sliceOf
	mapOf
	chanOf
	function
	standIn
)

// uses are the ways in which a value is used.
type uses uint16

const (
	usedNil       uses = 1 << iota // compared with nil, or nil is assigned
	usedNumber                     // with an untyped number, or in arithmetic
	usedInteger                    // as an index, in shifts and bit operations
	usedString                     // with an untyped string
	usedBool                       // with an untyped bool
	usedError                      // held by a variable that is named like an error
	usedInterface                  // asserted to another type, or holds values of different types
	usedRange                      // ranged over, indexed or measured
	usedCall                       // called
	usedPointee                    // has its address taken
	usedMap                        // as only maps are
	isUnder                        // an underlying type
)

// A member is a field or method, or what a package declares.
type member struct {
	term     *term
	called   bool // called at least once
	field    bool // assigned, or a key of a literal
	isType   bool
	constant bool // needed where only a constant is allowed
}

// A named is a named type of a package without types; without a package, a type that has no name in the source.
type named struct {
	pkg        *standin
	name       string
	under      *term // what its uses tell of the underlying type
	members    map[string]*member
	iface      bool // must be an interface
	nilable    bool // has the value nil
	literal    bool // has literals, so that it is none
	ordered    bool // a constraint of type parameters
	ifaces     []types.Type
	implements []*named // interfaces
	typ        *types.Named
}

func (g *guess) open() *term {
	g.terms = append(g.terms, &term{})
	return g.terms[len(g.terms)-1]
}

func (g *guess) known(t types.Type) *term {
	if k := g.ofType[t]; k != nil {
		return k
	}
	k := &term{kind: known, typ: t}
	g.ofType[t] = k
	return k
}

func (t *term) find() *term {
	for t.up != nil {
		if t.up.up != nil {
			t.up = t.up.up
		}
		t = t.up
	}
	return t
}

func (g *guess) pointer(t *term) *term {
	if e := t.find(); e.kind == open {
		e.seen |= usedPointee
	}
	return &term{kind: pointer, elem: t}
}

// basic returns the term of a predeclared type.
func (g *guess) basic(k types.BasicKind) *term { return g.known(types.Typ[k]) }

// join makes a and b the same as far as that is possible; what contradicts is left for the type checker to find.
func (g *guess) join(a, b *term) {
	a, b = a.find(), b.find()
	if a == b || !g.step() {
		return
	}
	if b.kind == open || a.kind == known && b.kind != known {
		a, b = b, a
	}
	switch {
	case a.kind == open && b.kind == known:
		if u, ok := untyped(b.typ); ok {
			a.seen |= u
			return
		}
		g.bind(a, b)
	case a.kind == open:
		g.bind(a, b)
	case a.kind == known:
	case b.kind == known:
		g.joinKnown(a, b.typ)
	case a.kind == b.kind && a.kind != standIn:
		a.up = b
		g.joinAll([]*term{a.elem, a.key}, []*term{b.elem, b.key})
		g.joinAll(a.params, b.params)
		g.joinAll(a.results, b.results)
	case a.kind == standIn && b.kind != standIn && b.kind != pointer:
		g.join(a.named.under, b)
	case b.kind == standIn && a.kind != standIn && a.kind != pointer:
		g.join(b.named.under, a)
	case a.kind == standIn && b.kind == pointer, a.kind == standIn && b.kind == standIn:
		g.oneIsInterface(a, b)
	case b.kind == standIn:
		g.oneIsInterface(b, a)
	}
}

func (g *guess) joinAll(a, b []*term) {
	for i := range min(len(a), len(b)) {
		if a[i] != nil && b[i] != nil {
			g.join(a[i], b[i])
		}
	}
}

// joinKnown joins a, which is built of other terms, with a known type.
func (g *guess) joinKnown(a *term, t types.Type) {
	if a.kind == standIn {
		if types.IsInterface(t) {
			a.named.ifaces = append(a.named.ifaces, t)
		} else if _, ok := types.Unalias(t).(*types.Named); !ok {
			g.flow(g.known(t), a.named.under)
		} else {
			a.named.iface = true
		}
		return
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if a.kind == pointer {
			g.join(a.elem, g.known(u.Elem()))
		}
	case *types.Slice:
		if a.kind == sliceOf {
			g.join(a.elem, g.known(u.Elem()))
		}
	case *types.Map:
		if a.kind == mapOf {
			g.join(a.elem, g.known(u.Elem()))
			g.join(a.key, g.known(u.Key()))
		}
	case *types.Chan:
		if a.kind == chanOf {
			g.join(a.elem, g.known(u.Elem()))
		}
	case *types.Signature:
		if a.kind == function {
			for i := range min(len(a.params), u.Params().Len()) {
				g.join(a.params[i], g.known(u.Params().At(i).Type()))
			}
			for i := range min(len(a.results), u.Results().Len()) {
				g.join(a.results[i], g.known(u.Results().At(i).Type()))
			}
		}
	case *types.Interface:
		if a.kind == pointer {
			if e := a.elem.find(); e.kind == standIn {
				e.named.ifaces = append(e.named.ifaces, t)
			} else if e.kind == open {
				e.ifaces = append(e.ifaces, t)
			}
		}
	}
}

// bind makes the open term a the same as b, and gives b what a's uses told.
func (g *guess) bind(a, b *term) {
	a.up = b
	if b.kind == open {
		b.seen |= a.seen
		b.ifaces = append(b.ifaces, a.ifaces...)
		b.from = append(b.from, a.from...)
		if len(a.members) > len(b.members) {
			a.members, b.members = b.members, a.members
		}
		for _, name := range slices.Sorted(maps.Keys(a.members)) {
			g.mergeMember(g.member(b, name), a.members[name])
		}
		g.joinInto(&b.elem, a.elem)
		g.joinInto(&b.key, a.key)
		if a.seen&usedCall != 0 {
			b.params, a.params = longer(b.params, a.params)
			b.results, a.results = longer(b.results, a.results)
			g.joinAll(b.params, a.params)
			g.joinAll(b.results, a.results)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.members)) {
		if m := g.member(b, name); m != nil {
			g.mergeMember(m, a.members[name])
		}
	}
	for _, t := range a.ifaces {
		g.joinKnown(b, t)
	}
	if b.kind == standIn {
		u := b.named.under
		u.find().seen |= a.seen &^ (usedNil | usedInterface | usedPointee)
		g.use(b, a.seen&(usedNil|usedInterface))
	}
	if a.seen&usedCall != 0 {
		f := g.callee(b, len(a.params), len(a.results))
		g.joinAll(f.params, a.params)
		g.joinAll(f.results, a.results)
	}
	if a.elem != nil {
		k, e := g.indexed(b)
		g.join(e, a.elem)
		if a.key != nil {
			g.join(k, a.key)
		}
	}
}

func longer(a, b []*term) (long, short []*term) {
	if len(b) > len(a) {
		return b, a
	}
	return a, b
}

func (g *guess) joinInto(to **term, t *term) {
	switch {
	case t == nil:
	case *to == nil:
		*to = t
	default:
		g.join(*to, t)
	}
}

func (g *guess) mergeMember(to, m *member) {
	to.called = to.called || m.called
	to.field = to.field || m.field
	g.join(to.term, m.term)
}
