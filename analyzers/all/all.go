// Package all names the analyzers that Refward runs, and nothing else: adding a check means adding a line here.
package all

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod"
	"github.com/refward/refward/analyzers/dor"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/analyzers/objects"
	"github.com/refward/refward/analyzers/refs"
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
	host := gosecHost(p, environ)
	list := []*analyzers.Analyzer{
		made(&m, "secrets", secrets.Defaults(), secrets.New),
		objects.New(),
		refs.New(),
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

// gosecHost says where the check of Go code finds types: in the cache that the policy names, else where "refward types" keeps it, and in
// the module cache of whoever runs the go command here.
func gosecHost(p *policy.Policy, environ []string) gosec.Host {
	getenv := func(name string) string {
		for _, kv := range slices.Backward(environ) {
			if value, ok := strings.CutPrefix(kv, name+"="); ok {
				return value
			}
		}
		return ""
	}
	host := gosec.Host{Types: p.Types}
	if host.Types == "" && environ != nil {
		host.Types = gosec.TypesDir(getenv)
	}
	dir := getenv("GOMODCACHE")
	if dir == "" {
		gopath, _, _ := strings.Cut(getenv("GOPATH"), string(filepath.ListSeparator))
		if home := getenv("HOME"); gopath == "" && home != "" {
			gopath = filepath.Join(home, "go")
		}
		if gopath != "" {
			dir = filepath.Join(gopath, "pkg", "mod")
		}
	}
	if info, err := os.Stat(dir); err == nil && info.IsDir() && filepath.IsAbs(dir) {
		host.ModuleCache = dir
	}
	return host
}
