package detector

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"sync/atomic"
)

// A pathSet is the paths that some patterns match. Most paths have none of the words that a match must hold: for them the patterns are not even
// compiled.
type pathSet struct {
	words *keywords // nil: any path may match
	regex func() *regexp.Regexp
	last  atomic.Pointer[answer] // texts of one file mostly follow each other
}

// An answer is whether a path is one of a set.
type answer struct {
	path string
	has  bool
}

func newPathSet(patterns []string) (*pathSet, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	pattern := joined(patterns)
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	s := &pathSet{regex: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })} // it has been parsed
	if anchors := anchorsOf(tree); len(anchors) > 0 {
		words := append([]string(nil), folds...)
		for _, a := range anchors {
			words = append(words, a.word)
		}
		s.words = newKeywords(words)
	}
	return s, nil
}

func (s *pathSet) has(path string) bool {
	if s.words != nil && !s.words.has(path) {
		return false
	}
	if last := s.last.Load(); last != nil && last.path == path {
		return last.has
	}
	a := &answer{path, s.regex().MatchString(path)}
	s.last.Store(a)
	return a.has
}

// joined returns one pattern for several. They are joined as gitleaks joins them, so that a flag such as (?i) in one holds for those after it
// too.
func joined(patterns []string) string { return "(?:" + strings.Join(patterns, "|") + ")" }
