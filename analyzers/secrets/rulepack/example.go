package rulepack

import (
	_ "embed"
	"strings"
	"sync"
)

// exampleFile has a line for each rule: id, path, a text in which it finds something and one in which it does not, between tabs. It is
// made of testdata, by a test.
//
//go:embed examples.txt
var exampleFile string

var exampleLines = sync.OnceValue(func() map[string][]string {
	lines := map[string][]string{}
	for line := range strings.Lines(exampleFile) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) == 4 {
			lines[f[0]] = f[1:]
		}
	}
	return lines
})

// Example returns some lines in which a rule finds something, its secrets left out, and some that it lets pass. "" for what is none of
// the pack's rules.
func Example(rule string) string {
	e := exampleLines()[rule]
	if e == nil {
		return ""
	}
	path, found, passes := e[0], unescaped.Replace(e[1]), unescaped.Replace(e[2])
	text := "# found, in " + path + "\n" + found
	if found == "" {
		text = "# found: the file itself\n" + path
	}
	if passes != "" {
		text += "\n# passes\n" + passes
	}
	return text
}

// unescaped puts a text back on several lines.
var unescaped = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`)
