package rulepack

import (
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestRecall counts the files that carry a credential in which something is found, by the stock rules and with the pack.
func TestRecall(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/recall.txtar")
	if err != nil {
		t.Fatal(err)
	}
	pack, base := alone(t, Config()), stock(t)
	before, after := 0, 0
	for _, f := range archive.Files {
		text := strings.ReplaceAll(string(f.Data), mark, "")
		known := len(found(t, base, f.Name, text)) > 0
		ours := found(t, pack, f.Name, text)
		if known {
			before++
		}
		switch {
		case known || len(ours) > 0:
			after++
		default:
			t.Logf("missed: %s", f.Name)
		}
	}
	n := len(archive.Files)
	t.Logf("%d files: stock rules %d (%d %%), with the pack %d (%d %%)", n, before, before*100/n, after, after*100/n)
	if n < 40 || after*100 < 80*n {
		t.Errorf("found in %d of %d files, want 80 %%", after, n)
	}
}
