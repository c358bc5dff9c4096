package detector

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// An allowlist is compiled from one of a rule set.
type allowlist struct {
	and       bool
	stock     bool
	target    string
	commits   []string // lower case
	stopWords []string // lower case
	paths     *pathSet
	regexes   *regexp.Regexp

	asked     atomic.Int32 // how often for a stop word
	automaton func() *keywords
}

// manyWords is after how many secrets it pays to make an automaton of the stop words, of which one stock rule has 1,400.
const manyWords = 64

func newAllowlist(list *ruleset.Allowlist) (*allowlist, error) {
	a := &allowlist{and: list.IsAnd(), stock: list.Stock, target: list.RegexTarget}
	for _, c := range list.Commits {
		a.commits = append(a.commits, strings.ToLower(strings.TrimSpace(c)))
	}
	for _, w := range list.StopWords {
		a.stopWords = append(a.stopWords, strings.ToLower(w))
	}
	a.automaton = sync.OnceValue(func() *keywords { return newKeywords(a.stopWords) })
	var err error
	if a.paths, err = newPathSet(list.Paths); err != nil {
		return nil, fmt.Errorf("allowlists: paths: %w", err)
	}
	if a.regexes, err = anyOf(list.Regexes); err != nil {
		return nil, fmt.Errorf("allowlists: regexes: %w", err)
	}
	return a, nil
}

// anyOf returns one expression for several, nil for none.
func anyOf(patterns []string) (*regexp.Regexp, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	return regexp.Compile(joined(patterns))
}

func (a *allowlist) hasCommit(id string) bool {
	return id != "" && slices.Contains(a.commits, strings.ToLower(id))
}

func (a *allowlist) hasPath(path string) bool {
	return path != "" && a.paths != nil && a.paths.has(path)
}

func (a *allowlist) hasText(text string) bool {
	return text != "" && a.regexes != nil && a.regexes.MatchString(text)
}

func (a *allowlist) hasWord(secret string) bool {
	if len(a.stopWords) == 0 {
		return false
	}
	secret = strings.ToLower(secret)
	if a.asked.Add(1) > manyWords {
		if k := a.automaton(); k != nil {
			return k.has(secret)
		}
	}
	return slices.ContainsFunc(a.stopWords, func(w string) bool { return strings.Contains(secret, w) })
}

// allowsAll tells whether everything in a file or commit is allowed.
func (a *allowlist) allowsAll(path, commit string) bool {
	byCommit, byPath := a.hasCommit(commit), a.hasPath(path)
	if !a.and {
		return byCommit || byPath
	}
	// One that also asks for patterns or words is about single matches.
	return a.regexes == nil && len(a.stopWords) == 0 && (len(a.commits) == 0 || byCommit) && (a.paths == nil || byPath)
}

// isAll tells whether a secret is nothing but what is allowed.
func (a *allowlist) isAll(secret string) bool {
	if slices.Contains(a.stopWords, strings.ToLower(secret)) {
		return true
	}
	if a.regexes == nil {
		return false
	}
	at := a.regexes.FindStringIndex(secret)
	return at != nil && at[1]-at[0] == len(secret)
}

// allows tells whether a match is allowed; line is the one that it stands in, and last what was said of lines before.
func (a *allowlist) allows(m *Match, path, commit, line string, last map[*allowlist]lineAnswer) bool {
	has := func() bool {
		switch a.target {
		case "match":
			return a.hasText(m.Text)
		case "line":
			return a.hasLine(line, last)
		}
		return a.hasText(m.Secret)
	}
	if !a.and {
		return has() || a.hasWord(m.Secret)
	}
	return (len(a.commits) == 0 || a.hasCommit(commit)) && (a.paths == nil || a.hasPath(path)) &&
		(a.regexes == nil || has()) && (len(a.stopWords) == 0 || a.hasWord(m.Secret))
}

// A lineAnswer is whether an allowlist has a line.
type lineAnswer struct {
	line string
	has  bool
}

// hasLine is hasText for a line. One can be as long as a file, and have thousands of matches: it is looked at once for all of them.
func (a *allowlist) hasLine(line string, last map[*allowlist]lineAnswer) bool {
	if l, ok := last[a]; ok && l.line == line { // the same bytes in memory, mostly, which takes no time to see
		return l.has
	}
	has := a.hasText(line)
	last[a] = lineAnswer{line, has}
	return has
}
