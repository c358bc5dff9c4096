package people

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A claim is a mail with a full name that uses it.
type claim struct{ mail, name string }

// claimOf returns the mail as it joins people, and the full name; "" where there is none. A mail that a host made up is one for all of its forms.
func (j *joiner) claimOf(id Ident) claim {
	mail := lower(strings.TrimSpace(id.Mail))
	if _, login, ok := github(mail); ok {
		mail = "login " + login
	} else if len(j.mailKeys(id)) == 0 {
		mail = "" // of many people or machines: it joins nobody
	}
	name := ""
	if nameKey(id.Name) != "" {
		name = foldName(id.Name)
	}
	return claim{mail, name}
}

// findForeign finds the mails that somebody used who is somebody else, as after an evening at another's machine: two full names that share no word, each with a
// mail of its own that the other does not have. Such a mail is of the name that made most commits with it, and joins nobody with the others.
func (j *joiner) findForeign(idents []Ident, counts []int) {
	uses := map[string]map[string]int{} // commits by mail and name
	owns := map[string]map[string]bool{}
	for i, id := range idents {
		if id.Name == "" || id.Mail == "" || j.options.bot(id) {
			continue
		}
		c := j.claimOf(id)
		if c.mail == "" || c.name == "" || j.aliased["mail "+c.mail] || j.aliased["name "+c.name] {
			continue // what the configuration joins stays so
		}
		if uses[c.mail] == nil {
			uses[c.mail] = map[string]int{}
		}
		if owns[c.name] == nil {
			owns[c.name] = map[string]bool{}
		}
		n := 1
		if counts != nil {
			n = counts[i]
		}
		uses[c.mail][c.name] += n
		owns[c.name][c.mail] = true
	}
	for mail, by := range uses {
		if len(by) < 2 {
			continue
		}
		names := slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) })
		for _, name := range names[1:] {
			if strangers(names[0], name) && apart(owns[names[0]], owns[name]) && apart(owns[name], owns[names[0]]) {
				if j.foreign == nil {
					j.foreign, j.contested = map[claim]bool{}, map[string]bool{}
				}
				j.foreign[claim{mail, name}], j.contested[mail] = true, true
			}
		}
	}
}

// strangers reports whether two folded names share no word, initials left out. Names in two scripts can be one person's, and say nothing.
func strangers(a, b string) bool {
	latin := func(s string) bool { return strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") }
	if latin(a) != latin(b) {
		return false
	}
	words := strings.Fields(b)
	for w := range strings.FieldsSeq(a) {
		if len(w) > 2 && slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// apart reports whether a has something that b has not.
func apart(a, b map[string]bool) bool {
	for m := range a {
		if !b[m] {
			return true
		}
	}
	return false
}
