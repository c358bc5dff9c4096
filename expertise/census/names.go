package census

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

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
	return n.join(func(int32) bool { return true })
}

// some joins authors, and whom they cannot be told from without that.
func (n *names) some(wanted []int32) error {
	wanted = slices.DeleteFunc(wanted, func(a int32) bool { return n.known[a] != nil })
	if len(wanted) == 0 {
		return nil
	}
	if len(wanted) > len(n.authors)/4 {
		return n.all()
	}
	if n.nearby == nil {
		n.nearby = newNearby(n.authors, n.options.Mailmap)
	}
	near := n.nearby.around(wanted)
	return n.join(func(a int32) bool { return near[a] })
}

// join joins the authors that are asked for and not known.
func (n *names) join(asked func(author int32) bool) error {
	var idents []people.Ident // as often as they come: the name that somebody has used most is theirs
	for _, a := range n.of {
		if n.known[a] == nil && asked(a) {
			idents = append(idents, n.authors[a])
		}
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

// nearby tells which authors can have to do with each other: those with a trace in common, directly or through others. It knows less than
// package people of who is the same person, and puts together more, so that whoever that joins, or would show under one name, is near each other here.
type nearby struct {
	traces [][]string // by author
	have   map[string][]int32
}

func newNearby(authors []people.Ident, mailmap *people.Mailmap) *nearby {
	b := &nearby{traces: make([][]string, len(authors)), have: make(map[string][]int32, 4*len(authors))}
	for i, id := range authors {
		list := traces(nil, id)
		if mapped := mailmap.Map(id); mapped != id {
			list = traces(list, mapped)
		}
		slices.Sort(list)
		b.traces[i] = slices.Compact(list)
		for _, t := range b.traces[i] {
			b.have[t] = append(b.have[t], int32(i)) // #nosec G115 -- likewise
		}
	}
	return b
}

// traces adds what an ident may have in common with another one of the same person or the same label: the name, and what stands before "@" in name and
// mail with its parts, as letters and digits only; all of it where there are none.
func traces(list []string, id people.Ident) []string {
	add := func(s string) {
		if s = letters(s); s != "" {
			list = append(list, s)
		}
	}
	local, _, _ := strings.Cut(id.Mail, "@")
	before, _, _ := strings.Cut(id.Name, "@")
	add(id.Name)
	add(before)
	add(local)
	if number, login, ok := strings.Cut(local, "+"); ok { // as in 123+login@users.noreply.github.com
		add(number)
		add(login)
	}
	if name := strings.TrimSpace(id.Name); letters(name) == "" && name != "" {
		list = append(list, " "+name)
	}
	if mail := lower(id.Mail); letters(local) == "" && mail != "" {
		list = append(list, " "+mail, " "+strings.TrimSpace(local))
	}
	if letters(id.Name)+lower(id.Mail) == "" {
		list = append(list, " ") // all who are nobody
	}
	return list
}

// letters returns the letters, marks and digits of a text in small letters.
func letters(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = 'a' <= s[i] && s[i] <= 'z' || '0' <= s[i] && s[i] <= '9'
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "") {
		if unicode.In(r, unicode.L, unicode.M, unicode.N) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// around returns whom authors are near, themselves included.
func (b *nearby) around(authors []int32) []bool {
	near := make([]bool, len(b.traces))
	seen := map[string]bool{}
	queue := slices.Clone(authors)
	for _, a := range queue {
		near[a] = true
	}
	for len(queue) > 0 {
		a := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, t := range b.traces[a] {
			if seen[t] {
				continue
			}
			seen[t] = true
			for _, other := range b.have[t] {
				if !near[other] {
					near[other] = true
					queue = append(queue, other)
				}
			}
		}
	}
	return near
}
