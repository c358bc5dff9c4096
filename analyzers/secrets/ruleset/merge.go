package ruleset

import (
	"fmt"
	"slices"
)

// Over returns the configuration on top of base, with the meaning that gitleaks documents: what it says of a rule of base replaces the
// rule's description, entropy, group, pattern and path, and adds to its keywords and allowlists. Neither of both is changed. The rules that
// Extend disables are not there.
func (c *Config) Over(base *Config) (*Config, error) {
	out := *base
	out.Rules = make([]Rule, 0, len(base.Rules)+len(c.Rules))
	disabled := map[string]bool{}
	for _, id := range c.Extend.DisabledRules {
		disabled[id] = true
	}
	at := map[string]int{}
	for _, r := range base.Rules {
		if disabled[r.ID] {
			delete(disabled, r.ID)
			continue
		}
		at[r.ID] = len(out.Rules)
		out.Rules = append(out.Rules, r)
	}
	for _, id := range c.Extend.DisabledRules {
		if disabled[id] {
			return nil, fmt.Errorf("extend.disabledRules: there is no stock rule %q", id)
		}
	}
	for _, r := range c.Rules {
		i, ok := at[r.ID]
		if !ok {
			out.Rules = append(out.Rules, r)
			continue
		}
		if len(r.Required) > 0 || r.SkipReport {
			// gitleaks drops both without a word.
			return nil, fmt.Errorf("rule %s: required and skipReport need a rule with an id of its own", r.ID)
		}
		out.Rules[i] = r.over(out.Rules[i])
	}
	out.Allowlists = concat(without(base.Lists(), c.Extend.DisabledRules), c.Lists())
	out.Allowlist = nil
	return &out, nil
}

// without returns the lists that target other rules than those of some ids, or all, and takes the ids out of their targets.
func without(lists []*Allowlist, ids []string) []*Allowlist {
	var kept []*Allowlist
	for _, list := range lists {
		if slices.ContainsFunc(list.TargetRules, func(id string) bool { return slices.Contains(ids, id) }) {
			fewer := *list
			fewer.TargetRules = slices.DeleteFunc(slices.Clone(list.TargetRules), func(id string) bool { return slices.Contains(ids, id) })
			if list = &fewer; len(list.TargetRules) == 0 {
				continue
			}
		}
		kept = append(kept, list)
	}
	return kept
}

// over returns the rule on top of base.
func (r Rule) over(base Rule) Rule {
	if r.Description != "" {
		base.Description = r.Description
	}
	if r.Entropy != 0 {
		base.Entropy = r.Entropy
	}
	if r.SecretGroup != 0 {
		base.SecretGroup = r.SecretGroup
	}
	if r.Regex != "" {
		base.Regex = r.Regex
	}
	if r.Path != "" {
		base.Path, base.PathWords = r.Path, nil
	}
	base.Keywords = concat(base.Keywords, r.Keywords)
	base.Allowlists, base.Allowlist = concat(base.Lists(), r.Lists()), nil
	return base
}

func concat[T any](a, b []T) []T { return append(a[:len(a):len(a)], b...) }
