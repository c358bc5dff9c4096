package secrets

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/refward/refward/analyzers"
)

// surroundings are texts in which a search that is faster than the plain one goes wrong easily. Each gets several texts that rules
// match, and a source of choices.
var surroundings = []struct {
	name string
	text func(d *drawing, secrets []string) string
}{
	{"alone", func(_ *drawing, s []string) string { return s[0] }},
	{"a line", func(_ *drawing, s []string) string { return s[0] + "\n" }},
	{"the first line", func(_ *drawing, s []string) string { return s[0] + "\nx\ny\n" }},
	{"the last line, without its end", func(_ *drawing, s []string) string { return "x\n\ny " + s[0] }},
	{"CRLF", func(_ *drawing, s []string) string { return "a = 1\r\nb = \"" + s[0] + "\"\r\n" + s[1] + "\r\n" }},
	{"CR alone", func(_ *drawing, s []string) string { return "a\r" + s[0] + "\rb\r" + s[1] }},
	{"quoted", func(_ *drawing, s []string) string { return "x := \"" + s[0] + "\"; y = '" + s[1] + "'\n" }},
	{"adjacent", func(_ *drawing, s []string) string { return strings.Join(s, "") }},
	{"in one line", func(_ *drawing, s []string) string { return strings.Join(s, " ") + "\n" }},
	{"twice, and again", func(_ *drawing, s []string) string { return s[0] + " " + s[0] + "\n" + s[0] + "\n\n\n" + s[1] + s[0] }},
	{"many", func(_ *drawing, s []string) string { return strings.Repeat(strings.Join(s, "\n")+"\n", 4) }},
	{"Unicode that folds", func(_ *drawing, s []string) string {
		return "\u212aey \u0130\u0130 " + s[0] + " to\u212aen \u017fecret \u0130d=" + s[1] + "\u0130\u0130\u0130\n"
	}},
	{"letters that fold, for letters", func(_ *drawing, s []string) string {
		return strings.NewReplacer("k", "\u212a", "s", "\u017f").Replace(s[0]) + "\n" + strings.ReplaceAll(s[1], "i", "\u0130") + "\n"
	}},
	{"the other case", func(_ *drawing, s []string) string {
		return strings.ToUpper(s[0]) + "\n" + strings.ToLower(s[1]) + "\n"
	}},
	{"no UTF-8", func(_ *drawing, s []string) string { return "\xff\xfe" + s[0] + "\xc3\n\xe2\x84" + s[1] + "\x80\n" }},
	{"NULs", func(_ *drawing, s []string) string { return "\x00" + s[0] + "\x00\n" + s[1] + "\x00\x00" }},
	{"UTF-16", func(_ *drawing, s []string) string {
		return each(s[0], func(b byte) string { return string([]byte{b, 0}) })
	}},
	{"encoded", func(d *drawing, s []string) string { return "k: " + d.encode(s[0]) + "\nl: '" + d.encode(s[1]) + "'\n" }},
	{"encoded twice", func(d *drawing, s []string) string { return "k: " + d.encode("x "+d.encode(s[0])+"\n") + " " + s[1] }},
	{"encoded deeper than is decoded", func(d *drawing, s []string) string {
		text := s[0]
		for range 7 {
			text = d.encode(text)
			if len(text) > 3000 {
				break
			}
		}
		return text + "\n" + s[1]
	}},
	{"encoded in part", func(d *drawing, s []string) string {
		i, j := len(s[0])/3, len(s[0])/2
		return s[0][:i] + d.encode(s[0][i:j]) + s[0][j:] + " " + each(s[1][:len(s[1])/2], func(b byte) string { return fmt.Sprintf("%%%02x", b) }) + s[1][len(s[1])/2:]
	}},
	{"spoiled", func(d *drawing, s []string) string {
		return d.spoil(s[0]) + "\n" + d.spoil(d.spoil(s[1])) + "\n" + d.spoil(s[2])
	}},
}

