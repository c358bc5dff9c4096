package detector

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// A rule is one of the rule set, compiled when first needed.
type rule struct {
	ruleset.Rule
	order    int // its place among all
	thorough bool
	lists    []*ruleset.Allowlist // its own, and those that target it
	allow    *compiler
	words    []int                    // its keywords, as numbers of the automaton
	awkward  []string                 // keywords that are not ASCII
	about    func() (*pathSet, error) // the paths that it looks at; nil: any
	compiled func() (*matcher, error)
	group    func() ruleset.Group
}

// A matcher is what a rule compiles to.
type matcher struct {
	regex   *regexp.Regexp // nil: the path alone
	allowed []*allowlist
	anchors []placed // empty: any place in the text
}

// A placed anchor says how it is found.
type placed struct {
	anchor
	lead    *tail // of what comes before the word; nil: nothing
	tail    *tail // of what follows it
	keyword int   // number of a keyword of the rule that the word holds, or -1
	offset  int   // of the keyword in the word
}

func newRule(r ruleset.Rule, lists []*ruleset.Allowlist, allow *compiler, thorough bool) *rule {
	out := &rule{Rule: r, thorough: thorough, lists: lists, allow: allow}
	out.about = sync.OnceValues(out.compilePath)
	out.compiled = sync.OnceValues(out.compile)
	out.group = sync.OnceValue(out.Group)
	return out
}

func (r *rule) compile() (*matcher, error) {
	m := &matcher{}
	var err error
	if r.Path == "" && r.Regex == "" {
		return nil, fmt.Errorf("rule %s has neither regex nor path", r.ID)
	}
	if _, err := r.about(); err != nil {
		return nil, err
	}
	if m.allowed, err = r.allow.all(r.lists); err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.ID, err)
	}
	if r.Regex == "" {
		return m, nil
	}
	pattern := r.Regex
	if before, ok := strings.CutSuffix(pattern, stockEnd); ok && r.thorough && r.group() == ruleset.Provider {
		pattern = before + anyEnd
	}
	if m.regex, err = regexp.Compile(pattern); err != nil {
		return nil, fmt.Errorf("rule %s: regex: %w", r.ID, err)
	}
	if n := m.regex.NumSubexp(); r.SecretGroup < 0 || r.SecretGroup > n {
		return nil, fmt.Errorf("rule %s: secret group %d, but the regex has %d", r.ID, r.SecretGroup, n)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("rule %s: regex: %w", r.ID, err)
	}
	m.anchors = r.place(anchorsOf(tree))
	return m, nil
}

// Most stock patterns ask for one of a few characters behind a token, or the end. A token in XML, in a URL or before a comma would not be
// found. What goes on like base64 is a part of something longer.
const (
	stockEnd = "(?:[\\x60'\"\\s;]|\\\\[nr]|$)"
	anyEnd   = `(?:[^\w+/=-]|$)`
)

// place decides how each anchor is found: at a keyword that the automaton has found already, if the anchor holds one.
func (r *rule) place(anchors []anchor) []placed {
	var made []*tail // words of the same pattern mostly have the same around them
	tailOf := func(parts []*syntax.Regexp, backward bool) *tail {
		if len(parts) == 0 {
			return nil
		}
		for _, t := range made {
			if t.backward == backward && slices.Equal(t.parts, parts) {
				return t
			}
		}
		t := newTail(parts, backward)
		made = append(made, t)
		return t
	}
	placedAt := make([]placed, 0, len(anchors))
	for _, a := range anchors {
		p := placed{anchor: a, keyword: -1}
		longest := 0
		for i, w := range r.Keywords {
			w = strings.ToLower(w)
			if at := strings.Index(a.word, w); at >= 0 && len(w) > longest && r.words[i] >= 0 {
				p.keyword, p.offset, longest = r.words[i], at+len(w), len(w)
			}
		}
		p.lead, p.tail = tailOf(a.lead, true), tailOf(a.rest, false)
		placedAt = append(placedAt, p)
	}
	return placedAt
}

func (r *rule) compilePath() (*pathSet, error) {
	if r.Path == "" {
		return nil, nil
	}
	paths, err := newPathSet([]string{r.Path})
	if err != nil {
		return nil, fmt.Errorf("rule %s: path: %w", r.ID, err)
	}
	return paths, nil
}

// looksAt tells whether the rule is about a path.
func (r *rule) looksAt(path string) (bool, error) {
	paths, err := r.about()
	return paths == nil || paths.has(path), err
}
