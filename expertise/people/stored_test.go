package people

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A maker makes idents, mailmaps and aliases out of few names, mails and logins, so that they meet.
type maker struct{ *rand.Rand }

func (m maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m maker) name() string {
	return m.pick("", "ada", "@Bea", "Ada Arden", "ADA  arden", "Bea Bell", "Cy Cole", "Dee Dale", "Bob Bot", "github", "dependabot[bot]", "root", "J Li", "\xffZo\xc3 Ford", "bea")
}

func (m maker) login() string { return m.pick("ada", "bea", "cy", "Dee", "root") }

func (m maker) mail() string {
	switch m.IntN(6) {
	case 0:
		return m.login() + "@" + noreply
	case 1:
		return fmt.Sprint(1+m.IntN(3), "+", m.login(), "@", noreply)
	case 2:
		return m.pick("", "root@localhost", "ci@example.com", "a.b@host.local", "nobody")
	}
	return m.pick("ada", "bea", "cy", "Dee", "x") + "@" + m.pick("example.com", "corp.example.com", "EXAMPLE.com", "other.example")
}

func (m maker) ident() Ident { return Ident{m.name(), m.mail()} }

func (m maker) options() (o Options) {
	var lines strings.Builder
	for range m.IntN(4) {
		fmt.Fprintf(&lines, "%s <%s> ", m.name(), m.mail())
		if m.IntN(2) == 0 {
			fmt.Fprintf(&lines, "%s <%s>", m.pick("", m.name()), m.mail())
		}
		lines.WriteString("\n")
	}
	o.Mailmap = ParseMailmap([]byte(lines.String()))
	for range m.IntN(3) {
		a := Alias{Name: m.pick("", "Al Ias")}
		for range 1 + m.IntN(3) {
			switch m.IntN(3) {
			case 0:
				a.Mails = append(a.Mails, m.mail())
			case 1:
				a.Names = append(a.Names, m.name())
			default:
				a.Logins = append(a.Logins, m.login())
			}
		}
		o.Aliases = append(o.Aliases, a)
	}
	if m.IntN(3) == 0 {
		o.Bots = []string{m.pick("*queue*", "cy@*", "bea bell")}
	}
	if m.IntN(3) == 0 {
		o.Domains = [][]string{{"example.com", "corp.example.com"}}
	}
	return o
}

// joinedWith is what Find is to return: everybody of whom Join makes one with the ident.
func joinedWith(t *testing.T, d *Directory, idents []Ident, id Ident, o Options) []ID {
	t.Helper()
	if p := d.Of(id); p != None {
		return []ID{p}
	}
	again, err := Join(append(slices.Clone(idents), id), o)
	if err != nil {
		t.Fatal(err)
	}
	var out []ID
	for _, known := range idents {
		if again.Of(known) == again.Of(id) && !slices.Contains(out, d.Of(known)) {
			out = append(out, d.Of(known))
		}
	}
	slices.Sort(out)
	return out
}

