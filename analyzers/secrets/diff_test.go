package secrets

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/bench/gitleaks"
)

// On more than 20 MB of real added lines the analyzer finds what gitleaks finds: the same rules in the same files, lines and
// columns, the same secrets, as often. The library's plain Detector is one judge, with the stock rules and with a configuration of a user;
// the command is the other. The lines are sources of our own dependencies and made-up texts for each rule.
// REFWARD_DIFF_REPO names a repository to compare on instead.
func TestSameAsGitleaks(t *testing.T) {
	repo := os.Getenv("REFWARD_DIFF_REPO")
	made := repo == ""
	if made {
		list := modules
		if testing.Short() {
			list = list[:fewModules]
		}
		repo = history(t, list)
	}
	hunks := readLog(t, repo)
	t.Logf("%d hunks, %d bytes", len(hunks), hunks.bytes())
	if made && !testing.Short() && hunks.bytes() < 20e6 {
		t.Errorf("%d bytes of added lines, want 20 MB", hunks.bytes())
	}

	stock := sync.OnceValue(func() []analyzers.Finding { return findings(t, analyzer(t, parity("")), changeOf(hunks)) })

	t.Run("Detector", func(t *testing.T) {
		tell(t, stockReference(t).differences(t, stock(), hunks))
		enough(t, places(stock()), made, 180)
	})
	t.Run("Detector, user configuration", func(t *testing.T) {
		some := hunks.everyThirdFile() // of rules without keywords the plain Detector is slow
		found := findings(t, analyzer(t, parity(userRules)), changeOf(some))
		tell(t, userReference(t).differences(t, found, some))
		enough(t, places(found), made, 60)
		for _, rule := range []string{
			"own-group", "own-bare", "own-lines", "own-body", "own-typed", "own-name", "own-pair", "own-generic", "own-far-keyword",
		} {
			if made && !testing.Short() && !slices.ContainsFunc(found, func(f analyzers.Finding) bool { return f.Rule == rule }) {
				t.Errorf("rule %s finds nothing to compare", rule)
			}
		}
	})
	t.Run("command", func(t *testing.T) {
		program := os.Getenv("REFWARD_GITLEAKS") // one that is built already, of the right version
		if program == "" {
			var err error
			if program, err = gitleaks.Build(t.Context(), t.TempDir()); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(t.TempDir(), "report.json")
		if out, err := gitleaks.Command(t.Context(), program, repo, "", file).CombinedOutput(); err != nil {
			t.Fatalf("gitleaks: %v: %s", err, out)
		}
		theirs, err := gitleaks.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		var starts gitleaks.Hunks
		for _, h := range hunks {
			starts.Add(h.Commit, h.Path, h.Start)
		}
		whole := stockReference(t).whole
		ours := gitleaks.Ours(stock())
		tell(t, gitleaks.Compare(gitleaks.Normal(theirs, &starts, func(rule string) bool { return whole[rule] }), ours))
		enough(t, ours, made, 180)
	})
}

// tell fails the test for each difference, up to a few: what is wrong with one is wrong with many.
func tell(t *testing.T, list []gitleaks.Difference) {
	t.Helper()
	for i, d := range list {
		if i == 20 {
			t.Errorf("and %d more differences", len(list)-i)
			break
		}
		t.Error(d)
	}
}

// enough fails the test of which both sides find too little to compare.
func enough(t *testing.T, found gitleaks.Places, made bool, wantRules int) {
	t.Helper()
	rules := map[string]bool{}
	total := 0
	for p, n := range found {
		rules[p.Rule] = true
		total += n
	}
	t.Logf("%d findings of %d rules", total, len(rules))
	if made && (total < 500 || len(rules) < wantRules) {
		t.Errorf("%d findings of %d rules are too few to compare", total, len(rules))
	}
}
