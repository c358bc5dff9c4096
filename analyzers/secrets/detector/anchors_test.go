package detector

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

func TestAnchors(t *testing.T) {
	for pattern, want := range map[string]string{
		`ghp_[0-9a-zA-Z]{36}`:                  "ghp_ 0/0 36/0",
		`(?i)\b(p8e-[a-z0-9]{2})(?:[\s;]|$)`:   "p8e- 0/0 9/1",
		`xox[bp]-[01]`:                         "xoxb-0 0/0 0/0, xoxb-1 0/0 0/0, xoxp-0 0/0 0/0, xoxp-1 0/0 0/0",
		`[\w.-]{0,50}?(?:key|token)\s{1,20}=.`: "key 50/0 25/20, token 50/0 25/20",
		`passw(?:or)?d\n.*`:                    "passwd\n 0/0 ∞/0, password\n 0/0 ∞/0",
		`a+secret`:                             "secret ∞/0 0/0",
		`-----BEGIN[\s\S]+?-----END`:           "-----begin 0/0 ∞/∞",
		`[^x]{2}abc`:                           "abc 8/2 0/0",
		`(?i)ſtop`:                             "stop 0/0 0/0", // which is the same: it is asked only where the text has no ſ
		`[a-z]{20}`:                            "",
		`(?:abc|[a-z]{3})[a-z]{2}`:             "",
		`(?:abc)?def?`:                         "abcde 0/0 0/0, abcdef 0/0 0/0, de 0/0 0/0, def 0/0 0/0",
		`é[a-z]`:                               "",
	} {
		re, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range anchorsOf(re) {
			got = append(got, fmt.Sprintf("%s %s %s", a.word, show(a.before), show(a.after)))
		}
		slices.Sort(got)
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s: anchors %q, want %q", pattern, s, want)
		}
	}
}

func show(e extent) string {
	return strings.ReplaceAll(fmt.Sprintf("%d/%d", e.bytes, e.newlines), fmt.Sprint(unbounded), "∞")
}

func TestTailReach(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		ahead, behind int // of the text as what follows, and as what comes before
	}{
		{`[0-9]{3}`, "1234", 3, 3},
		{`[0-9]{3}`, "12", -1, -1},
		{`[0-9]{2,}x?`, "12x", 3, 3},
		{`[0-9]{2}x`, "12x3", 3, -1},
		{`(?:a|bc)*`, "abca", 4, 4},
		{`\ba$`, "ab", 1, -1}, // what an assertion asks is not asked
		{`é`, "é", 4 - 2, 4 - 2},
		{`.`, "\n", -1, -1},
		{`(?s).`, "\n", 1, 1},
		{`(?i)K`, "k", 1, 1},
		{``, "abc", 0, 0},
		{`a+`, strings.Repeat("a", maxReach+1), maxReach, maxReach},
		{`[^x]{0,900}[0-9]`, "abc", maxReach, maxReach}, // too long to be made: anything may be
	} {
		re, err := syntax.Parse(test.pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := newTail([]*syntax.Regexp{re}, false).reach(test.text); got != test.ahead {
			t.Errorf("%s after a word, %.20q: reach %d, want %d", test.pattern, test.text, got, test.ahead)
		}
		if got := newTail([]*syntax.Regexp{re}, true).reach(test.text); got != test.behind {
			t.Errorf("%s before a word, %.20q: reach %d, want %d", test.pattern, test.text, got, test.behind)
		}
	}
}
