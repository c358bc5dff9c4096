// Package all names the analyzers that Refward runs, and nothing else: adding a check means adding a line here.
package all

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dor"
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
	dorAnalyzer, err := dor.New(dorOptions, nil)
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
	goapiAnalyzer, err := goapiOf(p, gosecHost(p, environ))
	if err != nil {
		return nil, err
	}
	rulesOptions := rules.Defaults()
	if err := p.Section("rules", &rulesOptions); err != nil {
		return nil, err
	}
	rulesAnalyzer, err := rules.New(rulesOptions)
	if err != nil {
		return nil, p.Locate("rules", err)
	}
	return []*analyzers.Analyzer{secretsAnalyzer, objects.New(), refs.New(), gosecAnalyzer, goapiAnalyzer, dorAnalyzer, rulesAnalyzer}, nil
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
