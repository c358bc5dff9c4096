package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// Unreachable reports lines of the policy's own file that can decide nothing, whatever is pushed, since other lines of it always come
// before them. They are no reason to refuse anything: only "refward policy check" asks. What is in doubt is not reported.
//
// list has the analyzers with the policy's options: it asks each for its rules, which may be slow. An error is of type [Errors].
func (p *Policy) Unreachable(list []*analyzers.Analyzer) error {
	if len(p.written) == 0 {
		return nil
	}
	u := unreachable{p: p, w: &p.written[len(p.written)-1], list: list}
	u.gates("gates", u.w.gates)
	u.classes("", u.w.classes)
	u.globs("protected", p.Protected, asRef)
	if u.has("classify") {
		u.classify()
	}
	if u.has("sections") {
		u.sections()
	}
	return u.errs.Err()
}

// An unreachable looks for what can decide nothing in what one file says.
type unreachable struct {
	p    *Policy
	w    *written
	list []*analyzers.Analyzer
	errs Errors
}

func (u *unreachable) has(path string) bool { _, ok := u.w.at[path]; return ok }

// bad reports the line at path, if the file has one.
func (u *unreachable) bad(path, hint, format string, args ...any) {
	if at, ok := u.w.at[path]; ok {
		u.errs = append(u.errs, at.Error(hint, "%s: "+format, append([]any{path}, args...)...))
	}
}

// line names the place of another key of the file.
func (u *unreachable) line(path string) string { return fmt.Sprintf("line %d", u.w.at[path].Line) }

// gates reports a coarse key of which every rule has a key of its own beside it. A key per group is not enough: an analyzer may come to
// have more groups, and rules that are in none, and the presets provide for that.
func (u *unreachable) gates(path string, gates Gates) {
	for key := range gates {
		name, group, fine := strings.Cut(key, "/")
		i := slices.IndexFunc(u.list, func(a *analyzers.Analyzer) bool { return a.Name == name })
		if i < 0 || fine && !slices.Contains(u.list[i].Groups, group) {
			continue
		}
		n, covered := 0, true
		for _, r := range u.list[i].Rules() {
			if fine && r.Group == "" {
				covered = false // its findings may be of the group
			}
			if fine && r.Group != group {
				continue
			}
			_, own := gates[name+"/"+r.ID]
			n, covered = n+1, covered && own
		}
		if n > 0 && covered {
			u.bad(path+"."+key, "remove the line, or keys below it", "decides nothing: each of the rules has a key of its own here")
		}
	}
}

func (u *unreachable) classes(prefix string, classes ClassesGates) {
	for class, gates := range classes {
		u.gates(prefix+"classes."+string(class), gates)
	}
}

// asRef returns the full name that an entry without wildcards stands for; "" when it depends on the repository.
func asRef(entry string) string {
	switch {
	case entry == "HEAD":
		return ""
	case strings.HasPrefix(entry, "refs/"):
		return entry
	}
	return branches + entry
}

// globs reports entries of a list that an earlier one covers: the same, or one that matches a plain name. full returns the full name of a
// plain entry; nil: globs of paths.
func (u *unreachable) globs(path string, list []string, full func(string) string) {
	if !u.has(path) {
		return
	}
	for i, entry := range list {
		for k, earlier := range list[:i] {
			covered := earlier == entry
			if plain := !strings.ContainsAny(entry, `*?[\`); !covered && plain && full == nil {
				covered = doublestar.MatchUnvalidated(earlier, entry)
			} else if !covered && plain {
				name := full(entry)
				covered = name != "" && matchRef(earlier, name, "")
			}
			if covered {
				u.bad(item(path, i), "remove it", "%q is covered by %q before it", entry, list[k])
				break
			}
		}
	}
}

func (u *unreachable) classify() {
	rules := u.p.Classify
	for i, r := range rules {
		path := item("classify", i)
		u.globs(path+".branches", r.Branches, asRef)
		u.globs(path+".paths", r.Paths, nil)
		for k, earlier := range rules[:i] {
			if earlier.Class == r.Class && wider(earlier.Branches, r.Branches) && wider(earlier.Paths, r.Paths) && wider(lower(earlier.Types), lower(r.Types)) &&
				earlier.MinLines <= r.MinLines && earlier.MinFiles <= r.MinFiles {
				u.bad(path, "remove it", "whatever it names is a %s by the entry on %s already", r.Class, u.line(item("classify", k)))
				break
			}
		}
	}
}

// wider reports whether a condition that names a holds wherever one that names b does. No names: it holds anywhere.
func wider(a, b []string) bool {
	if len(a) == 0 {
		return true
	}
	return len(b) > 0 && !slices.ContainsFunc(b, func(entry string) bool { return !slices.Contains(a, entry) })
}

func lower(words []string) []string {
	var all []string
	for _, w := range words {
		all = append(all, strings.ToLower(w))
	}
	return all
}

func (u *unreachable) sections() {
	sections := u.p.Sections
	for i, s := range sections {
		path := item("sections", s.number)
		u.globs(path+".refs", s.Refs, asRef)
		u.globs(path+".paths", s.Paths, nil)
		u.gates(path+".gates", s.Gates)
		u.classes(path+".", s.Classes)
		for _, later := range sections[i+1:] {
			if wider(later.Refs, s.Refs) && wider(later.Paths, s.Paths) && wider(later.Repositories, s.Repositories) {
				u.overridden(path, &s, &later)
			}
		}
	}
}

// overridden reports the gates of a section that a later one replaces, where both count. How a mode counts depends on other things too.
func (u *unreachable) overridden(path string, s, later *Section) {
	by := item("sections", later.number)
	report := func(key, sub string, gates Gates, over string) {
		analyzer, _, _ := strings.Cut(key, "/")
		for _, k := range slices.Compact([]string{key, analyzer}) {
			if _, ok := gates[k]; ok && !u.reported(sub) {
				u.bad(sub, "remove it, or put the section after the other", "the section on %s always decides instead, by %s%s", u.line(by), over, k)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Gates)) {
		report(key, path+".gates."+key, later.Gates, "gates.")
	}
	for class, gates := range s.Classes {
		for _, key := range slices.Sorted(maps.Keys(gates)) {
			sub := path + ".classes." + string(class) + "." + key
			report(key, sub, later.Gates, "gates.")
			report(key, sub, later.Classes[class], "classes."+string(class)+".")
		}
	}
}

// reported reports whether something was said of a path.
func (u *unreachable) reported(path string) bool {
	at := u.w.at[path]
	return slices.ContainsFunc(u.errs, func(e *Error) bool { return (strict.Place{File: e.File, Line: e.Line, Column: e.Column}) == at })
}
