package review

import (
	"context"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// A reviewer judges one change. It is not safe for concurrent use.
type reviewer struct {
	opts       Options
	change     *analyzers.Change
	directory  Directory // nil = there is none
	signatures bool      // they can be judged
	pushers    bool      // it can be asked who pushes
	judged     map[string]Signature

	parents [][]int          // of each commit, as indexes into change.Commits; -1 = not new
	people  []people         // of each commit
	brings  []int            // of each merge: the new parent that it brings as it is, with all that it joins; -1 = it decides something
	at      []int            // scratch: the place of each commit in the ref at hand, -1 = not among its
	steps   int              // that were taken through new commits for merges
	added   map[string]int64 // lines by commit; nil = not counted yet
	skipped []analyzers.Skip
	login   func(mail string) string
}

// people are those whom a commit names, by mail.
type people struct {
	authors   []string // author and Co-authored-by
	made      []string // these and the committer
	reviewers []string // of the trailers Reviewed-by and Approved-by
}

// maxTrailers bounds the trailers of one commit that are looked at.
const maxTrailers = 50

// prepare reads what is the same for all refs.
func (v *reviewer) prepare(ctx context.Context) error {
	commits := v.change.Commits
	index := make(map[string]int, len(commits))
	for i, k := range commits {
		index[k.ID] = i
	}
	v.login = func(mail string) string {
		if v.directory == nil {
			return ""
		}
		return v.directory.Person(mail)
	}
	v.parents, v.people = make([][]int, len(commits)), make([]people, len(commits))
	v.brings, v.at = make([]int, len(commits)), make([]int, len(commits))
	for i, k := range commits {
		v.at[i], v.brings[i] = -1, -1
		for _, parent := range k.Parents {
			p, new := index[parent]
			if !new {
				p = -1
			}
			v.parents[i] = append(v.parents[i], p)
		}
		v.people[i] = peopleOf(k)
	}
	for i := range commits {
		v.brings[i] = v.wholesale(i)
	}
	return ctx.Err()
}

// wholesale returns the new parent whose tree a merge has, as it is, if all that is joined is in that parent's history; else -1. So a branch that is up to
// date comes in by "git merge --no-ff". A merge that takes one side's version of a file and the other's of the next leaves no file that differs from every
// parent, and can undo what was mended on either side: no list of files tells it from a clean one.
func (v *reviewer) wholesale(i int) int {
	k := v.change.Commits[i]
	if !k.Joins() {
		return -1
	}
	for n, p := range v.parents[i] {
		if p < 0 || v.change.Commits[p].Tree != k.Tree {
			continue
		}
		reached := map[string]bool{k.Parents[n]: true}
		todo := []int{p}
		seen := map[int]bool{p: true}
		for len(todo) > 0 {
			c := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for m, parent := range v.parents[c] {
				reached[v.change.Commits[c].Parents[m]] = true
				if parent >= 0 && !seen[parent] {
					seen[parent] = true
					todo = append(todo, parent)
				}
			}
			if v.steps++; v.steps > maxSteps {
				return -1 // nobody has so many merges; to ask for an approval is safe
			}
		}
		if !slices.ContainsFunc(k.Parents, func(id string) bool { return !reached[id] }) {
			return p
		}
	}
	return -1
}

// maxSteps bounds the walks through new commits that merges ask for.
const maxSteps = 5_000_000

func peopleOf(k *analyzers.Commit) people {
	var p people
	add := func(list *[]string, mail string) {
		if mail != "" && !slices.ContainsFunc(*list, func(m string) bool { return strings.EqualFold(m, mail) }) {
			*list = append(*list, mail)
		}
	}
	m := message.Parse(k.Message)
	add(&p.authors, k.Author.Email)
	add(&p.made, k.Author.Email)
	for i, t := range m.Trailers {
		switch {
		case i >= maxTrailers:
		case strings.EqualFold(t.Key, "Reviewed-by"), strings.EqualFold(t.Key, "Approved-by"):
			add(&p.reviewers, message.Mail(t.Value))
		}
	}
	for _, mail := range m.CoAuthors() { // all of them: who is hidden behind others has still made it
		add(&p.authors, mail)
		add(&p.made, mail)
	}
	add(&p.made, k.Committer.Email)
	return p
}

// A person is somebody who approves, by a signature or by the mail of a trailer.
type person struct {
	name   string   // for people
	mail   string   // "" = not known
	logins []string // whose it may be, where people are known
	signer string   // of a signature: whose the key is; "" = not known
	key    string   // of a signature
	owns   func(mail string) bool
}

// named returns the person with a mail.
func (v *reviewer) named(mail string) person {
	return person{name: mail, mail: mail, logins: loginsOf(v.login(mail))}
}

// signedBy returns the person who has signed a statement.
func signedBy(t *analyzers.Tag, s Signature) person {
	p := person{name: s.Signer, logins: s.Logins, signer: s.Signer, key: s.Key, owns: s.Owns}
	if p.has(t.Tagger.Email) {
		p.mail = t.Tagger.Email
	}
	if p.name == "" {
		p.name = s.Key
	}
	return p
}

func loginsOf(login string) []string {
	if login == "" {
		return nil
	}
	return []string{login}
}

// has reports whether a mail is the person's by itself, people aside.
func (p *person) has(mail string) bool {
	return mail != "" && (strings.EqualFold(p.mail, mail) || p.owns != nil && p.owns(mail))
}

// same reports whether two are one.
func (p *person) same(q *person) bool {
	return slices.ContainsFunc(p.logins, func(login string) bool { return slices.Contains(q.logins, login) }) || p.key != "" && p.key == q.key || p.signer != "" && p.signer == q.signer || p.has(q.mail) || q.has(p.mail)
}

// among reports whether the person is one of those with the mails.
func (v *reviewer) among(p *person, mails []string) bool {
	return slices.ContainsFunc(mails, func(mail string) bool {
		login := v.login(mail)
		return p.has(mail) || login != "" && slices.Contains(p.logins, login)
	})
}
