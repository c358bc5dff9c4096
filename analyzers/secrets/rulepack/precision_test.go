package rulepack

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var precision = flag.String("precision", "", "a `directory` of clean source code, of which to list what the pack finds there besides the stock rules")

// asideRE are the parts of a repository that are not ordinary source code.
var asideRE = regexp.MustCompile(`(?i)(?:^|/)(?:[\w.-]*tests?[\w.-]*|testdata|specs?|fixtures?|docs?|documentation|examples?|samples?|guides?|__tests__|mocks?)/` +
	`|_test\.\w+$|_spec\.rb$|Tests?\.(?:java|kt|php|py)$|(?:^|/)test_[\w.-]+$|\.(?:md|rst|adoc|txt)$|(?:^|/)CHANGELOG`)

// TestPrecision counts, in the files of a directory, what the pack finds besides the stock rules. Without -precision it
// runs over this package's own Go code, where there is nothing to find.
func TestPrecision(t *testing.T) {
	root := *precision
	if root == "" {
		root = "."
	}
	pack, base := alone(t, Config()), stock(t)
	var bytesAll, bytesCode, stockAll, stockCode, added, addedCode, beside int
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !entry.Type().IsRegular() || *precision == "" && filepath.Ext(path) != ".go" {
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
		name = filepath.ToSlash(name)
		for _, list := range base.Config.Allowlists {
			if list.PathAllowed(name) {
				return nil
			}
		}
		code := !asideRE.MatchString(name)
		known := map[string]bool{} // places that the stock rules report
		for _, f := range found(t, base, name, string(data)) {
			known[fmt.Sprint(f.StartLine)] = true
			stockAll++
			if code {
				stockCode++
			}
		}
		bytesAll += len(data)
		if code {
			bytesCode += len(data)
		}
		for _, f := range found(t, pack, name, string(data)) {
			if known[fmt.Sprint(f.StartLine)] {
				beside++
				continue
			}
			added++
			kind := "aside"
			if code {
				addedCode++
				kind = "code"
			}
			match := f.Match
			if len(match) > 160 {
				match = match[:160] + "..."
			}
			t.Logf("%s %s %s:%d %q in %q", kind, f.RuleID, name, f.StartLine, f.Secret, match)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	per := func(n, size int) float64 { return float64(n) / (float64(max(size, 1)) / 1e7) }
	t.Logf("all files: %.1f MB, stock findings %d, added %d (%.2f per 10 MB); on lines that the stock rules report: %d",
		float64(bytesAll)/1e6, stockAll, added, per(added, bytesAll), beside)
	t.Logf("without tests and documentation: %.1f MB, stock findings %d, added %d (%.2f per 10 MB)",
		float64(bytesCode)/1e6, stockCode, addedCode, per(addedCode, bytesCode))
	if *precision == "" && added > 0 {
		t.Errorf("%d findings in this package's own code", added)
	}
	_ = strings.TrimSpace
}
