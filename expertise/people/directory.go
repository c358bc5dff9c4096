package people

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Person is one who wrote, or a program.
type Person struct {
	ID     ID
	Name   string   // the name that a mailmap or alias gives, else the most frequent full one; may be empty, and is as hostile as any text of a commit
	Mail   string   // by which the person is reached: what a mailmap gives, else the one of most commits that no host made up; "" = there is none
	Mails  []string // in small letters, sorted
	Logins []string // at the host, in small letters, sorted
	Bot    bool
}

// A Directory knows the people of a history. It is immutable.
type Directory struct {
	people  []Person
	byIdent map[Ident]ID
	byLogin map[string]ID
	byMail  map[string][]ID // ascending

	joined *joiner // what it was made with
	byRoot map[int]ID
	stored *stored // has everything instead, when it was stored

	once  sync.Once
	again *Directory // the same as it would be stored
	err   error
}

// directory reads the people out of a forest.
func directory(j *joiner, idents []Ident, counts []int, mapped []Ident, at []int) *Directory {
	d := &Directory{byIdent: make(map[Ident]ID, len(idents)), byLogin: map[string]ID{}, byMail: map[string][]ID{}, joined: j}
	byRoot := map[int]ID{}
	d.byRoot = byRoot
	type votes struct {
		names map[string]int
		mails map[string]int
	}
	var all []votes
	for i, id := range idents {
		root := j.root(at[i])
		p, ok := byRoot[root]
		if !ok {
			p = ID(len(d.people)) // #nosec G115 -- one for each of fewer than 2^31 idents
			byRoot[root] = p
			d.people = append(d.people, Person{ID: p, Bot: j.options.bot(id) || j.options.bot(mapped[i])})
			all = append(all, votes{map[string]int{}, map[string]int{}})
		}
		d.byIdent[id] = p
		weight := 1
		if mapped[i] != id {
			weight = 1 << 20 // a mailmap says how its people want to be called
		}
		if name := strings.TrimSpace(mapped[i].Name); name != "" {
			if strings.Contains(name, " ") {
				weight += 1 << 10 // rather a name than a login
			}
			if counts != nil {
				weight *= counts[i]
			}
			all[p].names[name] += weight
		}
		uses := 1
		if counts != nil {
			uses = counts[i]
		}
		for k, m := range []string{id.Mail, mapped[i].Mail} {
			if m = lower(strings.TrimSpace(m)); m == "" {
				continue
			}
			if all[p].mails[m] += uses; k == 1 && mapped[i].Mail != id.Mail {
				all[p].mails[m] += uses << 20 // likewise
			}
		}
	}
	for p := range d.people {
		best := ""
		for name, n := range all[p].names {
			if best == "" || n > all[p].names[best] || n == all[p].names[best] && name < best {
				best = name
			}
		}
		d.people[p].Name = best
		for m := range all[p].mails {
			d.people[p].Mails = append(d.people[p].Mails, m)
			d.byMail[m] = append(d.byMail[m], ID(p)) // #nosec G115 -- an index of the same list
		}
		slices.Sort(d.people[p].Mails)
		d.people[p].Mail = reach(d.people[p].Mails, all[p].mails)
	}
	for key, n := range j.nodes {
		login, ok := strings.CutPrefix(key, "login ")
		if p, known := byRoot[j.root(n)]; ok && known {
			d.byLogin[login] = p
			d.people[p].Logins = append(d.people[p].Logins, login)
		}
	}
	for i := range d.people {
		slices.Sort(d.people[i].Logins)
	}
	d.rename(j, byRoot)
	return d
}

// rename gives people the names of their aliases; the first alias of a person counts.
func (d *Directory) rename(j *joiner, byRoot map[int]ID) {
	for _, a := range slices.Backward(j.options.Aliases) {
		if a.Name == "" {
			continue
		}
		for _, k := range a.keys() {
			if n, ok := j.nodes[k]; ok {
				if p, ok := byRoot[j.root(n)]; ok {
					d.people[p].Name = a.Name
				}
			}
		}
	}
}

// Len returns how many people there are, programs included.
func (d *Directory) Len() int {
	if d.stored != nil {
		return d.stored.len()
	}
	return len(d.people)
}

// Of returns who an ident is, exactly as it was given to [Join]; [None] for others.
func (d *Directory) Of(id Ident) ID {
	if d.stored != nil {
		return d.stored.find(identMark(id))
	}
	if p, ok := d.byIdent[id]; ok {
		return p
	}
	return None
}

// Person returns one of the people; its lists are not to be changed. Others than those that this directory numbered are an empty one with the ID [None].
func (d *Directory) Person(id ID) Person {
	if id < 0 || int(id) >= d.Len() {
		return Person{ID: None}
	}
	if d.stored != nil {
		return d.stored.person(id)
	}
	return d.people[id]
}

// Nobody reports whether a number is of a program, of somebody without name and mail, or of nobody: of whom no person can be asked anything.
func (d *Directory) Nobody(id ID) bool {
	if d.stored != nil {
		return d.stored.nobody(id)
	}
	p := d.Person(id)
	return p.ID == None || p.Bot || strings.TrimSpace(p.Name) == "" && len(p.Mails) == 0
}

// Login returns who has a login at the host, by a noreply mail or an alias; with or without "@", in any case.
func (d *Directory) Login(login string) ID {
	login = lower(strings.TrimPrefix(login, "@"))
	if d.stored != nil {
		return d.stored.find(markOf(loginMark, login))
	}
	if p, ok := d.byLogin[login]; ok {
		return p
	}
	return None
}

// Mail returns who has a mail, in any case; [None] if nobody has, or several: of a mail that two people share nobody can tell which of them is meant.
// Whoever is to leave people out asks [Directory.Mails].
func (d *Directory) Mail(mail string) ID {
	mail = lower(strings.TrimSpace(mail))
	if d.stored != nil {
		return d.stored.find(markOf(mailMark, mail))
	}
	if all := d.byMail[mail]; len(all) == 1 {
		return all[0]
	}
	return None
}

// Mails returns all who have a mail, in any case and ascending order: several, where people of different names have one that many have, such as
// root@localhost.
func (d *Directory) Mails(mail string) []ID {
	mail = lower(strings.TrimSpace(mail))
	var who []ID
	if d.stored != nil {
		who = d.stored.mails(mail)
	} else {
		who = slices.Clone(d.byMail[mail])
	}
	if len(who) > 0 || strings.IndexFunc(mail, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return who
	}
	// Git folds no other letters than those of ASCII, and so do the keys; people do.
	for p := range d.Len() {
		id := ID(p) // #nosec G115 -- at most as many as there are people
		if slices.ContainsFunc(d.Person(id).Mails, func(m string) bool { return strings.EqualFold(m, mail) }) {
			who = append(who, id)
		}
	}
	return who
}
