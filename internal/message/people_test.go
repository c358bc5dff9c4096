package message_test

import (
	"slices"
	"testing"

	"github.com/refward/refward/internal/message"
)

func TestMail(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "Bob": "", "Bob <>": "", "Bob <bob>": "",
		"Bob <bob@example.com>": "bob@example.com", "Bob < bob@example.com >": "bob@example.com", "Bob <bob@example.com": "bob@example.com",
		"bob@example.com": "bob@example.com", "Bob bob@example.com": "bob@example.com", "Bob (bob@example.com)": "bob@example.com",
		"<mailto:bob@example.com>": "bob@example.com", "Bob <x> bob@example.com": "bob@example.com",
	} {
		if got := message.Mail(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestCoAuthors(t *testing.T) {
	t.Parallel()
	m := message.Parse("s\n\nb\n\nco-AUTHORED-by: bob@example.com\nReviewed-by: Eve <eve@example.com>\nCo-authored-by: A <a@example.com>, B <b@example.com>\nCo-authored-by: Nobody\n")
	if got, want := m.CoAuthors(), []string{"bob@example.com", "a@example.com", "b@example.com"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
