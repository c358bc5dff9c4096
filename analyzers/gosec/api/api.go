package api

import (
	"cmp"
	"errors"
	"fmt"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
)

// A Change is one incompatible change of what a package exports.
type Change struct {
	Text   string       // as apidiff says it, such as "T.M: removed"
	Object types.Object // what it is about, in the version after if it is there, else in the one before; nil = not known
	Gone   bool         // Object is of the version before
}

// Compare returns the changes between two versions of a package that break who uses it, in a fixed order, and the exported names of which not all
// types are known in one of the two, sorted. Of these it claims nothing, except that they are gone.
//
// The error says why the comparison did not come to an end.
func Compare(before, after *types.Package) (changes []Change, unknown []string, err error) {
	defer func() {
		if r := recover(); r != nil { // apidiff panics at some embedded types
			changes, unknown, err = nil, nil, errors.New(oneLine(fmt.Sprint("apidiff stops: ", r)))
		}
	}()
	holes := &holes{}
	bad := map[string]bool{} // names of either version
	for _, pkg := range []*types.Package{before, after} {
		holes.own = pkg
		for _, name := range pkg.Scope().Names() {
			if obj := pkg.Scope().Lookup(name); holes.in(obj) {
				bad[name] = true
			}
		}
	}
	if before.Name() != after.Name() {
		changes = append(changes, Change{Text: fmt.Sprintf("package: name changed from %s to %s", before.Name(), after.Name())})
	}
	for _, c := range apidiff.Changes(before, after).Changes {
		if c.Compatible {
			continue
		}
		change := Change{Text: c.Message}
		name, member := subject(c.Message)
		gone := after.Scope().Lookup(name) == nil && c.Message == name+": removed"
		if t, _, found := strings.Cut(c.Message, ": no longer implements "); found {
			if len(bad) > 0 {
				continue // either may have a method that is not known
			}
			change.Text = t + ": no longer implements " + implemented(name, before, after)
		} else if bad[name] && !gone || name == "" && len(bad) > 0 {
			continue
		}
		change.Object, change.Gone = place(name, member, before, after)
		changes = append(changes, change)
	}
	changes = append(changes, generic(before, after, bad)...)
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Text, b.Text) })
	changes = slices.CompactFunc(changes, func(a, b Change) bool { return a.Text == b.Text })
	unknown = append(unknown, slices.Sorted(maps.Keys(bad))...)
	return changes, unknown, nil
}

func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

var (
	subjectRE = regexp.MustCompile(`^(?:\(\*)?([\pL_][\pL_\p{Nd}]*)(?:\[[^\]]*\])?\)?(?:\.([\pL_][\pL_\p{Nd}]*))?(?:[,:.]|$)`)
	setRE     = regexp.MustCompile(`, method set of \*?([\pL_][\pL_\p{Nd}]*)$`)
)

// subject returns the name that a message of apidiff is about, and the member of it or "". The name is "" when it is of another package.
func subject(message string) (name, member string) {
	head, _, _ := strings.Cut(message, ": ")
	if m := setRE.FindStringSubmatch(head); m != nil {
		return m[1], ""
	}
	if m := subjectRE.FindStringSubmatch(head); m != nil && !strings.Contains(head, "/") {
		return m[1], m[2]
	}
	return "", ""
}

// implemented names the interfaces that a type implemented before and does not any more. apidiff names one, each time another one.
func implemented(name string, before, after *types.Package) string {
	old, new := before.Scope().Lookup(name), after.Scope().Lookup(name)
	if old == nil || new == nil {
		return "an interface that it did"
	}
	var names []string
	for _, n := range before.Scope().Names() {
		is, ok1 := interfaceOf(before.Scope().Lookup(n))
		now, ok2 := interfaceOf(after.Scope().Lookup(n))
		if ok1 && ok2 && n != name && types.Implements(old.Type(), is) && !types.Implements(new.Type(), now) {
			names = append(names, n)
		}
	}
	if names == nil {
		return "an interface that it did"
	}
	return strings.Join(names, ", ")
}

func interfaceOf(obj types.Object) (*types.Interface, bool) {
	if t, ok := obj.(*types.TypeName); ok && !t.IsAlias() {
		i, ok := t.Type().Underlying().(*types.Interface)
		return i, ok
	}
	return nil, false
}

// place returns the object that a name means, or its member: in the version after if it is there.
func place(name, member string, before, after *types.Package) (obj types.Object, gone bool) {
	if obj = after.Scope().Lookup(name); obj != nil {
		return memberOf(obj, member, after), false
	}
	if obj = before.Scope().Lookup(name); obj != nil {
		return memberOf(obj, member, before), true
	}
	return nil, false
}

func memberOf(obj types.Object, member string, pkg *types.Package) types.Object {
	if t, ok := obj.(*types.TypeName); ok && member != "" {
		if m, _, _ := types.LookupFieldOrMethod(t.Type(), true, pkg, member); m != nil && m.Pkg() == pkg {
			return m
		}
	}
	return obj
}
