// Package all makes the analyzers that Refward runs: adding a check means adding a line to list. What a check needs that it must not know
// itself, another check's helper program or where things are on this machine, it is given here.
package all

import (
	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/analyzers/identity"
	"github.com/refward/refward/analyzers/objects"
	"github.com/refward/refward/analyzers/refs"
	"github.com/refward/refward/analyzers/review"
	"github.com/refward/refward/analyzers/rules"
	"github.com/refward/refward/analyzers/secrets"
	"github.com/refward/refward/internal/policy"
)

// List returns a function that makes the analyzers with the options that a policy gives them, in the order of reports. An error says
// what is wrong with the options. environ, as os.Environ gives it, says where things are on this machine.
func List(environ []string) func(*policy.Policy) ([]*analyzers.Analyzer, error) {
	return func(p *policy.Policy) ([]*analyzers.Analyzer, error) { return list(p, environ) }
}

func list(p *policy.Policy, environ []string) ([]*analyzers.Analyzer, error) {
	dorOptions, dodOptions := dor.Defaults(), dod.Defaults()
	dorOptions.Bots, dodOptions.Bots = p.Bots, p.Bots
	m := maker{policy: p}
	host, directory := gosecHost(p, environ), directoryOf(p.Identity)
	list := []*analyzers.Analyzer{
		made(&m, "secrets", secrets.Defaults(), secrets.New),
		objects.New(),
		refs.New(),
		identity.New(directory.forIdentity()),
		made(&m, "review", review.Defaults(), func(o review.Options) (*analyzers.Analyzer, error) { return review.New(o, directory.forReview()) }),
		made(&m, "gosec", gosec.Defaults(), func(o gosec.Options) (*analyzers.Analyzer, error) { return gosec.New(o, host) }),
		made(&m, "goapi", goapi.Defaults(), func(o goapi.Options) (*analyzers.Analyzer, error) { return newGoapi(o, host) }),
		made(&m, "dor", dorOptions, func(o dor.Options) (*analyzers.Analyzer, error) { return dor.New(o, trackerOf(p.Tracker)) }),
		made(&m, "dod", dodOptions, dod.New),
		made(&m, "rules", rules.Defaults(), rules.New),
	}
	if m.err != nil {
		return nil, m.err
	}
	return list, nil
}

// A maker makes analyzers until one cannot be made.
type maker struct {
	policy *policy.Policy
	err    error
}

// made makes one analyzer with what the policy says over the default options.
func made[Options any](m *maker, name string, options Options, make func(Options) (*analyzers.Analyzer, error)) *analyzers.Analyzer {
	if m.err != nil {
		return nil
	}
	if m.err = m.policy.Section(name, &options); m.err != nil {
		return nil
	}
	a, err := make(options)
	m.err = m.policy.Locate(name, err)
	return a
}
