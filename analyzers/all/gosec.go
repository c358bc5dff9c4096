package all

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers/gosec"
	"github.com/refward/refward/internal/policy"
)

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
