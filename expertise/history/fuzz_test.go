package history

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
)

// Whatever is accepted, whatever its checksum is made of, can be asked; and what is sound in all its parts is what would have been written, byte for byte.
func FuzzDecode(f *testing.F) {
	for _, o := range []people.Options{{}, {Bots: []string{"*queue*"}, Aliases: []people.Alias{{Name: "Ada", Logins: []string{"ada"}}}}} {
		r, err := rulesOf([]byte("Ada Arden <ada@example.com>\n"), o)
		if err != nil {
			f.Fatal(err)
		}
		idents := []people.Ident{{Name: "Ada", Mail: "ada@example.com"}, {}, {Name: "@ada"}}
		x := &Index{Tip: strings.Repeat("a", 40), State: activity.New(nil), rules: r, idents: appendIdents(nil, idents, []int{3, 0, 1}), day: 19000, count: map[uint32]int{0: 3, 5: 1}}
		if x.People, err = join(nil, nil, newRegister(idents, []int{3, 0, 1}), r); err != nil {
			f.Fatal(err)
		}
		whole, err := x.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(whole[:len(whole)-sha256.Size])
	}
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		data := append(bytes.Clone(body), sum[:]...)
		x, err := decode(data)
		if err != nil {
			return
		}
		for p := range min(x.People.Len(), 9) {
			x.People.Person(people.ID(p))
			x.State.Person(activity.PersonID(p))
		}
		x.State.File("a.go")
		_, _ = x.Of(people.Ident{Name: "@ada"})
		if again := remade(x); again != nil && !bytes.Equal(again, data) {
			t.Fatalf("%q is read, %q is written", data, again)
		}
	})
}

// remade writes anew what an index holds; nil where a part of it is none.
func remade(x *Index) []byte {
	y := &Index{Tip: x.Tip, edge: x.edge, day: x.day, count: x.count}
	idents, commits, err := readIdents(x.idents)
	if err != nil {
		return nil
	}
	y.idents = appendIdents(nil, idents, commits)
	o, err := x.rules.people()
	if err != nil {
		return nil
	}
	if y.rules, err = rulesOf(x.rules.mailmap, o); err != nil || !bytes.Equal(y.rules.options, x.rules.options) {
		return nil
	}
	was, err := x.People.MarshalBinary()
	if err != nil {
		return nil
	}
	if y.People, err = join(nil, nil, newRegister(idents, commits), y.rules); err != nil {
		return nil
	}
	if is, err := y.People.MarshalBinary(); err != nil || !bytes.Equal(is, was) {
		return nil
	}
	state, err := x.State.MarshalBinary()
	if err != nil {
		return nil
	}
	if y.State, err = activity.Unmarshal(state, nil); err != nil {
		return nil
	}
	data, err := y.Bytes()
	if err != nil {
		return nil
	}
	return data
}

func TestContact(t *testing.T) {
	for text, want := range map[string]people.Ident{
		"Ada Arden <ada@example.com>":             {Name: "Ada Arden", Mail: "ada@example.com"},
		"Ada Arden <ada@example.com> # for parts": {Name: "Ada Arden", Mail: "ada@example.com"},
		"ada@example.com":                         {Mail: "ada@example.com"},
		"@ada":                                    {Name: "@ada"},
		"Ada Arden":                               {Name: "Ada Arden"},
		"Ada <ada@example.com":                    {Name: "Ada <ada@example.com"},
		"":                                        {},
	} {
		if got := contact(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
