package secrets

import (
	"context"
	"fmt"
	"sync"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/detector"
	"github.com/refward/refward/analyzers/secrets/rulepack"
	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// An engine finds secrets in pieces of text. It keeps nothing between calls and is safe for concurrent use.
type engine struct {
	detector *detector.Detector
	thorough bool
	search   func(context.Context, detector.Text) ([]detector.Match, error) // the detector's Find
	limit    int                                                            // findings that one run keeps

	mu    sync.Mutex
	rules map[string]*rule // those that were found so far
}

// compile makes the engine that opts describe. An error about the options is of type [analyzers.OptionError].
func compile(opts Options) (*engine, error) {
	wrong := func(err error) error {
		return &analyzers.OptionError{Key: "config", Msg: "gitleaks configuration: " + oneLine(err.Error())}
	}
	rules, err := merged(&opts)
	if err != nil {
		return nil, wrong(err)
	}
	if opts.custom() {
		if rules, err = opts.over(rules); err != nil {
			return nil, err
		}
	}
	// Comments such as gitleaks:allow are weighed by policy; see analyzers.InlineAllow.
	d, err := detector.New(rules, detector.Options{Thorough: opts.Mode != ModeGitleaks})
	if err == nil && opts.Config != "" {
		err = d.Compile() // the stock rules are known to be right; they are compiled one by one, when a text calls for it
	}
	if err != nil {
		return nil, wrong(err)
	}
	return &engine{detector: d, thorough: opts.Mode != ModeGitleaks, search: d.Find, rules: map[string]*rule{}, limit: maxFindings}, nil
}

// find returns the ids of the rules that find something in a text at a path.
func (e *engine) find(ctx context.Context, path, text string) ([]string, error) {
	allowed, err := e.detector.Allows(path, "")
	if err != nil {
		return nil, err
	}
	found, err := e.scan(ctx, piece{text: text, path: path, line: 1, allowed: allowed})
	var ids []string
	for _, f := range found {
		ids = append(ids, f.Rule)
	}
	return ids, err
}

// merged returns the stock rules and the packs, or the user's, on top of these if they ask for that.
func merged(opts *Options) (*ruleset.Config, error) {
	var user *ruleset.Config
	if opts.Config != "" {
		var err error
		if user, err = ruleset.Parse(opts.Config); err != nil {
			return nil, err
		}
		if err := user.Check(ruleUnread, groupProvider, groupGeneric, groupPersonal, groupUnexamined); err != nil {
			return nil, err
		}
		if !user.Extend.UseDefault {
			return user, nil
		}
	}
	base, err := ruleset.Stock()
	if err != nil {
		return nil, err
	}
	words := rulepack.PathWords()
	for _, text := range opts.packs() {
		pack, err := ruleset.Parse(text)
		if err == nil {
			for i := range pack.Rules {
				r := &pack.Rules[i]
				r.Pack, r.PathWords = true, words[r.ID]
			}
			base, err = pack.Over(base)
		}
		if err != nil {
			return nil, fmt.Errorf("rule pack: %w", err)
		}
	}
	if user == nil {
		return base, nil
	}
	return user.Over(base)
}

// packs returns the texts of the rule packs that the options ask for.
func (o *Options) packs() []string {
	var texts []string
	for _, name := range o.Packs {
		switch {
		case o.Mode == ModeGitleaks: // which has none
		case name == PackCredentials:
			texts = append(texts, rulepack.Config())
		case name == PackPersonal:
			texts = append(texts, rulepack.Personal())
		}
	}
	return texts
}

// rule returns what findings need to know of a rule.
func (e *engine) rule(id string) *rule {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r, ok := e.rules[id]; ok {
		return r
	}
	of, order, _ := e.detector.Rule(id)
	r := newRule(of)
	r.order = order
	e.rules[id] = r
	return r
}
