package detector

import (
	"regexp/syntax"
	"slices"
	"strings"
	"sync/atomic"
)

// A pathIndex tells which rules can be about a path, by the words that their paths have. Most rules of the packs are about files of certain names,
// and their keywords are in every other file: without the index a small commit would compile a hundred patterns of paths.
type pathIndex struct {
	words *keywords // nil: no rule has words
	rules [][]int   // by number of a word; folds have none
	first int       // words from this number on are characters that fold to ASCII
	named []bool    // by rule: it has words
	last  atomic.Pointer[namedBy]
}

// A namedBy is the rules that a path has words of.
type namedBy struct {
	path  string
	rules map[int]bool
	all   bool
}

func (x *pathIndex) index(rules []*rule) {
	var words []string
	number := map[string]int{}
	x.named = make([]bool, len(rules))
	for i, r := range rules {
		for _, w := range r.PathWords {
			n, known := number[w]
			if !known {
				n = len(words)
				number[w] = n
				words, x.rules = append(words, w), append(x.rules, nil)
			}
			x.rules[n] = append(x.rules[n], i)
			x.named[i] = true
		}
	}
	if x.first = len(words); x.first > 0 {
		x.words = newKeywords(append(words, folds...))
	}
}

// may returns a function that tells whether a rule can be about a path.
func (x *pathIndex) may(path string) func(rule int) bool {
	if x.words == nil {
		return func(int) bool { return true }
	}
	by := x.last.Load()
	if by == nil || by.path != path {
		by = &namedBy{path: path, rules: map[int]bool{}}
		x.words.find(path, func(word, _ int) {
			if by.all = by.all || word >= x.first; word < x.first {
				for _, r := range x.rules[word] {
					by.rules[r] = true
				}
			}
		})
		x.last.Store(by)
	}
	return func(rule int) bool { return !x.named[rule] || by.all || by.rules[rule] }
}

// PathWords returns words of which every path has one that a pattern matches, in lower case, or nil if there are no such words.
func PathWords(pattern string) []string {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	var words []string
	for _, a := range anchorsOf(tree) {
		words = append(words, a.word)
	}
	words = distinct(words)
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { // a path that has it has the other too
		return slices.ContainsFunc(words, func(o string) bool { return o != w && strings.Contains(w, o) })
	})
}
