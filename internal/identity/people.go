package identity

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/crypto/ssh"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
	"github.com/refward/refward/internal/signed"
)

// A Person is somebody who may push.
type Person struct {
	Login string   `yaml:"-"`
	Mails []string `yaml:"mails"` // with which the person commits, in any case
	Keys  []string `yaml:"keys"`  // SSH keys: lines of authorized_keys(5) without options
	GPG   []string `yaml:"gpg"`   // fingerprints of GPG keys, 40 hexadecimal digits or more
}

// Has reports whether a mail is the person's, in any case.
func (p Person) Has(mail string) bool {
	return mail != "" && slices.ContainsFunc(p.Mails, func(own string) bool { return strings.EqualFold(own, mail) })
}

// People say whose a login, a mail and a key is. The nil People is nobody.
type People struct {
	byLogin map[string]Person
	byKey   map[string]string // login by fingerprint
	byMail  map[string]string // login by mail in lower case; of several, the first one's in their order
}

// Len returns the number of people.
func (p *People) Len() int { return len(p.byLogin) }

// ParsePeople reads a file of people: YAML, in which every unknown key is an error; name is for messages.
//
//	version: 1
//	people:
//	  ada:                                 # the login, as the host gives it
//	    mails: [ada@example.com]
//	    keys: ["ssh-ed25519 AAAA…"]
//	    gpg: [0123456789ABCDEF0123456789ABCDEF01234567]
func ParsePeople(name string, data []byte) (*People, error) {
	doc, err := strict.Document(name, data)
	if err != nil {
		return nil, err
	}
	var file struct {
		Version int               `yaml:"version"`
		People  map[string]Person `yaml:"people"`
	}
	d := strict.Decoder{File: name}
	d.Struct("", doc, reflect.ValueOf(&file).Elem(), nil)
	if err := d.Errs.Err(); err != nil {
		return nil, err
	}
	if file.Version != 1 {
		return nil, fmt.Errorf("%s: want version: 1", name)
	}
	p := &People{byLogin: map[string]Person{}, byKey: map[string]string{}, byMail: map[string]string{}}
	for _, login := range slices.Sorted(maps.Keys(file.People)) {
		person := file.People[login]
		person.Login = login
		if err := p.add(person); err != nil {
			return nil, fmt.Errorf("%s: people.%s: %w", name, strict.Printable(login), err)
		}
	}
	return p, nil
}

func (p *People) add(person Person) error {
	if person.Login == "" || !oneLine(person.Login) {
		return fmt.Errorf("want a login")
	}
	for _, mail := range person.Mails {
		if before, after, ok := strings.Cut(mail, "@"); !ok || before == "" || after == "" || !oneLine(mail) || strings.ContainsAny(mail, " <>*?") {
			return fmt.Errorf("%.60q is no mail", mail)
		}
	}
	var prints []string
	for _, line := range person.Keys {
		keys, err := signed.ParseKeys("keys", []byte(line))
		if err != nil || len(keys) != 1 {
			return fmt.Errorf("want one public key an entry, such as \"ssh-ed25519 AAAA…\": %w", err)
		}
		prints = append(prints, ssh.FingerprintSHA256(keys[0].Public()))
	}
	for _, print := range person.GPG {
		print = strings.ToUpper(strings.ReplaceAll(print, " ", ""))
		if n := len(print); n != 40 && n != 64 || strings.Trim(print, "0123456789ABCDEF") != "" {
			return fmt.Errorf("%.80q is no fingerprint: want 40 or 64 hexadecimal digits, as gpg --fingerprint shows them", print)
		}
		prints = append(prints, print)
	}
	for _, print := range prints {
		if other, ok := p.byKey[print]; ok {
			return fmt.Errorf("the key %s is %s's too", print, strict.Printable(other))
		}
		p.byKey[print] = person.Login
	}
	for _, mail := range person.Mails {
		if low := strings.ToLower(mail); p.byMail[low] == "" {
			p.byMail[low] = person.Login
		}
	}
	p.byLogin[person.Login] = person
	return nil
}

func oneLine(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// Of returns who a pusher is: by the login, else by the key of the connection.
func (p *People) Of(who analyzers.Identity) (Person, bool) {
	if p == nil || who.Source == "" {
		return Person{}, false
	}
	if who.Name != "" {
		person, ok := p.byLogin[who.Name]
		return person, ok
	}
	return p.OfKey(who.Key)
}

// OfKey returns whose a key is, by its fingerprint as a [Verdict] has it.
func (p *People) OfKey(fingerprint string) (Person, bool) {
	if p == nil || fingerprint == "" {
		return Person{}, false
	}
	login, ok := p.byKey[fingerprint]
	return p.byLogin[login], ok
}

// OfMail returns whose a mail is, in any case.
func (p *People) OfMail(mail string) (Person, bool) {
	if p == nil || mail == "" {
		return Person{}, false
	}
	login, ok := p.byMail[strings.ToLower(mail)]
	return p.byLogin[login], ok
}

// Having returns the logins of those of whom a mail is meant, sorted.
func (p *People) Having(is func(mail string) bool) []string {
	if p == nil {
		return nil
	}
	var logins []string
	for _, login := range slices.Sorted(maps.Keys(p.byLogin)) {
		if slices.ContainsFunc(p.byLogin[login].Mails, is) {
			logins = append(logins, login)
		}
	}
	return logins
}
