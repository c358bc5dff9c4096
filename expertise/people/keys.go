package people

import (
	"strconv"
	"strings"
	"unicode"
)

// noreply is the domain of mails that GitHub gives to who hides the own one: "LOGIN@…" before July 2017, "ID+LOGIN@…" since (GitHub Docs,
// "Email addresses reference").
const noreply = "users.noreply.github.com"

// github returns the account behind a mail; number is "" in old ones.
func github(mail string) (number, login string, ok bool) {
	local, domain, _ := strings.Cut(mail, "@")
	if domain != noreply || local == "" {
		return "", "", false
	}
	if n, l, plus := strings.Cut(local, "+"); plus && n != "" && strings.Trim(n, "0123456789") == "" {
		return n, l, l != ""
	}
	return "", local, true
}

// account notes which account has a login: a login that its owner gave up can be taken by another.
func (j *joiner) account(id Ident) {
	if number, login, ok := github(lower(strings.TrimSpace(id.Mail))); ok && number != "" {
		if j.accounts[login] == nil {
			j.accounts[login] = map[string]bool{}
		}
		j.accounts[login][number] = true
	}
}

// shared reports whether a login was of several accounts.
func (j *joiner) shared(login string) bool { return len(j.accounts[login]) > 1 }

// genericLocals are local parts that many people have.
var genericLocals = map[string]bool{"": true, "root": true, "admin": true, "administrator": true, "nobody": true, "noreply": true, "no-reply": true, "donotreply": true,
	"do-not-reply": true, "none": true, "unknown": true, "user": true, "git": true, "you": true, "your": true, "example": true, "devnull": true, "ubuntu": true, "vagrant": true,
	"info": true, "mail": true, "email": true, "test": true, "(no author)": true, "no-author": true}

// mailKeys returns what joins an ident by its mail.
func (j *joiner) mailKeys(id Ident) []string {
	mail := lower(strings.TrimSpace(id.Mail))
	if mail == "" {
		// A trailer may name a login, or what a host calls somebody in one word.
		if name := strings.ToLower(strings.TrimSpace(id.Name)); name != "" && !strings.ContainsAny(name, " \t") && !genericName(name) {
			return []string{"login " + strings.TrimPrefix(name, "@")}
		}
		return nil
	}
	if j.aliased["mail "+mail] {
		return []string{"mail " + mail} // generic or not: somebody said whose it is
	}
	if number, login, ok := github(mail); ok {
		var keys []string
		if number != "" {
			keys = append(keys, "account "+number)
		}
		if !j.shared(login) {
			keys = append(keys, "login "+login)
		}
		return append(keys, "mail "+mail)
	}
	local, domain, _ := strings.Cut(mail, "@")
	if genericLocals[local] || local == domain || domain == "localhost" || strings.HasPrefix(domain, "localhost.") ||
		strings.HasSuffix(domain, "(none)") || strings.HasSuffix(domain, ".local") || strings.HasSuffix(domain, ".localdomain") {
		return nil // of many people or machines: equal only with the name
	}
	keys := []string{"mail " + mail}
	if group, ok := j.options.domain[domain]; ok {
		keys = append(keys, "group "+strconv.Itoa(group)+" "+local)
	}
	return keys
}

// genericWords are words that are in names of nobody, in small letters.
var genericWords = map[string]bool{"root": true, "unknown": true, "admin": true, "administrator": true, "nobody": true, "anonymous": true, "noreply": true, "user": true,
	"author": true, "actions": true, "bot": true, "server": true, "system": true, "team": true, "developer": true, "developers": true, "your": true, "build": true,
	"ci": true, "localhost": true, "none": true, "null": true, "test": true, "(none)": true, "contributors": true, "authors": true, "maintainers": true, "committer": true}

// genericName reports whether a name is one that programs or many people have.
func genericName(folded string) bool {
	for w := range strings.FieldsSeq(folded) {
		if genericWords[strings.TrimPrefix(w, "@")] {
			return true
		}
	}
	return false
}

// nameKey returns what joins idents of the same full name: two words or more, one of them no initial. A name that is short says too little:
// below seven bytes it joined strangers in real histories.
func nameKey(name string) string {
	folded := foldName(name)
	words, long := 0, false
	for w := range strings.FieldsSeq(folded) {
		words++
		long = long || len(w) > 2
	}
	if words < 2 || !long || len(folded) < 7 || genericName(folded) {
		return ""
	}
	return "name " + folded
}

// foldName returns the letters, marks and digits of a name in small letters, with a space for what is between them.
func foldName(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToValidUTF8(name, " ") {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
