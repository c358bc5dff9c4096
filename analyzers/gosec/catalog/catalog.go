// Package catalog lists gosec's rules, without linking gosec.
package catalog

import "slices"

// A Rule is one rule of gosec.
type Rule struct {
	ID      string // such as "G401"
	SSA     bool   // it needs SSA, and with it complete types; else it looks at the syntax tree
	CWE     string // number in the Common Weakness Enumeration, as gosec gives it
	Summary string // one line: what is wrong
	Why     string // why it matters
	Fix     string // how to mend it
}

// Rules returns all rules, by id.
func Rules() []Rule { return slices.Clone(rules) }

// Lookup returns the rule with an id.
func Lookup(id string) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// NeedSSA reports whether one of the rules that are to run needs SSA: those that are included, or all, without those that are excluded.
func NeedSSA(include, exclude []string) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool {
		return r.SSA && !slices.Contains(exclude, r.ID) && (len(include) == 0 || slices.Contains(include, r.ID))
	})
}
