// Package all names the analyzers that Refward runs, and nothing else: adding a check means adding a line here.
package all

import (
	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/analyzers/objects"
	"github.com/refward/refward/analyzers/refs"
	"github.com/refward/refward/analyzers/secrets"
	"github.com/refward/refward/internal/policy"
)

// List returns a function that makes the analyzers with the options that a policy gives them, in the order of reports. An error says
// what is wrong with the options. environ, as os.Environ gives it, says where things are on this machine.
func List(environ []string) func(*policy.Policy) ([]*analyzers.Analyzer, error) {
	return func(p *policy.Policy) ([]*analyzers.Analyzer, error) { return list(p, environ) }
}

func list(p *policy.Policy, environ []string) ([]*analyzers.Analyzer, error) {
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
	gosecOptions := gosec.Defaults()
	if err := p.Section("gosec", &gosecOptions); err != nil {
		return nil, err
	}
	gosecAnalyzer, err := gosec.New(gosecOptions, gosecHost(p, environ))
	if err != nil {
		return nil, p.Locate("gosec", err)
	}
	return []*analyzers.Analyzer{secretsAnalyzer, objects.New(), refs.New(), gosecAnalyzer, dorAnalyzer}, nil
}

// gosecHost says where the check of Go code finds types: where the policy or the environment says, in the order of the commands that
// fill the cache.
func gosecHost(p *policy.Policy, environ []string) gosec.Host {
	host := gosec.Host{Types: p.Types}
	// TODO
	return host
}
