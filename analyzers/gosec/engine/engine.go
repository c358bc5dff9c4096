package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/rules"
	"github.com/securego/gosec/v2/taint"
	"github.com/xrash/smetrics"
)

// GoVersionVariable is the environment variable from which gosec takes the version of Go that the analyzed code is for. Without it, gosec
// runs the go command, once in a process.
const GoVersionVariable = "GOSECGOVERSION"

// Options say what is looked for.
type Options struct {
	Include []string // ids of the rules that run; none = all
	Exclude []string // ids of rules that do not

	Generated bool // look at generated files too, as gosec's program does unless it is told not to

	// Which comments suppress findings. They are listed either way.
	IgnoreNosec   bool // none
	RequireRules  bool // only those that name rules
	RequireReason bool // only those that give a reason

	// Settings are those of gosec's configuration file: by rule id, and "global". Of the global ones those that say what is suppressed or
	// which rules run are refused, except "#nosec", another word for the comment.
	Settings map[string]any

	Concurrency int // how many analyzers run at a time on one package; 0 = one

	// GoVersion is the version of Go that the code is for, such as "1.24" or "go1.24.1"; "" = the one that this program was built with.
	// gosec's program in a checkout takes the go directive of the go.mod file in its directory. The rules G304, G402 and G601 depend on it.
	// It is one for the whole process: New fails if the process has another.
	GoVersion string
}

// An Engine runs gosec on packages. It is safe for concurrent use.
type Engine struct {
	options   Options
	settings  []byte // as JSON: each analysis gets its own copy
	rules     map[string]rules.RuleDefinition
	analyzers map[string]analyzers.AnalyzerDefinition
	sinks     map[string]taint.Config // of the analyzers that look for tainted values
	tags      []string                // what begins a comment that suppresses
	silent    *log.Logger
	seen      atomic.Int64 // bytes of source since gosec was made to forget
}

// New makes an engine. It sets GoVersionVariable in the environment of the process if it is not set.
func New(o Options) (*Engine, error) {
	e := &Engine{options: o, tags: []string{gosec.NoSecTag(string(gosec.Nosec))}, sinks: sinks(), silent: log.New(io.Discard, "", 0)}
	if e.options.Concurrency < 1 {
		e.options.Concurrency = 1
	}
	if err := fixGoVersion(o.GoVersion); err != nil {
		return nil, err
	}
	if err := e.choose(); err != nil {
		return nil, err
	}
	if err := e.configure(); err != nil {
		return nil, err
	}
	return e, nil
}

var versionNumbers = regexp.MustCompile(`(\d+)\.(\d+)(?:\.(\d+))?`)

// fixGoVersion sees to it that gosec does not run the go command to find out what version there is.
func fixGoVersion(version string) error {
	if version == "" {
		version = runtime.Version()
	}
	wanted := versionNumbers.FindStringSubmatch(version)
	if wanted == nil {
		return fmt.Errorf("%q is no version of Go", version)
	}
	for i := range wanted {
		if wanted[i] == "" {
			wanted[i] = "0"
		}
	}
	if _, ok := os.LookupEnv(GoVersionVariable); !ok {
		if err := os.Setenv(GoVersionVariable, strings.TrimPrefix(wanted[0], "go")); err != nil {
			return fmt.Errorf("set %s: %w", GoVersionVariable, err)
		}
	}
	major, minor, patch := gosec.GoVersion() // reads the variable once and for all
	if has, want := fmt.Sprintf("%d.%d.%d", major, minor, patch), strings.Join(wanted[1:], "."); has != want {
		return fmt.Errorf("code for Go %s cannot be looked at in a process for Go %s", want, has)
	}
	return nil
}

// choose finds the rules that run.
func (e *Engine) choose() error {
	all, ssa := rules.Generate(false).Rules, analyzers.Generate(false).Analyzers
	known := slices.Sorted(maps.Keys(all))
	known = append(known, slices.Sorted(maps.Keys(ssa))...)
	for _, id := range slices.Concat(e.options.Include, e.options.Exclude) {
		if !slices.Contains(known, id) {
			return unknown(id, known)
		}
	}
	wanted := func(id string) bool {
		return (len(e.options.Include) == 0 || slices.Contains(e.options.Include, id)) && !slices.Contains(e.options.Exclude, id)
	}
	maps.DeleteFunc(all, func(id string, _ rules.RuleDefinition) bool { return !wanted(id) })
	maps.DeleteFunc(ssa, func(id string, _ analyzers.AnalyzerDefinition) bool { return !wanted(id) })
	e.rules, e.analyzers = all, ssa
	return nil
}

