package people

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// An ID numbers the people of a [Directory] from 0 on, in the order in which the first ident of each came.
type ID int32

// None is nobody.
const None ID = -1

// An Alias is one person by what the configuration says. Logins are those of a host, without "@".
type Alias struct {
	Name   string   `yaml:"name"`   // how the person is shown; empty = as history has it
	Mails  []string `yaml:"mails"`  // in any case
	Names  []string `yaml:"names"`  // other full names, in any case
	Logins []string `yaml:"logins"` // in any case
}

// Options say how idents are joined. The zero Options are right for most repositories.
type Options struct {
	Mailmap *Mailmap

	// Aliases are people whom a .mailmap does not join, such as those with logins.
	Aliases []Alias

	// Bots are further names and mails of programs, in any case; * stands for any text.
	Bots []string

	// Domains are groups of mail domains in which the same local part is the same person, such as {"example.com", "corp.example.com"}.
	Domains [][]string

	bots   []*regexp.Regexp
	domain map[string]int // group by domain
}

// check makes o ready to use.
func (o *Options) check() error {
	var errs []error
	o.domain = map[string]int{}
	for i, b := range o.Bots {
		if strings.Trim(b, "* ") == "" {
			errs = append(errs, fmt.Errorf("bots[%d]: %q is everybody", i, b))
			continue
		}
		re, err := wildcard(b)
		if err != nil {
			errs = append(errs, fmt.Errorf("bots[%d]: %w", i, err))
			continue
		}
		o.bots = append(o.bots, re)
	}
	for i, group := range o.Domains {
		for j, d := range group {
			d = lower(d)
			switch g, ok := o.domain[d]; {
			case d == "" || strings.ContainsAny(d, "@ *"):
				errs = append(errs, fmt.Errorf("domains[%d][%d]: %q is no domain", i, j, d))
			case ok && g != i:
				errs = append(errs, fmt.Errorf("domains[%d][%d]: %q is in domains[%d] too", i, j, d, g))
			default:
				o.domain[d] = i
			}
		}
	}
	for i, a := range o.Aliases {
		if len(a.Mails)+len(a.Names)+len(a.Logins) == 0 {
			errs = append(errs, fmt.Errorf("aliases[%d]: has no mails, names or logins", i))
		}
	}
	return errors.Join(errs...)
}

// Join finds the people of idents. Duplicates are fine. Errors name each wrong option.
func Join(idents []Ident, o Options) (*Directory, error) { return JoinCounted(idents, nil, o) }

// JoinCounted is Join of idents that are there several times each, by counts; nil = once.
func JoinCounted(idents []Ident, counts []int, o Options) (*Directory, error) {
	j, err := newJoiner(o)
	if err != nil {
		return nil, err
	}
	mapped := make([]Ident, len(idents))
	first := make(map[Ident]int, len(idents)) // a history has the same ident again and again, and to look at one takes long
	for i, id := range idents {
		if k, ok := first[id]; ok {
			mapped[i] = mapped[k]
			continue
		}
		first[id] = i
		mapped[i] = o.Mailmap.Map(id)
		j.account(id)
		j.account(mapped[i])
	}
	j.findForeign(mapped, counts)
	at := make([]int, len(idents)) // node of each ident
	for i, id := range idents {
		if k := first[id]; k < i {
			at[i] = at[k]
			continue
		}
		at[i] = j.join(id, mapped[i])
	}
	for _, a := range o.Aliases {
		j.alias(a)
	}
	return directory(j, idents, counts, mapped, at), nil
}

// newJoiner makes one that has seen nobody.
func newJoiner(o Options) (*joiner, error) {
	o.bots, o.domain = nil, nil
	if err := o.check(); err != nil {
		return nil, err
	}
	j := &joiner{options: &o, nodes: map[string]int{}, accounts: map[string]map[string]bool{}, aliased: map[string]bool{}}
	for _, a := range o.Aliases {
		for _, k := range a.keys() {
			j.aliased[k] = true
		}
	}
	return j, nil
}

// A joiner is a forest of keys: those in one tree are of one person.
type joiner struct {
	options   *Options
	nodes     map[string]int
	parent    []int
	accounts  map[string]map[string]bool // numbers of GitHub accounts by login
	aliased   map[string]bool            // keys of aliases
	foreign   map[claim]bool             // who has used a mail of somebody else; see findForeign
	contested map[string]bool            // those mails
}

func (j *joiner) node(key string) int {
	n, ok := j.nodes[key]
	if !ok {
		n = len(j.parent)
		j.nodes[key] = n
		j.parent = append(j.parent, n)
	}
	return n
}

func (j *joiner) root(n int) int {
	for j.parent[n] != n {
		j.parent[n] = j.parent[j.parent[n]]
		n = j.parent[n]
	}
	return n
}

// same joins two trees. The older root stays, so that nothing depends on an order but that of the idents.
func (j *joiner) same(a, b int) {
	a, b = j.root(a), j.root(b)
	if a > b {
		a, b = b, a
	}
	j.parent[b] = a
}

// join joins an ident with everybody who has a key of it, and returns its node.
func (j *joiner) join(id, mapped Ident) int {
	keys := j.keysOf(id, mapped)
	own := j.node(keys[0])
	for _, k := range keys[1:] {
		j.same(own, j.node(k))
	}
	return own
}

// keysOf returns what joins an ident with others, its own key first.
func (j *joiner) keysOf(id, mapped Ident) []string {
	keys := []string{"ident " + lower(strings.TrimSpace(mapped.Mail)) + "\x00" + foldName(mapped.Name)}
	if mapped != id {
		// The mail before the map counts only where the map gives it to all names: who shares a mail with others has a line for each.
		if whole := j.options.Mailmap.Map(Ident{Mail: id.Mail}); whole.Mail == mapped.Mail {
			keys = j.keys(keys, Ident{Mail: id.Mail})
		}
	}
	keys = j.keys(keys, mapped)
	if j.options.bot(id) || j.options.bot(mapped) {
		for i := range keys { // programs have keys of their own: none is ever joined with a person
			keys[i] = "bot " + keys[i]
		}
	}
	return keys
}

// keys appends what joins an ident by its mail and by its name.
func (j *joiner) keys(keys []string, id Ident) []string {
	if len(j.foreign) == 0 || !j.foreign[j.claimOf(id)] {
		keys = append(keys, j.mailKeys(id)...)
	}
	if k := "name " + foldName(id.Name); j.aliased[k] || nameKey(id.Name) != "" {
		keys = append(keys, k)
	}
	return keys
}

// keys returns the keys of an alias: those of idents with a mail, a name, or a login.
func (a Alias) keys() []string {
	var keys []string
	for _, m := range a.Mails {
		keys = append(keys, "mail "+lower(strings.TrimSpace(m)))
	}
	for _, n := range a.Names {
		keys = append(keys, "name "+foldName(n))
	}
	for _, l := range a.Logins {
		keys = append(keys, "login "+lower(strings.TrimPrefix(strings.TrimSpace(l), "@")))
	}
	return keys
}

// links returns the keys of an alias and those of the accounts behind its mails.
func (a Alias) links() []string {
	keys := a.keys()
	for _, m := range a.Mails { // a noreply mail has a login, too
		if _, login, ok := github(lower(strings.TrimSpace(m))); ok {
			keys = append(keys, "login "+login)
		}
	}
	return keys
}

// alias joins what the configuration says is one person; keys that no ident has are kept for the logins.
func (j *joiner) alias(a Alias) {
	first := -1
	for _, k := range a.links() {
		n := j.node(k)
		if first < 0 {
			first = n
		}
		j.same(first, n)
	}
}
