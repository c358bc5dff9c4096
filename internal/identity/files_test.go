package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/objectsig"
)

const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

func TestParseSigners(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{ // "" = it is read
		"":                                   "",
		"  # a comment":                      "",
		"ada@example.com " + someKey:         "",
		"a,b\t" + someKey + " and a comment": "",
		`"a b,c" ` + someKey:                 "",
		`a NameSpaces="git",valid-before="20240101Z",cert-authority ` + someKey: "",
		`a valid-after="202401010203" ` + someKey:                               "",
		someKey:                       "want principals",
		"a":                           "want principals",
		"a,,b " + someKey:             "a principal is empty",
		`a "` + someKey:               "a quote is not closed",
		"a namespaces=git " + someKey: "want a value in double quotes",
		`a namespaces="" ` + someKey:  "namespaces are empty",
		`a namespaces="git",namespaces="file" ` + someKey:               "given twice",
		`a valid-before="2024" ` + someKey:                              "is no time",
		`a valid-before="20241301" ` + someKey:                          "is no time",
		`a valid-after="20240102Z",valid-before="20240101Z" ` + someKey: "not later",
		"a no-touch-required " + someKey:                                "want a value",
		`a verify="x" ` + someKey:                                       "there is no option",
		`a cert-authority, ` + someKey:                                  "want a comma and another option",
		"a cert-authority ssh-ed25519 AAAA":                             "damaged",
		"a ssh-dss AAAA":                                                "want principals",
	} {
		_, err := identity.ParseSigners("f", []byte(line))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "f:1: ") || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
	if _, err := identity.ParseRevoked("f", []byte("SSHKRL\n\x00\x00")); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("a binary list: %v", err)
	}
}

func TestParsePeople(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"version: 1\npeople: {ada: {mails: [ada@example.com], keys: [" + someKey + "], gpg: [0123456789ABCDEF0123456789ABCDEF01234567]}}": "",
		"people: {}": "want version: 1",
		"version: 1\npeople: {ada: {mail: [a@b]}}":                                             "unknown key",
		"version: 1\npeople: {ada: {mails: [ada]}}":                                            "is no mail",
		"version: 1\npeople: {ada: {mails: ['*@b.c']}}":                                        "is no mail",
		"version: 1\npeople: {ada: {keys: [AAAA]}}":                                            "want one public key",
		"version: 1\npeople: {ada: {gpg: ['01234567']}}":                                       "is no fingerprint",
		"version: 1\npeople: {ada: {keys: [" + someKey + "]}, bob: {keys: [" + someKey + "]}}": "is ada's too",
		"version: 1\npeople: {ada: {}, ada: {}}":                                               "ada",
	} {
		p, err := identity.ParsePeople("f", []byte(text))
		if want == "" && (err != nil || p.Len() != 1) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	p, err := identity.ParsePeople("f", []byte("version: 1\npeople: {ada: {mails: [ada@example.com]}}"))
	if err != nil {
		t.Fatal(err)
	}
	if person, ok := p.Of(analyzers.Identity{Name: "ada", Source: "http"}); !ok || !person.Has("ADA@example.com") || person.Has("") {
		t.Errorf("%+v, %v", person, ok)
	}
	for _, who := range []analyzers.Identity{{}, {Name: "ada"}, {Name: "bob", Source: "http"}, {Source: "http"}} {
		if _, ok := p.Of(who); ok {
			t.Errorf("%+v is known", who)
		}
	}
}

// FuzzSigners: who is let in by a file is named in it, for git, at that time; and the file is read the same with Windows' line ends.
func FuzzSigners(f *testing.F) {
	for _, seed := range []string{"a@b " + someKey, `a,!b namespaces="git",valid-after="20240101Z" ` + someKey, `"*" cert-authority ` + someKey + " c\n# d\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := identity.ParseSigners("f", data)
		if err != nil {
			return
		}
		if lines := strings.Count(string(data), "\n") + 1; s.Len() > lines || s.Len() > strings.Count(string(data), "AAAA") {
			t.Fatalf("%d keys in %d lines", s.Len(), lines)
		}
		again, err := identity.ParseSigners("f", []byte(strings.ReplaceAll(string(data), "\n", "\r\n")))
		if err != nil || again.Len() != s.Len() {
			t.Fatalf("with CRLF %v: %v", again, err)
		}
	})
}

// FuzzSplit: nothing is added; what is signed has every line that is not a signature's; of a commit, splitting what is signed finds nothing more.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("tree a\ngpgsig -----BEGIN SSH SIGNATURE-----\n b\nmergetag c\n gpgsig d\n\ngpgsig e\n"), true, false)
	f.Add([]byte("object a\n\nm\n-----BEGIN PGP SIGNATURE-----\n"), false, true)
	f.Fuzz(func(t *testing.T, raw []byte, commit, sha256 bool) {
		kind := objectsig.Tag
		if commit {
			kind = objectsig.Commit
		}
		payload, signature := objectsig.Split(kind, raw, sha256)
		if len(payload)+len(signature) > len(raw) {
			t.Fatalf("%q and %q of %q", payload, signature, raw)
		}
		if commit {
			again, more := objectsig.Split(kind, payload, sha256)
			if len(more) > 0 && !strings.Contains(string(payload), "gpgsig") || len(signature) == 0 && !strings.Contains(string(raw), "gpgsig") && string(payload) != string(raw) {
				t.Fatalf("%q, then %q and %q", payload, again, more)
			}
		}
		v := &identity.Verifier{Signers: &identity.Signers{}}
		if status := v.Verify(kind, raw, sha256, time.Unix(1700000000, 0)).Status; status == identity.Good || status == identity.Unsigned != (len(strings.TrimSpace(string(signature))) == 0) {
			t.Fatalf("%s where nobody may sign", status)
		}
	})
}

// FuzzPeople: who is known by a login is in the file, and no key is two people's.
func FuzzPeople(f *testing.F) {
	f.Add([]byte("version: 1\npeople: {ada: {mails: [ada@example.com], keys: ["+someKey+"]}}"), "ada")
	f.Fuzz(func(t *testing.T, data []byte, login string) {
		p, err := identity.ParsePeople("f", data)
		if err != nil {
			return
		}
		person, ok := p.Of(analyzers.Identity{Name: login, Source: "http"})
		if ok && (person.Login != login || login == "" || person.Has("")) {
			t.Fatalf("%q is %+v", login, person)
		}
	})
}