// To look somebody up says what joining everybody again says; and what is stored answers as what it was stored from.
func TestFindIsJoin(t *testing.T) {
	t.Parallel()
	asked, several, left, shared := 0, 0, 0, 0
	for seed := range uint64(1200) {
		m := maker{rand.New(rand.NewPCG(seed, 3))}
		o := m.options()
		var idents []Ident
		for range 1 + m.IntN(8) {
			idents = append(idents, m.ident())
		}
		d, err := Join(idents, o)
		if err != nil {
			t.Fatal(err)
		}
		data, err := d.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(data)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.MarshalBinary(); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("seed %d: it is written otherwise (%v)", seed, err)
		}
		if s.Len() != d.Len() {
			t.Fatalf("seed %d: %d people, %d are stored", seed, d.Len(), s.Len())
		}
		for p := range ID(d.Len() + 1) {
			if a, b := d.Person(p-1), s.Person(p-1); !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d: %+v is stored as %+v", seed, a, b)
			} else if d.Nobody(p-1) != s.Nobody(p-1) || s.Nobody(p-1) != (b.ID == None || b.Bot || b.Name == "" && b.Mails == nil) {
				t.Fatalf("seed %d: is %+v nobody?", seed, a)
			}
		}
		for range 8 {
			id := m.ident()
			if a, b := d.Of(id), s.Of(id); a != b {
				t.Fatalf("seed %d: %q is %d, in what is stored %d", seed, id, a, b)
			}
			if a, b := d.Mail(id.Mail), s.Mail(id.Mail); a != b {
				t.Fatalf("seed %d: mail %q is %d, in what is stored %d", seed, id.Mail, a, b)
			}
			all := d.Mails(id.Mail)
			if b := s.Mails(id.Mail); !slices.Equal(all, b) {
				t.Fatalf("seed %d: mail %q is of %v, in what is stored of %v", seed, id.Mail, all, b)
			}
			if one := d.Mail(id.Mail); len(all) == 1 && all[0] != one || len(all) != 1 && one != None {
				t.Fatalf("seed %d: mail %q is of %v and of %d", seed, id.Mail, all, one)
			}
			for p := range ID(d.Len()) {
				if has := slices.Contains(d.Person(p).Mails, lower(strings.TrimSpace(id.Mail))); has != slices.Contains(all, p) {
					t.Fatalf("seed %d: mail %q is of %v; has %+v it?", seed, id.Mail, all, d.Person(p))
				}
			}
			shared += min(len(all)/2, 1)
			if l := m.login(); d.Login(l) != s.Login(l) {
				t.Fatalf("seed %d: login %q is %d, in what is stored %d", seed, l, d.Login(l), s.Login(l))
			}
			want := joinedWith(t, d, idents, id, o)
			for _, x := range []*Directory{d, s} {
				got, known, err := x.Find(id, o)
				if err != nil {
					t.Fatal(err)
				}
				if !known {
					left++
				} else if !slices.Equal(got, want) {
					t.Fatalf("seed %d: %q is %v, by joining all %v", seed, id, got, want)
				}
			}
			asked++
			if len(want) > 1 {
				several++
			}
		}
	}
	if shared < asked/1000 {
		t.Errorf("of %d mails %d are of several people: too few to tell", asked, shared)
	}
	if several < asked/100 || left == 0 || left > asked/20 {
		t.Errorf("of %d who were looked up %d are several people, %d are left to Join: too few to tell, or too many", asked, several, left)
	}
}

// A directory does not depend on the order of a map.
func TestStoredAlike(t *testing.T) {
	t.Parallel()
	m := maker{rand.New(rand.NewPCG(1, 1))}
	o := m.options()
	var idents []Ident
	for range 60 {
		idents = append(idents, m.ident())
	}
	var first []byte
	for range 20 {
		d, err := Join(idents, o)
		if err != nil {
			t.Fatal(err)
		}
		data, err := d.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(data, first) {
			t.Fatal("it is written in two ways")
		}
		first = data
	}
}

// FuzzRead: whatever bytes there are, asking is safe.
func FuzzRead(f *testing.F) {
	d, err := Join([]Ident{{"Ada Arden", "ada@example.com"}, {"bea", "1+bea@" + noreply}, {"", ""}}, Options{Aliases: []Alias{{Name: "Bea", Logins: []string{"bea"}}}})
	if err != nil {
		f.Fatal(err)
	}
	data, err := d.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, "Ada Arden", "ada@example.com")
	f.Add([]byte("\x00\x00\x00"), "", "")
	f.Fuzz(func(t *testing.T, data []byte, name, mail string) {
		d, err := Read(data)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Error(err)
			}
			return
		}
		for p := range min(d.Len(), 9) {
			d.Person(ID(p))
		}
		d.Of(Ident{name, mail})
		d.Mail(mail)
		d.Mails(mail)
		d.Login(name)
		if _, _, err := d.Find(Ident{name, mail}, Options{}); err != nil {
			t.Error(err)
		}
	})
}
