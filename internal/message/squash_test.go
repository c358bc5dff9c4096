package message

import "testing"

func TestWithoutSquash(t *testing.T) {
	for subject, want := range map[string]string{
		"":                             "",
		"fix: a":                       "fix: a",
		"fixup! fix: a":                "fix: a",
		"squash! fixup!amend!  fix: a": "fix: a",
		"amend!":                       "",
		"fix: fixup! a":                "fix: fixup! a",
	} {
		if got := WithoutSquash(subject); got != want {
			t.Errorf("%q: got %q, want %q", subject, got, want)
		}
	}
}