func unknown(id string, known []string) error {
	var near []string
	for _, k := range known {
		if len(id) < 16 && smetrics.WagnerFischer(strings.ToUpper(id), k, 1, 1, 1) < 2 {
			near = append(near, k)
		}
	}
	if near == nil {
		return fmt.Errorf("gosec has no rule %q; its rules are %s to %s", id, slices.Min(known), slices.Max(known))
	}
	slices.Sort(near)
	return fmt.Errorf("gosec has no rule %q; did you mean %s?", id, strings.Join(near, ", "))
}

// ours are the global settings that are not gosec's to apply here.
var ours = []gosec.GlobalOption{
	gosec.Nosec, gosec.ShowIgnored, gosec.NoSecRequireRules, gosec.NoSecRequireJustification, gosec.IncludeRules, gosec.ExcludeRules, gosec.SSA,
}

// configure takes the settings, and builds every rule once, so that a setting that a rule cannot take is found now.
func (e *Engine) configure() (err error) {
	if _, ok := e.options.Settings[gosec.ExcludeRulesKey]; ok {
		return fmt.Errorf("settings: %q is not taken from gosec's configuration", gosec.ExcludeRulesKey)
	}
	if e.options.Settings == nil {
		e.options.Settings = map[string]any{}
	}
	if e.settings, err = json.Marshal(e.options.Settings); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	e.options.Settings = nil // the caller's
	conf, err := e.config()
	if err != nil {
		return err
	}
	for _, o := range ours {
		if _, err := conf.GetGlobal(o); err == nil && o != gosec.Nosec {
			return fmt.Errorf("settings: global option %q is not taken from gosec's configuration", o)
		}
	}
	if alternative, err := conf.GetGlobal(gosec.NoSecAlternative); err == nil {
		e.tags = append(e.tags, gosec.NoSecTag(alternative))
	}
	for id, r := range e.rules {
		if err := try(func() { r.Create(id, conf) }); err != nil {
			return fmt.Errorf("settings of %s: %w", id, err)
		}
	}
	return nil
}

// config returns gosec's configuration, a new one for every caller. Whether a comment suppresses is not gosec's to say: see ignores.
func (e *Engine) config() (gosec.Config, error) {
	conf := gosec.NewConfig()
	if _, err := conf.ReadFrom(strings.NewReader(string(e.settings))); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if _, ok := conf[gosec.Globals].(map[gosec.GlobalOption]string); !ok {
		return nil, errors.New(`settings: "global" has to be a map`)
	}
	if _, err := conf.GetGlobal(gosec.Nosec); err == nil {
		return nil, fmt.Errorf("settings: global option %q is not taken from gosec's configuration", gosec.Nosec)
	}
	conf.SetGlobal(gosec.Nosec, "true")
	return conf, nil
}

// try turns a panic into an error of one short line.
func try(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New(oneLine(fmt.Sprint(r)))
		}
	}()
	f()
	return nil
}

// oneLine makes s fit to be shown: it may have text of the analyzed code.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// gosec remembers for the process what came of the last cacheSize strings of the code that it has looked at, each of any length.
const (
	cacheSize   = 1 << 16
	cachedBytes = 32 << 20 // of source, of which strings may be remembered
)

// forgotten takes the place of what gosec remembers.
type forgotten int

// forget makes gosec forget the strings of packages, once there could be too many.
func (e *Engine) forget(sources map[string][]byte) {
	n := 0
	for _, src := range sources {
		n += len(src)
	}
	if e.seen.Add(int64(n)) < cachedBytes {
		return
	}
	e.seen.Store(0)
	for i := range forgotten(cacheSize) {
		gosec.GlobalCache.Add(i, nil)
	}
}
