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

// softened returns what becomes of a finding where its gate says a. A secret that cannot be one is shown, and so is what is said of a
// commit older than the policy; one that is skipped stays so.
func (p *Policy) softened(a Action, f *analyzers.Finding, old bool) Action {
	invalid := f.Validity == analyzers.ValidityInvalid && p.OnInvalid == InvalidWarn
	if (invalid || old) && a.rank() > Warn.rank() {
		return Warn
	}
	return a
}
