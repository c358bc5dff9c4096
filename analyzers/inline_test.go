package analyzers_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
)

func TestInlineAllow(t *testing.T) {
	for _, test := range []struct{ lines, want string }{
		{"", ""},
		{"x := 1 // allowed by refward", ""},
		{"x := 1 // refward:allowed secrets by me", ""},
		{"x := 1 // refward:allow-me secrets by me", ""},
		{"x := 1 // refward:allow", analyzers.InlineMark},
		{"x := 1 /* refward:allow */", analyzers.InlineMark},
		{"x := 1 // refward:allow secrets/github-pat", "secrets/github-pat"},
		{"x := 1 // refward:allow  secrets/github-pat\tof the  tests\r", "secrets/github-pat of the tests"},
		{"x = 1; /* refward:allow secrets of the tests */ y = 2", "secrets of the tests"},
		{"<a b=c/> <!-- refward:allow secrets of the tests -->", "secrets of the tests"},
		{"refward:allowed refward:allow secrets of the tests", "secrets of the tests"},
		{"x # gitleaks:allow", "secrets"},
		{"x # gitleaks:allow of the tests", "secrets of the tests"},
		{"x # gitleaks:allow refward:allow secrets/a of the tests", "secrets/a of the tests"},
		{"x # refward:allow secrets/a of the tests gitleaks:allow", "secrets/a of the tests gitleaks:allow"},
		{"first\nsecond # refward:allow secrets/a of the tests\nthird # refward:allow dor no\n", "secrets/a of the tests"},
		{"x # refward:allow secrets \xff\xfe y", "secrets ? y"},
	} {
		if got := analyzers.InlineAllow(test.lines); got != test.want {
			t.Errorf("%q: got %q, want %q", test.lines, got, test.want)
		}
	}
	long := analyzers.InlineAllow("# refward:allow secrets " + strings.Repeat("ä", 1000))
	if n := utf8.RuneCountInString(long); n != 200 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d characters", n)
	}
}

// FuzzInlineAllow: whatever a line holds, the answer is one short line of text, and the same when it is read again.
func FuzzInlineAllow(f *testing.F) {
	for _, seed := range []string{"x // refward:allow secrets/a why */", "gitleaks:allow", "refward:allow\nrefward:allow x", "refward:allow\xff\u202e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		got := analyzers.InlineAllow(lines)
		marked := strings.Contains(lines, analyzers.InlineMark) || strings.Contains(lines, "gitleaks:allow")
		if got != "" && !marked {
			t.Errorf("%q: %q without a mark", lines, got)
		}
		if utf8.RuneCountInString(got) > 200 || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\t") || strings.TrimSpace(got) != got {
			t.Errorf("%q: %q is no short line", lines, got)
		}
		if got == "" || got == analyzers.InlineMark || strings.Contains(got, ":allow") {
			return
		}
		if again := analyzers.InlineAllow("# " + analyzers.InlineMark + " " + got); again != got {
			t.Errorf("%q: read again, %q is %q", lines, got, again)
		}
	})
}
