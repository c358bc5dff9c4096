package analyzers

import "testing"

func TestShorten(t *testing.T) {
	for s, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc…", "äöüß": "äöü…", "a\x1b[2J": "a\uFFFD[…", "a\nb": "a\uFFFDb", "\xff": "\uFFFD"} {
		if got := Shorten(s, 3); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}
