package detector

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/zricethezav/gitleaks/v8/logging"

	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// Options change what a [Detector] finds. The zero value is what the gitleaks command does with
// --ignore-gitleaks-allow: whether that comment counts is for policy to say.
type Options struct {
	// Thorough finds what gitleaks finds, and more of what provider rules are about, since a token that its own shape gives away is one
	// anywhere: in files that gitleaks passes over by name, such as lock files and images; before any character that is none of a
	// token; and with an allowed word such as "false" somewhere in it. What a configuration of one's own allows stays allowed.
	Thorough bool
}

// A Detector finds secrets. It keeps nothing of what it looks at, and is safe for concurrent use.
type Detector struct {
	opts      Options
	rules     []*rule
	byID      map[string]*rule
	words     *keywords
	byWord    [][]int // rules, by number of a keyword; nil for the folds
	folds     int     // the keywords from this number on are characters that fold to ASCII
	always    []int   // rules that have no keywords
	awkward   []int   // rules with keywords that are not ASCII
	paths     pathIndex
	allowed   func() ([]*allowlist, error)
	scratches sync.Pool
}

// silence stops the library's own log, a global that writes to stderr, at some levels with the secret in it. All that uses the library goes
// through New, so that nobody reads the variable while it is written.
var silence = sync.OnceFunc(func() { logging.Logger = zerolog.Nop() })

// New returns a detector for rules that were checked. It compiles no pattern: Compile does.
func New(rules *ruleset.Config, opts Options) (*Detector, error) {
	silence()
	d := &Detector{opts: opts, byID: map[string]*rule{}}
	targeted := map[string][]*ruleset.Allowlist{}
	var global []*ruleset.Allowlist
	for _, list := range rules.Lists() {
		for _, id := range list.TargetRules {
			targeted[id] = append(targeted[id], list)
		}
		if len(list.TargetRules) == 0 {
			global = append(global, list)
		}
	}
	compiled := compiler{made: map[*ruleset.Allowlist]*allowlist{}}
	d.allowed = sync.OnceValues(func() ([]*allowlist, error) { return compiled.all(global) })
	for _, r := range rules.Rules {
		own := r.Lists()
		rule := newRule(r, append(own[:len(own):len(own)], targeted[r.ID]...), &compiled, opts.Thorough)
		delete(targeted, r.ID)
		rule.order = len(d.rules)
		d.byID[r.ID] = rule
		d.rules = append(d.rules, rule)
	}
	for id := range targeted {
		return nil, fmt.Errorf("[[allowlists]]: there is no rule %q to target", id)
	}
	for _, r := range d.rules {
		for _, other := range r.Required {
			if d.byID[other.ID] == nil {
				return nil, fmt.Errorf("rule %s requires %q, which does not exist", r.ID, other.ID)
			}
		}
	}
	if err := d.index(); err != nil {
		return nil, err
	}
	d.scratches.New = func() any {
		return &scratch{hits: make([][]int32, len(d.words.words)), picked: make([]bool, len(d.rules))}
	}
	return d, nil
}

// A compiler compiles allowlists, each once, though it may be for many rules.
type compiler struct {
	mu   sync.Mutex
	made map[*ruleset.Allowlist]*allowlist
}

func (c *compiler) all(lists []*ruleset.Allowlist) ([]*allowlist, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*allowlist, 0, len(lists))
	for _, list := range lists {
		if c.made[list] == nil {
			a, err := newAllowlist(list)
			if err != nil {
				return nil, err
			}
			c.made[list] = a
		}
		all = append(all, c.made[list])
	}
	return all, nil
}

// index makes the automaton of all rules' keywords.
func (d *Detector) index() error {
	var words []string
	number := map[string]int{}
	for i, r := range d.rules {
		if len(r.Keywords) == 0 {
			d.always = append(d.always, i)
		}
		for _, w := range r.Keywords {
			w = strings.ToLower(w)
			if !isASCII(w) || w == "" {
				r.words, r.awkward = append(r.words, -1), append(r.awkward, w)
				continue
			}
			n, known := number[w]
			if !known {
				n = len(words)
				number[w] = n
				words, d.byWord = append(words, w), append(d.byWord, nil)
			}
			r.words = append(r.words, n)
			d.byWord[n] = append(d.byWord[n], i)
		}
		if len(r.awkward) > 0 {
			d.awkward = append(d.awkward, i)
		}
	}
	d.paths.index(d.rules)
	d.folds = len(words)
	if d.words = newKeywords(append(words, folds...)); d.words == nil {
		return errors.New("the rules have too many keywords")
	}
	return nil
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// Compile compiles all patterns now, and returns what is wrong with the first that cannot be.
func (d *Detector) Compile() error {
	for _, r := range d.rules {
		if _, err := r.compiled(); err != nil {
			return err
		}
	}
	_, err := d.allowed()
	return err
}

// Rules returns the rules, in their order.
func (d *Detector) Rules() []ruleset.Rule {
	all := make([]ruleset.Rule, len(d.rules))
	for i, r := range d.rules {
		all[i] = r.Rule
	}
	return all
}

// Rule returns the rule of an id, and its place in the order of all.
func (d *Detector) Rule(id string) (r ruleset.Rule, order int, ok bool) {
	found, ok := d.byID[id]
	if !ok {
		return ruleset.Rule{}, 0, false
	}
	return found.Rule, found.order, true
}

// An Allowance says what a configuration lets pass in a whole file or commit.
type Allowance int

// The allowances, from the least.
const (
	AllowNothing Allowance = iota
	AllowGeneric           // what generic rules find
	AllowAll
)

// Allows says what the configuration lets pass in everything of a file or a commit, as its list of lock files, images and vendored
// directories does.
func (d *Detector) Allows(path, commit string) (Allowance, error) {
	lists, err := d.allowed()
	if err != nil {
		return AllowNothing, err
	}
	most := AllowNothing
	for _, a := range lists {
		switch {
		case !a.allowsAll(path, commit):
		case a.stock && d.opts.Thorough:
			most = max(most, AllowGeneric)
		default:
			return AllowAll, nil
		}
	}
	return most, nil
}
