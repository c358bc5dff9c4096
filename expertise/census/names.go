package census

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/expertise/people"
)

// names knows who the authors of commits are, and what they are called. To join all people takes much longer than to count the lines of a
// file, so that only those are joined who are asked for, with all who could be the same person or have the same name.
type names struct {
	authors []people.Ident // each once
	of      []int32        // the author, by the number of a commit
	options people.Options
	optOut  map[string]bool
	key     []byte // of pseudonyms; nil = names are shown

	known  []*person // by author; nil = nobody asked yet
	first  []int32   // by author, the first who is the same person as far as is known
	nearby *nearby   // nil = not needed yet
}

type person struct {
	label, mail string
	program     bool
	hidden      bool // wants not to be named
	gone        bool
	shared      bool // others have the same label
}

func newNames(idents []people.Ident) *names {
	n := &names{of: make([]int32, len(idents))}
	number := map[people.Ident]int32{}
	for i, id := range idents {
		k, ok := number[id]
		if !ok {
			k = int32(len(n.authors)) // #nosec G115 -- at most as many as commits
			number[id] = k
			n.authors = append(n.authors, id)
			n.first = append(n.first, k)
		}
		n.of[i] = k
	}
	n.known = make([]*person, len(n.authors))
	return n
}

// all joins everybody.
func (n *names) all() error {
	n.look()
	return n.join(func(int32) bool { return true })
}

// some joins authors, and whom they cannot be told from without that.
func (n *names) some(wanted []int32) error {
	n.look()
	near := map[int32]bool{}
	for _, a := range wanted {
		if n.known[a] == nil {
			near[n.nearby.group[a]] = true
		}
	}
	if len(near) == 0 {
		return nil
	}
	return n.join(func(a int32) bool { return near[n.nearby.group[a]] })
}

func (n *names) look() {
	if n.nearby == nil {
		n.nearby = newNearby(n.authors, n.options.Mailmap)
	}
}

// join joins the authors that are asked for and not known.
func (n *names) join(asked func(author int32) bool) error {
	var idents []people.Ident
	once := make([]bool, len(n.authors))
	for _, a := range n.of {
		if n.known[a] != nil || once[a] || !asked(a) {
			continue
		}
		// The name that somebody has used most is theirs, so that each counts as often as it comes: where there is more than one.
		once[a] = !n.nearby.named[n.nearby.group[a]].several
		idents = append(idents, n.authors[a])
	}
	dir, err := people.Join(idents, n.options)
	if err != nil {
		return err
	}
	list := make([]person, dir.Len())
	first := make([]int32, dir.Len())
	for i := range first {
		first[i] = -1
	}
	for i, id := range n.authors {
		a := int32(i) // #nosec G115 -- likewise
		if n.known[a] != nil || !asked(a) {
			continue
		}
		who := dir.Of(id)
		if first[who] < 0 {
			first[who] = a
		}
		n.known[a], n.first[a] = &list[who], first[who]
		list[who].hidden = list[who].hidden || n.optOut[lower(id.Mail)]
	}
	called := map[string]int{}
	for i := range list {
		n.call(&list[i], dir.Person(people.ID(i))) // #nosec G115 -- likewise
		called[list[i].label]++
	}
	for i := range list {
		list[i].shared = called[list[i].label] > 1 && list[i].label != Somebody
	}
	return nil
}

// call says what a person is called.
func (n *names) call(p *person, known people.Person) {
	p.label, p.program = known.Name, known.Bot
	for _, mail := range known.Mails {
		if p.mail == "" {
			p.mail = mail
		}
		p.hidden = p.hidden || n.optOut[lower(mail)]
	}
	switch {
	case p.hidden:
		p.label, p.mail = Somebody, ""
	case n.key != nil:
		// The first mail in the alphabet and not a number: it stays what it is while others come and go.
		identity := "mail " + p.mail
		if p.mail == "" {
			identity = "name " + p.label
		}
		p.label, p.mail = pseudonym(n.key, identity), ""
	default:
		// A name that is a mail would put it into pages, which have none.
		local, _, _ := strings.Cut(cmp.Or(p.label, p.mail), "@")
		p.label = cmp.Or(local, Somebody)
	}
}

