package people_test

import (
	"slices"
	"testing"

	"github.com/refward/refward/expertise/people"
)

// Somebody who made a few commits at another's machine stays who they are, and so does the other.
func TestForeignMail(t *testing.T) {
	t.Parallel()
	ident := func(name, mail string) people.Ident { return people.Ident{Name: name, Mail: mail} }
	ada, adaNoreply := ident("Ada Arden", "ada@x.org"), ident("Ada Arden", "aarden@users.noreply.github.com")
	ben, benAtAdas := ident("Ben Bell", "ben@x.org"), ident("Ben Bell", "aarden@users.noreply.github.com")
	bens2nd := ident("Benedict Bell", "ben@x.org")
	for name, c := range map[string]struct {
		idents  []people.Ident
		counts  []int
		options people.Options
		same    bool // Ada and Ben are one
	}{
		"at her machine":            {[]people.Ident{ada, adaNoreply, ben, benAtAdas, bens2nd}, []int{40, 2, 200, 1, 3}, people.Options{}, false},
		"and has no mail of his":    {[]people.Ident{ada, adaNoreply, benAtAdas}, []int{40, 2, 1}, people.Options{}, true}, // a name that changed
		"and she has no mail":       {[]people.Ident{adaNoreply, ben, benAtAdas}, []int{2, 200, 1}, people.Options{}, true},
		"in another script":         {[]people.Ident{ada, adaNoreply, ident("Бен Белл", "ben@x.org"), ident("Бен Белл", "aarden@users.noreply.github.com")}, []int{40, 2, 200, 1}, people.Options{}, true},
		"a word is the same":        {[]people.Ident{ada, adaNoreply, ident("Ada Bell", "ben@x.org"), ident("Ada Bell", "aarden@users.noreply.github.com")}, []int{40, 2, 200, 1}, people.Options{}, true},
		"the configuration says so": {[]people.Ident{ada, adaNoreply, ben, benAtAdas}, []int{40, 2, 200, 1}, people.Options{Aliases: []people.Alias{{Mails: []string{"ada@x.org", "ben@x.org"}}}}, true},
	} {
		dir, err := people.JoinCounted(c.idents, c.counts, c.options)
		if err != nil {
			t.Fatal(err)
		}
		first, last := dir.Of(c.idents[0]), dir.Of(c.idents[slices.IndexFunc(c.idents, func(i people.Ident) bool { return i.Name != c.idents[0].Name })])
		if (first == last) != c.same {
			t.Errorf("%s: one person %v, want %v", name, first == last, c.same)
		}
	}
	dir, err := people.JoinCounted([]people.Ident{ada, adaNoreply, ben, benAtAdas, bens2nd}, []int{40, 2, 200, 1, 3}, people.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if who := dir.Person(dir.Of(benAtAdas)); who.Name != "Ben Bell" || who.Mail != "ben@x.org" || who.ID != dir.Of(bens2nd) {
		t.Errorf("%+v", who)
	}
	if who := dir.Person(dir.Of(adaNoreply)); who.Name != "Ada Arden" || who.Mail != "ada@x.org" {
		t.Errorf("%+v", who)
	}
}

// Who is to be asked is reached by the mail that they use, not by the first one in the alphabet, which anybody can have.
func TestReach(t *testing.T) {
	t.Parallel()
	idents := []people.Ident{{Name: "Ada Arden", Mail: "zz@x.org"}, {Name: "Ada Arden", Mail: "aaa@evil.example"}, {Name: "Ada Arden", Mail: "1+ada@users.noreply.github.com"}}
	dir, err := people.JoinCounted(idents, []int{40, 1, 500}, people.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if who := dir.Person(0); who.Reach() != "zz@x.org" || dir.Len() != 1 {
		t.Errorf("%+v", who)
	}
	dir, err = people.JoinCounted(idents, []int{40, 1, 500}, people.Options{Mailmap: people.ParseMailmap([]byte("Ada Arden <new@x.org> <aaa@evil.example>\n"))})
	if err != nil {
		t.Fatal(err)
	}
	if who := dir.Person(0); who.Reach() != "new@x.org" {
		t.Errorf("a mailmap says otherwise: %+v", who)
	}
}

// A list of those who are not to be named is written by people, to whom Ü and ü are one letter.
func TestMailsInAnyCase(t *testing.T) {
	t.Parallel()
	dir, err := people.Join([]people.Ident{{Name: "Uwe Umlaut", Mail: "MÜLLER@example.com"}, {Name: "Ada Arden", Mail: "ada@example.com"}}, people.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := dir.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	stored, err := people.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*people.Directory{dir, stored} {
		for _, mail := range []string{"müller@example.com", "MÜLLER@EXAMPLE.COM"} {
			if who := d.Mails(mail); !slices.Equal(who, []people.ID{0}) {
				t.Errorf("%s is of %v", mail, who)
			}
		}
		if who := d.Mails("möller@example.com"); len(who) > 0 {
			t.Errorf("somebody else is %v", who)
		}
	}
}
