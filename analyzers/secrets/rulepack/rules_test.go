package rulepack

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestRules holds every rule to what the analyzer expects of it.
func TestRules(t *testing.T) {
	stockIDs := map[string]bool{}
	for _, r := range stockRules(t).Rules {
		stockIDs[r.ID] = true
	}
	seen := map[string]bool{}
	for _, r := range parsed(t, Config()+Personal()).Rules {
		switch {
		case !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(r.ID):
			t.Errorf("%s: the id is not lower case letters and digits, joined by dashes", r.ID)
		case stockIDs[r.ID]:
			t.Errorf("%s: a stock rule has this id", r.ID)
		case seen[r.ID]:
			t.Errorf("%s: the id occurs twice", r.ID)
		}
		seen[r.ID] = true
		if r.Description == "" || len(r.Description) > 80 || strings.Contains(r.Description, ",") || strings.HasSuffix(r.Description, ".") {
			t.Errorf("%s: the description %q is no title", r.ID, r.Description)
		}
		if len(r.Tags) != 1 || !slices.Contains([]string{"provider", "generic", "personal"}, r.Tags[0]) {
			t.Errorf("%s: tags %q", r.ID, r.Tags)
		}
		if len(r.Keywords) == 0 && r.Path == "" && r.Tags[0] != "personal" {
			t.Errorf("%s: neither keywords nor a path: it would be matched against everything", r.ID)
		}
		for _, k := range r.Keywords {
			if k != strings.ToLower(k) {
				t.Errorf("%s: the keyword %q is not in lower case", r.ID, k)
			}
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d rules", len(seen))
	}
}

// The library joins the patterns of an allowlist with bars, and nothing around them: a flag such as (?i) at the start of
// one would hold for all that follow, and a list that is to allow "[a-z]+" would allow every word.
func TestFlagsStayInTheirPattern(t *testing.T) {
	pattern := regexp.MustCompile("'''(.*?)'''")
	lists := 0
	for line := range strings.Lines(Config() + Personal()) {
		if strings.HasPrefix(line, "regex = ") || strings.HasPrefix(line, "path = ") {
			continue
		}
		for _, m := range pattern.FindAllStringSubmatch(line, -1) {
			lists++
			if regexp.MustCompile(`^\(\?[a-zA-Z]+\)`).MatchString(m[1]) {
				t.Errorf("%s: write (?i:...) for (?i)...", m[1])
			}
		}
	}
	if lists < 100 {
		t.Errorf("only %d patterns of allowlists seen", lists)
	}
}

// A list that names a rule which is gone is an error of the library, and one that is short lets placeholders through.
func TestAllowlistsNameEveryRule(t *testing.T) {
	vc := parsed(t, Config())
	if len(vc.Allowlists) != 2 {
		t.Fatalf("%d allowlists, want 2", len(vc.Allowlists))
	}
	var all []string
	for _, r := range vc.Rules {
		all = append(all, r.ID)
		if listed := slices.Contains(vc.Allowlists[1].TargetRules, r.ID); listed != (r.Path != "" && !slices.Contains(readSource, r.ID)) {
			t.Errorf("%s is kept from source code: %v", r.ID, listed)
		}
	}
	if !slices.Equal(vc.Allowlists[0].TargetRules, all) {
		t.Errorf("placeholders are allowed for %d of %d rules", len(vc.Allowlists[0].TargetRules), len(all))
	}
	for _, id := range readSource {
		if !slices.Contains(all, id) {
			t.Errorf("%s reads source code, and is no rule", id)
		}
	}
}
