package policy

import (
	"encoding/json"
	"slices"
)

// SameOptions reports whether both policies give an analyzer the same options, so that it need not run for each. Nobody is exempt
// from an essential one, so the list of bots does not count there.
func (p *Policy) SameOptions(q *Policy, analyzer string, essential bool) bool {
	if !essential && !slices.Equal(p.Bots, q.Bots) {
		return false
	}
	a, errA := json.Marshal(p.options(analyzer))
	b, errB := json.Marshal(q.options(analyzer))
	return errA == nil && errB == nil && string(a) == string(b)
}

// options returns what the files say to an analyzer, merged.
func (p *Policy) options(analyzer string) map[string]any {
	merged := map[string]any{}
	for _, s := range p.sections[analyzer] {
		merged = merge(merged, plain(s.node).(map[string]any))
	}
	return merged
}
