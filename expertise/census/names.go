package census

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/expertise/people"
)

// names knows who the authors of commits are, and what they are called. To join all people takes much longer than to count the lines of a
// file, so that only those are joined who are asked for, with all who could be the same person or have the same name.
type names struct {
	authors []people.Ident // each once
	counts  []int          // how many commits, by author
	of      []int32        // the author, by the number of a commit
	options people.Options
	optOut  map[string]bool
	key     []byte // of pseudonyms; nil = names are shown

	known  []*person // by author; nil = nobody asked yet
	first  []int32   // by author, the first who is the same person as far as is known
	nearby nearby    // nil = not needed yet
}

type person struct {
	label, mail string
	program     bool
	hidden      bool // wants not to be named
	gone        bool
	shared      bool // others have the same label
}

// add adds an author who is not there yet, and returns the number.
func (n *names) add(id people.Ident) int32 {
	a := int32(len(n.authors)) // #nosec G115 -- at most as many as commits
	n.authors, n.counts = append(n.authors, id), append(n.counts, 0)
	n.known, n.first = append(n.known, nil), append(n.first, a)
	return a
}

// all joins everybody.
func (n *names) all() error {
	return n.join(func(int32) bool { return true })
}

// some joins authors, and whom they cannot be told from without that.
func (n *names) some(wanted []int32) error {
	wanted = slices.DeleteFunc(wanted, func(a int32) bool { return n.known[a] != nil })
	if len(wanted) == 0 {
		return nil
	}
	if len(n.options.Aliases)+len(n.options.Domains) > 0 { // these join people who have no trace in common
		return n.all()
	}
	if n.nearby == nil {
		n.nearby = newNearby(n.authors, n.options.Mailmap)
	}
	near := make([]bool, len(n.authors))
	for _, a := range wanted {
		near[n.nearby[a]] = true
	}
	return n.join(func(a int32) bool { return near[n.nearby[a]] })
}

// join joins the authors that are asked for and not known.
func (n *names) join(asked func(author int32) bool) error {
	var idents []people.Ident
	var counts []int // the name that somebody has used most is theirs
	for i, id := range n.authors {
		if a := int32(i); n.known[a] == nil && asked(a) { // #nosec G115 -- likewise
			idents, counts = append(idents, id), append(counts, n.counts[a])
		}
	}
	dir, err := people.JoinCounted(idents, counts, n.options)
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
	p.label, p.mail, p.program = known.Name, known.Mail, known.Bot
	for _, mail := range known.Mails {
		p.hidden = p.hidden || n.optOut[lower(mail)]
	}
	switch {
	case p.hidden:
		p.label, p.mail = Somebody, ""
	case n.key != nil:
		// The first mail in the alphabet and not a number: it stays what it is while others come and go.
		identity := "name " + p.label
		if len(known.Mails) > 0 {
			identity = "mail " + known.Mails[0]
		}
		p.label, p.mail = pseudonym(n.key, identity), ""
	default:
		// A name that is a mail would put it into pages, which have none.
		local, _, _ := strings.Cut(cmp.Or(p.label, p.mail), "@")
		p.label = cmp.Or(local, Somebody)
	}
}

// nearby puts authors into groups that have nothing to do with each other: by author, one author of the group. Who has a trace in common with another
// one, directly or through others, is in its group. It knows less than package people of who is the same person, and puts together more, so
// that whoever that joins, or would be shown by one name, is in one group.
type nearby []int32

func newNearby(authors []people.Ident, mailmap *people.Mailmap) nearby {
	b := make(nearby, len(authors))
	had := make(map[trace]int32, 3*len(authors))
	var list []trace
	for i, id := range authors {
		a := int32(i) // #nosec G115 -- likewise
		b[a] = a
		list = traces(list[:0], id)
		if mapped := mailmap.Map(id); mapped != id {
			list = traces(list, mapped)
		}
		for _, t := range list {
			if other, ok := had[t]; ok {
				b[b.root(a)] = b.root(other)
			} else {
				had[t] = a
			}
		}
	}
	for i := range b {
		b[i] = b.root(int32(i)) // #nosec G115 -- likewise
	}
	return b
}

func (b nearby) root(a int32) int32 {
	for b[a] != a {
		b[a] = b[b[a]]
		a = b[a]
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
