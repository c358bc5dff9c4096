package rulepack

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/refward/refward/analyzers/secrets/detector"
)

var (
	precision = flag.String("precision", "", "a `directory` of clean source code: list what the pack finds there besides the stock rules")
	quick     = flag.Bool("quick", false, "with -precision, count the findings of the stock rules only in files in which the pack finds something")
)

// asideRE are the parts of a repository that are not ordinary source code.
var asideRE = regexp.MustCompile(`(?i)(?:^|/)(?:[\w.-]*tests?[\w.-]*|testdata|specs?|fixtures?|docs?|documentation|examples?|samples?|guides?|mocks?)/` +
	`|_test\.\w+$|_spec\.rb$|Tests?\.(?:java|kt|php|py)$|(?:^|/)test_[\w.-]+$|\.(?:md|rst|adoc|txt)$|(?:^|/)CHANGELOG`)

// A tally counts findings in a part of a repository.
type tally struct{ bytes, stock, added, beside int }

func (c tally) log(t *testing.T, part string) {
	t.Logf("%s: %.1f MB, stock findings %d, added %d (%.2f per 10 MB), on lines that the stock rules report %d",
		part, float64(c.bytes)/1e6, c.stock, c.added, float64(c.added)/(float64(max(c.bytes, 1))/1e7), c.beside)
}

// TestPrecision counts, in the files of a directory, what the pack finds besides the stock rules. Without -precision it
// runs over this package's own Go code, where there is nothing to find.
func TestPrecision(t *testing.T) {
	root := *precision
	if root == "" {
		root = "."
	}
	pack, base := alone(t, Config()), stock(t)
	var all, code tally
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || *precision == "" && filepath.Ext(path) != ".go" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
			data = nil // a binary file has a name only
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		c := count(t, pack, base, filepath.ToSlash(name), string(data))
		all.add(c)
		if !asideRE.MatchString(filepath.ToSlash(name)) {
			code.add(c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all.log(t, "all files")
	code.log(t, "without tests and documentation")
	if *precision == "" && all.added > 0 {
		t.Errorf("%d findings in this package's own code", all.added)
	}
}

func (c *tally) add(d tally) {
	c.bytes, c.stock, c.added, c.beside = c.bytes+d.bytes, c.stock+d.stock, c.added+d.added, c.beside+d.beside
}

func count(t *testing.T, pack, base *detector.Detector, name, text string) tally {
	var c tally
	if passesOver(t, base, name) {
		return c
	}
	c.bytes = len(text)
	ours := found(t, pack, name, text)
	known := map[int]bool{} // lines that the stock rules report
	if len(ours) > 0 || !*quick {
		for _, f := range found(t, base, name, text) {
			known[f.StartLine] = true
			c.stock++
		}
	}
	for _, f := range ours {
		if known[f.StartLine] {
			c.beside++
			continue
		}
		c.added++
		t.Logf("added: %s %s:%d %.80q in %.200q", f.RuleID, name, f.StartLine, f.Secret, f.Match)
	}
	return c
}
