package rulepack

import (
	_ "embed"
	"strings"
)

// pathWords has a line for each rule that goes by a file's name: its id, then the words of which every such name has one. They follow from the
// rules' patterns, which take too long to look through in a hook; "go test -update" writes the file.
//
//go:embed pathwords.txt
var pathWords string

// PathWords returns, by the id of a rule, words of which every path has one, in any case, that the rule is about. A rule that is not there may be
// about any.
func PathWords() map[string][]string {
	words := map[string][]string{}
	for line := range strings.Lines(pathWords) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		words[f[0]] = f[1:]
	}
	return words
}
