package gosec

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/catalog"
)

// What the comments "#nosec" and "//gosec:disable" come to.
const (
	NosecNever     = "never"     // no comment counts
	NosecOld       = "old"       // those count that were there before the change, for what they suppressed before
	NosecJustified = "justified" // those count, too, that name rules and give a reason: // #nosec G404 -- REASON
	NosecAlways    = "always"    // all count, as for the gosec command
)

var nosecChoices = []string{NosecNever, NosecOld, NosecJustified, NosecAlways}

// Options are the section "gosec" of a policy.
type Options struct {
	Include []string `yaml:"include"` // ids of gosec's rules, such as G101; empty = all
	Exclude []string `yaml:"exclude"` // likewise

	Severity   string `yaml:"severity"`   // what is below is no finding: low, medium or high
	Confidence string `yaml:"confidence"` // likewise

	Nosec string `yaml:"nosec"` // one of the words above

	GOOS   string   `yaml:"goos"`   // for which files are chosen
	GOARCH string   `yaml:"goarch"` //
	Tags   []string `yaml:"tags"`   // build tags
	Cgo    bool     `yaml:"cgo"`    // choose files that import "C"

	Tests       bool     `yaml:"tests"`        // look at test files
	Generated   bool     `yaml:"generated"`    // look at generated files
	ExcludeDirs []string `yaml:"exclude_dirs"` // names of directories whose packages are not looked at, such as vendor

	CPU    time.Duration `yaml:"cpu"`    // for a commit or a push; what is not done by then is reported as not examined
	Memory int           `yaml:"memory"` // MiB, likewise

	// Settings are gosec's own, by rule, such as G101: {pattern: "(?i)passwd"}.
	Settings map[string]map[string]string `yaml:"settings"`
}

// Defaults returns the options of a policy that says nothing about them.
func Defaults() Options {
	return Options{
		Severity: "low", Confidence: "low", Nosec: NosecOld,
		GOOS: "linux", GOARCH: "amd64", Cgo: true,
		Generated: true, ExcludeDirs: []string{"vendor"}, // as the gosec command does
		// Most pushes need a fraction of it; see "make bench-gosec".
		CPU: 2 * time.Second, Memory: 400,
	}
}

// levels are gosec's severities and confidences, from the lowest.
var levels = []string{"low", "medium", "high"}

// What "go tool dist list" knows.
var (
	systems = []string{"aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd", "plan9", "solaris",
		"wasip1", "windows"}
	architectures = []string{"386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x",
		"wasm"}
)

// normal writes the ids of rules as gosec does: explanations and reports have them in small letters.
func (o *Options) normal() {
	upper := func(ids []string) (all []string) {
		for _, id := range ids {
			all = append(all, strings.ToUpper(id))
		}
		return all
	}
	o.Include, o.Exclude = upper(o.Include), upper(o.Exclude)
	settings := map[string]map[string]string{}
	for id, s := range o.Settings {
		settings[strings.ToUpper(id)] = s
	}
	o.Settings = settings
}

// check says what is wrong with the options.
func (o *Options) check() error {
	var errs []error
	bad := func(key, hint, format string, args ...any) {
		errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...), Hint: hint})
	}
	word := func(key, value string, choices []string) {
		if !slices.Contains(choices, value) {
			bad(key, "", "%q is none of %s", value, strings.Join(choices, ", "))
		}
	}
	word("severity", o.Severity, levels)
	word("confidence", o.Confidence, levels)
	word("nosec", o.Nosec, nosecChoices)
	known := func(key, id string) {
		if !slices.ContainsFunc(catalog.Rules(), func(r catalog.Rule) bool { return r.ID == id }) {
			bad(key, `"refward explain gosec" lists them`, "gosec has no rule %q", id)
		}
	}
	for i, id := range o.Include {
		known(fmt.Sprintf("include[%d]", i), id)
	}
	for i, id := range o.Exclude {
		known(fmt.Sprintf("exclude[%d]", i), id)
	}
	for _, id := range slices.Sorted(maps.Keys(o.Settings)) {
		known("settings."+id, id)
	}
	if !slices.Contains(systems, o.GOOS) {
		bad("goos", "", "%q is none of %s", o.GOOS, strings.Join(systems, ", "))
	}
	if !slices.Contains(architectures, o.GOARCH) {
		bad("goarch", "", "%q is none of %s", o.GOARCH, strings.Join(architectures, ", "))
	}
	for i, name := range o.ExcludeDirs {
		if name == "" || path.Base(name) != name {
			bad(fmt.Sprintf("exclude_dirs[%d]", i), "", "%q is not the name of a directory", name)
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
