package policy

import "github.com/refward/refward/analyzers"

// An OnInvalid is what a policy does with a secret that cannot be one, since the checksum that it carries is wrong.
type OnInvalid string

// What can be done about it.
const (
	InvalidWarn OnInvalid = "warn" // show it, whatever its gate says beyond that; the presets' choice
	InvalidGate OnInvalid = "gate" // as its gate says, like any other secret
)

// Choices lists what can be done.
func (OnInvalid) Choices() []string { return []string{string(InvalidWarn), string(InvalidGate)} }

// gateOf returns what becomes of a finding on a class of refs. One that is skipped stays so.
func (p *Policy) gateOf(analyzer string, f *analyzers.Finding, protected bool) Action {
	a := p.Gate(analyzer, f.Rule, f.Group).On(protected)
	if f.Validity == analyzers.ValidityInvalid && p.OnInvalid == InvalidWarn && a.rank() > Warn.rank() {
		return Warn
	}
	return a
}
