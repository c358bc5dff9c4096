// Package all names the analyzers that Refward runs, and nothing else: adding a check means adding a line here.
package all

import (
	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/analyzers/objects"
	"github.com/refward/refward/analyzers/refs"
	"github.com/refward/refward/analyzers/secrets"
	"github.com/refward/refward/internal/policy"
)

// List returns the analyzers with the options that a policy gives them, in the order of reports. An error says what is wrong
// with the options.
func List(p *policy.Policy) ([]*analyzers.Analyzer, error) {
	secretsOptions := secrets.Defaults()
	if err := p.Section("secrets", &secretsOptions); err != nil {
		return nil, err
	}
	secretsAnalyzer, err := secrets.New(secretsOptions)
	if err != nil {
		return nil, p.Locate("secrets", err)
	}
	dorOptions := dor.Defaults()
	dorOptions.Bots = p.Bots
	if err := p.Section("dor", &dorOptions); err != nil {
		return nil, err
	}
	dorAnalyzer, err := dor.New(dorOptions)
	if err != nil {
		return nil, p.Locate("dor", err)
	}
	return []*analyzers.Analyzer{secretsAnalyzer, objects.New(), refs.New(), dorAnalyzer}, nil
}