// hostilePaths are names that rules and allowlists look at.
var hostilePaths = []string{"a.go", "lib/x_test.go", "conf/testdata/a.yaml", "docs/a.md", "LICENSE", "third_party/a.yml", "go.sum", "a\xff", "", "x.tmpl", "a.p12"}

// The analyzer finds what the plain Detector finds wherever the texts of a rule stand: every stock rule, and every rule of a user's
// configuration, in each of the surroundings.
func TestHostileSurroundings(t *testing.T) {
	for _, test := range []struct {
		name, configuration string
		reference           *reference
	}{{"stock rules", "", stockReference(t)}, {"user configuration", userRules, userReference(t)}} {
		t.Run(test.name, func(t *testing.T) {
			d := seeded(7)
			rules := slices.DeleteFunc(test.reference.rules(), func(r config.Rule) bool { return r.Regex == nil })
			if test.configuration != "" {
				// The stock ones had their turn; what they find beside the others is compared all the same.
				rules = slices.DeleteFunc(rules, func(r config.Rule) bool {
					return !strings.HasPrefix(r.RuleID, "own-") && r.RuleID != "github-pat" && r.RuleID != "aws-access-token"
				})
			}
			var hunks []analyzers.Hunk
			for i, r := range rules {
				for j, s := range surroundings {
					text := s.text(d, []string{d.text(t, r.Regex), d.text(t, r.Regex), d.text(t, pick(d, rules).Regex)})
					// A path of its own for each, so that a difference names rule and surroundings.
					path := fmt.Sprintf("%s/%s/%s", r.RuleID, s.name, hostilePaths[(i+j)%len(hostilePaths)])
					hunks = append(hunks, analyzers.Hunk{Commit: strings.Repeat("ab"[j%2:j%2+1], 40), Path: path, Start: 1 + 40*(j%3), Text: []byte(text)})
				}
			}
			compareHunks(t, test.configuration, test.reference, hunks, len(rules)*8/10)
		})
	}
}

// A line of a megabyte with secrets at its ends and in between, one that can be decoded, and a hunk with hundreds of findings. Of rules
// there are only some in each, since the plain Detector needs a second for each that it looks for in a megabyte.
func TestLongTexts(t *testing.T) {
	ref := stockReference(t)
	d := seeded(3)
	size := 1 << 20
	if testing.Short() {
		size = 1 << 16
	}
	long := func(filling string, ids ...string) string {
		var b strings.Builder
		for i, id := range ids {
			if i > 0 {
				b.WriteString(" " + strings.Repeat(filling, size/len(filling)/(len(ids)-1)) + " ")
			}
			b.WriteString(strings.ReplaceAll(d.text(t, ref.detector.Config.Rules[id].Regex), "\n", " "))
		}
		return b.String()
	}
	hunks := []analyzers.Hunk{
		{Path: "minified.js", Start: 1, Text: []byte("a\n" + long("f(x),", "github-pat", "slack-bot-token", "stripe-access-token") + "\nb\n")},
		{Path: "one-line", Start: 9, Text: []byte(long("0123456789abcdef+/", "github-oauth", "npm-access-token"))},
		{Path: "many", Start: 2, Text: []byte(strings.Repeat("token = \""+token()+"\"\n", 500))},
	}
	compareHunks(t, "", ref, hunks, 5)
}

// compareHunks holds the analyzer against the reference, where at least some rules find something.
func compareHunks(t *testing.T, configuration string, ref *reference, hunks []analyzers.Hunk, rules int) {
	t.Helper()
	found := findings(t, analyzer(t, parity(configuration)), changeOf(hunks))
	tell(t, ref.differences(t, found, hunks))
	seen := map[string]bool{}
	for _, f := range found {
		seen[f.Rule] = true
	}
	t.Logf("%d findings of %d rules in %d hunks, %d bytes", len(found), len(seen), len(hunks), hunkList(hunks).bytes())
	if len(seen) < rules {
		t.Errorf("only %d rules find something, want %d", len(seen), rules)
	}
}
