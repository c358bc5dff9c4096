package api

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// generic returns what apidiff does not look at: type parameters of functions, and which types an interface is for. It is claimed only that a type
// is not accepted any more, or that there is another number of parameters.
func generic(before, after *types.Package, bad map[string]bool) []Change {
	var changes []Change
	for _, name := range before.Scope().Names() {
		old, now := before.Scope().Lookup(name), after.Scope().Lookup(name)
		if !old.Exported() || now == nil || bad[name] {
			continue
		}
		text := ""
		switch old := old.(type) {
		case *types.Func:
			if now, ok := now.(*types.Func); ok {
				text = parameters(old.Signature().TypeParams(), now.Signature().TypeParams())
			}
		case *types.TypeName:
			is, ok1 := interfaceOf(old)
			will, ok2 := interfaceOf(now)
			if ok1 && ok2 && !(is.IsMethodSet() && will.IsMethodSet()) {
				text = refuses(is, will)
			}
		}
		if text != "" {
			changes = append(changes, Change{Text: name + ": " + text, Object: now})
		}
	}
	return changes
}

// parameters says what is wrong with type parameters for those who used the old ones, or "".
func parameters(old, now *types.TypeParamList) string {
	if old.Len() != now.Len() {
		return fmt.Sprintf("changed from %d to %d type parameters", old.Len(), now.Len())
	}
	for i := range old.Len() {
		a, b := old.At(i).Constraint(), now.At(i).Constraint()
		if sameName(a, b) {
			continue // whose own change is told of it
		}
		if text := refuses(a, b); text != "" {
			return fmt.Sprintf("type parameter %d %s", i+1, text)
		}
	}
	return ""
}

// sameName reports whether two types are exported under one name of the package that is compared.
func sameName(a, b types.Type) bool {
	x, ok1 := types.Unalias(a).(*types.Named)
	y, ok2 := types.Unalias(b).(*types.Named)
	return ok1 && ok2 && x.Obj().Exported() && x.Obj().Name() == y.Obj().Name() && x.Obj().Pkg() != nil && y.Obj().Pkg() != nil &&
		x.Obj().Pkg().Path() == y.Obj().Pkg().Path()
}

// A termSet are the types that a constraint accepts, as far as that does not depend on methods.
type termSet struct {
	some       map[string]bool // nil = all
	comparable bool            // only those that can be compared
	unsure     bool
}

// termsOf returns what a constraint accepts.
func termsOf(t types.Type) termSet {
	var s termSet
	i, ok := t.Underlying().(*types.Interface)
	if !ok {
		s.some = map[string]bool{types.TypeString(t, nil): true}
		s.unsure = dependent(t)
		return s
	}
	if types.Unalias(t) == types.Universe.Lookup("comparable").Type() {
		s.comparable = true
		return s
	}
	for e := range i.EmbeddedTypes() {
		var more termSet
		if u, ok := types.Unalias(e).(*types.Union); ok {
			more.some = map[string]bool{}
			for term := range u.Terms() {
				name := types.TypeString(term.Type(), nil)
				if term.Tilde() {
					name = "~" + name
				} else if part := termsOf(term.Type()); types.IsInterface(term.Type()) {
					more.unsure = more.unsure || part.unsure || part.comparable || part.some == nil
					maps.Copy(more.some, part.some)
					continue
				}
				more.unsure = more.unsure || dependent(term.Type())
				more.some[name] = true
			}
		} else {
			more = termsOf(e)
		}
		s.comparable, s.unsure = s.comparable || more.comparable, s.unsure || more.unsure || s.some != nil && more.some != nil
		if s.some == nil {
			s.some = more.some
		}
	}
	return s
}

// dependent reports whether a type has type parameters in it, or names that are not the same before and after.
func dependent(t types.Type) bool {
	_, ok := t.(*types.Basic)
	return !ok
}

// refuses says which types a new constraint does not accept that the old one did, or "".
func refuses(old, now types.Type) string {
	was, is := termsOf(old), termsOf(now)
	if was.unsure || is.unsure {
		return ""
	}
	if is.some == nil {
		if is.comparable && !was.comparable && was.some == nil {
			return "accepts only types that can be compared"
		}
		return ""
	}
	if was.some == nil {
		return "accepts only " + strings.Join(slices.Sorted(maps.Keys(is.some)), ", ")
	}
	var gone []string
	for _, t := range slices.Sorted(maps.Keys(was.some)) {
		if !is.some[t] && !is.some["~"+t] {
			gone = append(gone, t)
		}
	}
	if gone == nil {
		return ""
	}
	return "does not accept " + strings.Join(gone, ", ")
}
