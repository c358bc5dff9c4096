package secrets

import (
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/refward/refward/analyzers"
)

// FuzzSameAsGitleaks holds the analyzer against the library's plain Detector on texts that are drawn from the rules' own
// patterns: whatever is a text of some rules, spoiled, encoded and put together in any way, both find the same.
func FuzzSameAsGitleaks(f *testing.F) {
	for _, seed := range []string{"", "\x00", "stock rules", "\x01 rules of a user", strings.Repeat("\x05\x0a\x11", 40), strings.Repeat("\xfe\x31\x07", 60)} {
		f.Add([]byte(seed))
	}
	for n := range 100 {
		f.Add([]byte{byte(n), byte(7 * n)})
	}
	type side struct {
		analyzer  *analyzers.Analyzer
		reference *reference
		rules     []config.Rule // with a pattern
	}
	var sides []side
	for _, s := range []side{
		{analyzer: analyzer(f, parity("")), reference: stockReference(f)},
		{analyzer: analyzer(f, parity(userRules)), reference: userReference(f)},
	} {
		for _, r := range s.reference.rules() {
			if r.Regex != nil {
				s.rules = append(s.rules, r)
			}
		}
		sides = append(sides, s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := drawn(data)
		s := sides[d.below(len(sides))]
		h := analyzers.Hunk{Commit: strings.Repeat("a", 40), Path: pick(d, hostilePaths), Start: 1 + d.below(3), Text: []byte(d.mixture(t, s.rules))}
		if _, err := s.reference.one(h); err != nil {
			return // a text on which the library itself panics: there is nothing to compare
		}
		hunks := []analyzers.Hunk{h}
		list := s.reference.differences(t, findings(t, s.analyzer, changeOf(hunks)), hunks)
		tell(t, list)
		if len(list) > 0 {
			t.Logf("in %q: %q", h.Path, h.Text)
		}
	})
}

// maxMixture bounds a mixture, in bytes: the plain Detector is slow.
const maxMixture = 4000

// mixture puts texts of some rules together.
func (d *drawing) mixture(t testing.TB, rules []config.Rule) string {
	t.Helper()
	var b strings.Builder
	for range 1 + d.below(5) {
		text := d.text(t, pick(d, rules).Regex)
		switch d.below(8) {
		case 0:
			text = d.spoil(text)
		case 1:
			text = d.encode(text)
		case 2:
			text = d.encode(pick(d, odd) + d.encode(text))
		case 3: // only a keyword, which lets a rule look at the others' texts
			if words := pick(d, rules).Keywords; len(words) > 0 {
				text = pick(d, words)
			}
		case 4:
			text += text
		}
		if b.Len()+len(text) > maxMixture {
			break
		}
		b.WriteString(text)
		b.WriteString(pick(d, []string{"", "\n", " ", "\r\n", "\" ", "';\n", "\n\n", pick(d, odd)}))
	}
	return b.String()
}
