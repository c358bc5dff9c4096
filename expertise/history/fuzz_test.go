package history

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
)

// What is accepted is what would have been written, byte for byte, whatever the checksum is made of; and a state that is none is no reason to fall over.
func FuzzDecode(f *testing.F) {
	state, err := activity.New(nil).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	x := &Index{Tip: strings.Repeat("a", 40), idents: []people.Ident{{Name: "Ada", Mail: "ada@example.com"}, {}}, day: 19000, count: map[uint32]int{0: 3, 5: 1}}
	whole := x.encode(state)
	f.Add(whole[:len(whole)-sha256.Size])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body)
		data := append(bytes.Clone(body), sum[:]...)
		s, err := decode(data)
		if err != nil {
			return
		}
		if again := s.x.encode(s.state); !bytes.Equal(again, data) {
			t.Fatalf("%q is read, %q is written", data, again)
		}
		_, _ = activity.Unmarshal(s.state, nil)
	})
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
