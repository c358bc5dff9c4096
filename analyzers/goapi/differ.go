package goapi

import (
	"go/token"
	"maps"
	"slices"
)

// A version is a package as its tokens tell, before or after a change.
type version struct {
	name    string // in the package clauses; of the first file, as go/build takes it
	sources []*source
	unread  []string // files of which nothing is known, and why: one line each
}

// add takes a file, unless no build does.
func (v *version) add(s *source) {
	if s.never {
		return
	}
	if v.name == "" {
		v.name = s.pkg
	}
	v.sources = append(v.sources, s)
}

// command reports whether a version is a command, which nobody imports.
func (v *version) command() bool {
	return len(v.sources) > 0 && !slices.ContainsFunc(v.sources, func(s *source) bool { return s.pkg != "main" })
}

func (v *version) decls(yield func(*decl) bool) {
	for _, s := range v.sources {
		for _, d := range s.decls {
			if !yield(d) {
				return
			}
		}
	}
}

// declares returns the names that a version declares outside of types.
func (v *version) declares() map[string]bool {
	names := map[string]bool{}
	for d := range v.decls {
		if d.method == "" {
			for _, n := range d.names {
				names[n] = true
			}
		}
	}
	return names
}

// A difference is what changed of a package, as far as tokens tell.
type difference struct {
	gone   []*decl         // that are not there any more, or not as they were
	ask    bool            // it may break who uses the package
	names  map[string]bool // that may be concerned: those of gone, and what mentions one that is not exported
	before []*decl         // all that matters
}

// compare says what changed between two versions.
func compare(before, after *version) *difference {
	d := &difference{names: map[string]bool{}, before: visible(before)}
	is := visible(after)
	had, has := texts(d.before), texts(is)
	for _, old := range d.before {
		if !has[old.text] {
			d.gone = append(d.gone, old)
		}
	}
	d.ask = len(d.gone) > 0 || before.name != after.name
	embeds := slices.ContainsFunc(after.sources, func(s *source) bool { return s.embeds })
	declared, mentioned := before.declares(), map[string]bool{}
	for _, old := range d.before {
		maps.Copy(mentioned, old.idents)
	}
	for _, now := range is {
		if had[now.text] {
			continue
		}
		if now.method != "" {
			d.ask = d.ask || embeds // two embedded types may have it now, so that neither's is had
			continue
		}
		for _, n := range now.names {
			if mentioned[n] && !declared[n] { // it takes the place of what Go or an import declares
				d.ask, d.names[n] = true, true
			}
		}
	}
	d.concern(is)
	return d
}

func texts(decls []*decl) map[string]bool {
	all := map[string]bool{}
	for _, d := range decls {
		all[d.text] = true
	}
	return all
}

// concern adds the names that a change of others may be a change of: exported types stand for themselves where they are mentioned.
func (d *difference) concern(is []*decl) {
	mention := map[string][]*decl{}
	for _, list := range [][]*decl{d.before, is} {
		for _, e := range list {
			for id := range e.idents {
				mention[id] = append(mention[id], e)
			}
		}
	}
	todo := slices.Collect(maps.Keys(d.names))
	for _, g := range d.gone {
		todo = append(todo, g.names...)
	}
	seen := map[string]bool{}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[n] {
			continue
		}
		seen[n], d.names[n] = true, true
		if token.IsExported(n) {
			continue
		}
		for _, e := range mention[n] {
			todo = append(todo, e.names...)
		}
	}
}

// visible returns the declarations of a version that others can see, or that something depends on that they can see.
func visible(v *version) []*decl {
	byName, methods := map[string][]*decl{}, map[string][]*decl{}
	for d := range v.decls {
		for _, n := range d.names {
			if d.method != "" {
				methods[n] = append(methods[n], d)
			} else {
				byName[n] = append(byName[n], d)
			}
		}
	}
	taken, waiting := map[*decl]bool{}, map[string][]*decl{} // methods that no interface has asked for, by name
	seen, todo := map[string]bool{}, []string(nil)
	take := func(d *decl) {
		if !taken[d] {
			taken[d] = true
			todo = slices.AppendSeq(todo, maps.Keys(d.idents))
		}
	}
	for d := range v.decls {
		if d.method == "" && d.promised() {
			take(d)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		for _, d := range byName[n] {
			take(d)
		}
		for _, d := range waiting[n] {
			take(d)
		}
		for _, m := range methods[n] {
			switch {
			case token.IsExported(m.method), seen[m.method]:
				take(m)
			default:
				waiting[m.method] = append(waiting[m.method], m)
			}
		}
	}
	var list []*decl
	for d := range v.decls {
		if taken[d] {
			list = append(list, d)
		}
	}
	return list
}