// nearby puts authors into groups that have nothing to do with each other: who has a trace in common with another one, directly or through others,
// is in its group. It knows less than package people of who is the same person, and puts together more, so that whoever that joins, or would be
// shown by one name, is in one group.
type nearby struct {
	group []int32 // by author: one author of the group
	named []naming
}

// A naming says what a group calls itself.
type naming struct {
	name    string
	several bool
}

func newNearby(authors []people.Ident, mailmap *people.Mailmap) *nearby {
	b := &nearby{group: make([]int32, len(authors)), named: make([]naming, len(authors))}
	mapped := make([]people.Ident, len(authors))
	had := make(map[trace]int32, 3*len(authors))
	var list []trace
	for i, id := range authors {
		a := int32(i) // #nosec G115 -- likewise
		b.group[a] = a
		mapped[a] = mailmap.Map(id)
		list = traces(list[:0], id)
		if mapped[a] != id {
			list = traces(list, mapped[a])
		}
		for _, t := range list {
			if other, ok := had[t]; ok {
				b.group[b.root(a)] = b.root(other)
			} else {
				had[t] = a
			}
		}
	}
	for i := range authors {
		g := b.root(int32(i)) // #nosec G115 -- likewise
		b.group[i] = g
		switch name, now := strings.TrimSpace(mapped[i].Name), &b.named[g]; {
		case name == "" || name == now.name:
		case now.name == "":
			now.name = name
		default:
			now.several = true
		}
	}
	return b
}

func (b *nearby) root(a int32) int32 {
	for b.group[a] != a {
		b.group[a] = b.group[b.group[a]]
		a = b.group[a]
	}
	return a
}

// A trace is a hash: two that are equal by chance put two groups into one, which costs time and changes no answer.
type trace = uint64

// traces adds what an ident may have in common with another one of the same person or the same label: the mail; the name, and what stands before "@" in
// it, as letters and digits only; where there is no name, or the host made up the mail, what stands before "@" in that with its parts.
func traces(list []trace, id people.Ident) []trace {
	add := func(s string) bool {
		t, ok := letters(s)
		if !ok {
			t = exactly(strings.TrimSpace(s)) // of all who are nobody, if nothing is left
		}
		list = append(list, t)
		return ok
	}
	mail := lower(id.Mail)
	if mail != "" {
		list = append(list, exactly(mail))
	}
	named := add(id.Name)
	if before, _, ok := strings.Cut(id.Name, "@"); ok {
		add(before)
	}
	if made := strings.Contains(mail, "noreply"); made || !named {
		local, _, _ := strings.Cut(id.Mail, "@")
		add(local)
		if number, login, ok := strings.Cut(local, "+"); ok && made { // as in 123+login@users.noreply.github.com
			add(number)
			add(login)
		}
	}
	return list
}

// The hash is FNV-1a, with 64 bits.
const (
	fnvOffset trace = 14695981039346656037
	fnvPrime  trace = 1099511628211
)

// exactly is the trace of a text as it is.
func exactly(s string) trace {
	h := fnvOffset + 1 // a name is no mail
	for i := range len(s) {
		h = (h ^ trace(s[i])) * fnvPrime
	}
	return h
}

// letters is the trace of the letters, marks and digits of a text in small letters; ok is false where there are none.
func letters(s string) (h trace, ok bool) {
	h = fnvOffset
	for _, r := range s {
		if r >= utf8.RuneSelf && (r == utf8.RuneError || !unicode.In(r, unicode.L, unicode.M, unicode.N)) {
			continue
		}
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		} else if r >= utf8.RuneSelf {
			r = unicode.ToLower(r)
		} else if !('a' <= r && r <= 'z' || '0' <= r && r <= '9') {
			continue
		}
		h, ok = (h^trace(r))*fnvPrime, true // #nosec G115 -- not negative
	}
	return h, ok
}
