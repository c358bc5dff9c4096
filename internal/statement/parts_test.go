package statement

import (
	"testing"

	"github.com/refward/refward/analyzers"
)

// Each commit is read once, and each person has one part in it, the greatest.
func TestPartsAreByPersonInAnyCase(t *testing.T) {
	one := &analyzers.Commit{ID: "1", Message: "feat: one\n\nCo-authored-by: Bob <BOB@example.com>\nCo-authored-by: Ada <ada@example.com>\n"}
	one.Author.Email, one.Committer.Email = "Ada@example.com", "ada@example.com"
	two := &analyzers.Commit{ID: "2", Message: "feat: two\n"}
	two.Author.Email, two.Committer.Email = "carl@example.com", "\u017fue@example.com"
	list := parts([]*analyzers.Commit{one, two})
	for mail, want := range map[string]string{
		"ADA@example.com": "wrote", "bob@example.com": "is named as a co-author of", "Carl@example.com": "wrote",
		"sue@example.com": "committed", "SUE@example.com": "committed",
	} {
		if got := list[fold(mail)]; len(got) != 1 || got[0].How != want {
			t.Errorf("%s: %d parts, want one that %s", mail, len(got), want)
		}
	}
	if got := list[fold("dan@example.com")]; got != nil {
		t.Errorf("somebody else has %d parts", len(got))
	}
}
