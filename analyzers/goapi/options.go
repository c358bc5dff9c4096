package goapi

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
)

// Options are the section "goapi" of a policy.
type Options struct {
	Exclude []string `yaml:"exclude"` // directories whose packages promise nothing, with all below, such as experimental or cmd/*/plugin; see path.Match

	GOOS   string   `yaml:"goos"`   // for which files are chosen
	GOARCH string   `yaml:"goarch"` //
	Tags   []string `yaml:"tags"`   // build tags
	Cgo    bool     `yaml:"cgo"`    // choose files that import "C"

	CPU    time.Duration `yaml:"cpu"`    // for a push; what is not done by then is reported as not examined
	Memory int           `yaml:"memory"` // MiB, likewise
}

// Defaults returns the options of a policy that says nothing about them.
func Defaults() Options {
	return Options{GOOS: "linux", GOARCH: "amd64", Cgo: true, CPU: 2 * time.Second, Memory: 400}
}

// check says what is wrong with the options.
func (o *Options) check() error {
	var errs []error
	bad := func(key, hint, format string, args ...any) {
		errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...), Hint: hint})
	}
	if !systems[o.GOOS] {
		bad("goos", "such as linux", "%q is no system that Go knows", o.GOOS)
	}
	if !architectures[o.GOARCH] {
		bad("goarch", "such as amd64", "%q is no architecture that Go knows", o.GOARCH)
	}
	for i, pattern := range o.Exclude {
		if _, err := path.Match(pattern, ""); err != nil || path.Clean(pattern) != pattern || strings.HasPrefix(pattern, "/") {
			bad(fmt.Sprintf("exclude[%d]", i), "such as experimental", "%q is no directory of a repository", pattern)
		}
	}
	if o.CPU <= 0 {
		bad("cpu", "such as 2s", "want more than 0s")
	}
	if o.Memory < 64 {
		bad("memory", "in MiB", "want at least 64")
	}
	return errors.Join(errs...)
}

// excluded reports whether the packages of a directory promise nothing to anybody: by Go's own rules, or by the policy's.
func (o *Options) excluded(dir string) bool {
	parts := strings.Split(dir, "/")
	for i, part := range parts {
		switch {
		case part == "internal", part == "vendor", part == "testdata", part != "." && strings.HasPrefix(part, "."), strings.HasPrefix(part, "_"):
			return true
		}
		for _, pattern := range o.Exclude {
			if ok, _ := path.Match(pattern, strings.Join(parts[:i+1], "/")); ok {
				return true
			}
		}
	}
	return false
}
