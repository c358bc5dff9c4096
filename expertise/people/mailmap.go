package people

import (
	"bytes"
	"strings"
)

// An Ident is the name and mail that a commit or trailer states. Either may be empty.
type Ident struct {
	Name string
	Mail string
}

// A Mailmap maps idents to those that their owners want (gitmailmap(5)). The nil Mailmap maps nothing. It is immutable.
type Mailmap struct {
	byMail map[string]*mapping // by mail in small letters
}

// A mapping is what is known of a mail.
type mapping struct {
	all    *Ident           // for all names; nil = nothing
	byName map[string]Ident // by name in small letters
}

// ParseMailmap reads a .mailmap as git reads that of a blob (git-config(1), mailmap.blob). There are no errors: git passes over what it can't
// read, and a file that hides half of a history for one wrong line would be worse.
//
// Beyond what gitmailmap(5) says, and as "git check-mailmap" does it: "#" begins a comment at the start of a line only; names are
// trimmed, mails are not; a line without a first mail counts for nothing; what is behind a second mail counts for nothing; of lines for one mail
// without a name the last of each part counts, of lines for one mail and name the last; only ASCII letters are equal in any case; the byte 0
// ends the file.
func ParseMailmap(data []byte) *Mailmap {
	if end := bytes.IndexByte(data, 0); end >= 0 {
		data = data[:end]
	}
	m := &Mailmap{byMail: map[string]*mapping{}}
	for line := range strings.SplitSeq(string(data), "\n") {
		m.add(line)
	}
	return m
}

// add adds what a line says.
func (m *Mailmap) add(line string) {
	if strings.HasPrefix(line, "#") {
		return
	}
	first, rest, ok := contact(line)
	if !ok || first.Mail == "" {
		return
	}
	key, to := Ident{Mail: first.Mail}, Ident{Name: first.Name}
	if second, _, ok := contact(rest); ok {
		key, to.Mail = second, first.Mail
	}
	mail := lower(key.Mail)
	at := m.byMail[mail]
	if at == nil {
		at = &mapping{}
		m.byMail[mail] = at
	}
	if key.Name != "" {
		if at.byName == nil {
			at.byName = map[string]Ident{}
		}
		at.byName[lower(key.Name)] = to
		return
	}
	if at.all == nil {
		at.all = &Ident{}
	}
	if to.Name != "" {
		at.all.Name = to.Name
	}
	if to.Mail != "" {
		at.all.Mail = to.Mail
	}
}

// contact reads "NAME <MAIL>" and returns what follows it.
func contact(s string) (id Ident, rest string, ok bool) {
	name, s, ok := strings.Cut(s, "<")
	if !ok {
		return Ident{}, "", false
	}
	mail, rest, ok := strings.Cut(s, ">")
	return Ident{strings.Trim(name, " \t\n\r"), mail}, rest, ok
}

// Map returns the ident that the map has for one, or the same.
func (m *Mailmap) Map(id Ident) Ident {
	if m == nil {
		return id
	}
	at := m.byMail[lower(id.Mail)]
	if at == nil {
		return id
	}
	to, ok := at.byName[lower(id.Name)]
	if !ok {
		if at.all == nil {
			return id
		}
		to = *at.all
	}
	if to.Name != "" {
		id.Name = to.Name
	}
	if to.Mail != "" {
		id.Mail = to.Mail
	}
	return id
}

// lower returns s with its ASCII letters small: git knows no others here.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
