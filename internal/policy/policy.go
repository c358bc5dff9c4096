package policy

import (
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/goccy/go-yaml/ast"

	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/identity"
	"github.com/refward/refward/internal/policy/strict"
	"github.com/refward/refward/internal/reviewers"
	"github.com/refward/refward/internal/tracker"
)

// An Error is one thing that is wrong in a policy file. It calls for [ExitUsage].
type Error = strict.Error

// Errors are all that is wrong in a policy file, by line.
type Errors = strict.Errors

// A Policy is what one file says, over its preset. It must not be changed once read, and is then safe for concurrent use.
type Policy struct {
	Version        int                `yaml:"version"`         // of the file format: 1
	Preset         string             `yaml:"preset"`          // where what the file does not say comes from
	Mode           Mode               `yaml:"mode"`            //
	Contact        string             `yaml:"contact"`         // whom to ask, for refusals; may be ""
	Protected      []string           `yaml:"protected"`       // see IsProtected
	FingerprintKey string             `yaml:"fingerprint_key"` // see Fingerprint; may be ""
	Deadline       time.Duration      `yaml:"deadline"`        // 0 = the hook's own
	Limits         Limits             `yaml:"limits"`          //
	Bots           []string           `yaml:"bots"`            // logins, as the host gives them
	Gates          Gates              `yaml:"gates"`           //
	Classify       []ClassRule        `yaml:"classify"`        // see Stack.Classify
	Classes        ClassesGates       `yaml:"classes"`         // of each class of change, over Gates
	Sections       []Section          `yaml:"sections"`        // for some refs, paths and repositories only
	EnforceFrom    EnforceFrom        `yaml:"enforce_from"`    // what is older is warned of for its message, no more
	OnError        map[string]OnError `yaml:"on_error"`        // by analyzer; what is not named is ErrorRefuse
	OnInvalid      OnInvalid          `yaml:"on_invalid"`      // of a secret whose own checksum is wrong; "" is InvalidGate
	Audit          Audit              `yaml:"audit"`           //
	Allow          Allow              `yaml:"allow"`           // what may stay although it was found
	Types          string             `yaml:"types"`           // absolute path of the cache of Go types; "" = not by policy
	Tracker        tracker.Config     `yaml:"tracker"`         // the snapshot of an issue tracker
	Identity       identity.Config    `yaml:"identity"`        // who may sign and push, and who says so
	Reviewers      reviewers.Config   `yaml:"reviewers"`       // who is suggested; no gate

	source    string
	undivided *Policy                 // as it was before For; nil = this is all of it
	sections  map[string][]section    // options of each analyzer, base first
	at        map[string]strict.Place // where each key of a file stands, by its path; not of a preset
	written   []written               // what each file says of gates, base first; see Stack.Explain
}

// Limits bound what one run reads and says.
type Limits struct {
	Blob     Size `yaml:"blob" json:"blob"`         // larger content is not examined, and therefore reported
	Findings int  `yaml:"findings" json:"findings"` // groups of findings that the text report spells out
}

// Audit says where decisions are recorded.
type Audit struct {
	File string `yaml:"file" json:"file"` // absolute path; "" = not by policy
}

// Allow says what keeps a finding from counting, and where. The zero Allow trusts nothing.
type Allow struct {
	Inline         allow.Trust `yaml:"inline" json:"inline"`                 // comments on lines; see analyzers.InlineAllow
	Baseline       allow.Trust `yaml:"baseline" json:"baseline"`             // the repository's .refward-baseline.json
	GitleaksIgnore allow.Trust `yaml:"gitleaksignore" json:"gitleaksignore"` // the repository's .gitleaksignore
	File           string      `yaml:"file" json:"file"`                     // absolute path of the administrator's allow file; "" = none
}

// A Size is a number of bytes, written such as 32MiB, 500kB or 4096.
type Size int64

// UnmarshalText parses a size.
func (s *Size) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > maxSize {
		return fmt.Errorf("%q is not a size up to %s, such as 32MiB, 500kB or 4096", text, Size(maxSize))
	}
	*s = Size(n)
	return nil
}

// String returns the size in binary units, rounded.
func (s Size) String() string { return humanize.IBytes(uint64(max(s, 0))) }

const maxSize = 1 << 40

// A section is what one file says to one analyzer.
type section struct {
	file string
	node *ast.MappingNode
}

// DefaultPreset is what a policy is read over when it names no preset, and what judges when there is no policy.
const DefaultPreset = "starter"

// Parse reads a policy file; name is for messages. An error is of type [Errors] and calls for [ExitUsage]. The names in
// gates and sections are not checked against the analyzers: [Policy.Check] does that.
func Parse(name string, data []byte) (*Policy, error) { return read(nil, name, data) }

// Overlay reads a policy file over base instead of over a preset: what it does not say comes from base. A preset that it
// names takes the place of base. Where things are on the machine is not for a repository to say: the cache of types, the snapshot of the tracker, keys
// and people stay the base's.
func Overlay(base *Policy, name string, data []byte) (*Policy, error) {
	p, err := read(base, name, data)
	if err == nil {
		p.Types, p.Tracker, p.Identity = base.Types, base.Tracker, base.Identity // read has made a copy
	}
	return p, err
}

// Load reads the policy file at path, which must be a regular file of at most 1 MiB.
func Load(path string) (*Policy, error) {
	// Asked before opening: a FIFO would hold a push until somebody writes into it.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read policy %s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return Parse(path, data)
}

func read(base *Policy, name string, data []byte) (*Policy, error) {
	doc, err := strict.Document(name, data)
	if err != nil {
		return nil, err
	}
	preset := ""
	if base == nil {
		preset = DefaultPreset
	}
	for _, pair := range values(doc) {
		if strict.Key(pair) == "preset" {
			d := strict.Decoder{File: name}
			d.Value("preset", pair.Key, pair.Value, reflect.ValueOf(&preset).Elem())
			if len(d.Errs) == 0 && !slices.Contains(PresetNames(), preset) {
				d.Fail(pair.Value, strict.DidYouMean(preset, PresetNames()), "preset: there is no %q", preset)
			}
			if len(d.Errs) > 0 {
				// The rest is still read, over any preset, for its own errors.
				if _, err := decode(&Policy{}, name, doc, false); err != nil {
					for _, e := range err.(Errors) {
						if !slices.ContainsFunc(d.Errs, func(o *Error) bool { return *o == *e }) {
							d.Errs = append(d.Errs, e)
						}
					}
				}
				return nil, d.Errs.Err()
			}
		}
	}
	if preset != "" {
		if base, err = Preset(preset); err != nil {
			return nil, err
		}
	}
	return decode(base, name, doc, false)
}

// decode reads doc over base.
func decode(base *Policy, name string, doc *ast.MappingNode, preset bool) (*Policy, error) {
	p := *base
	p.Gates, p.Classes, p.undivided = nil, nil, nil
	p.at, p.sections = map[string]strict.Place{}, maps.Clone(base.sections)
	if p.sections == nil {
		p.sections = map[string][]section{}
	}
	p.source = name
	if base.source != "" {
		p.source += " over " + base.source
	}
	d := strict.Decoder{File: name, At: p.at}
	d.Struct("", doc, reflect.ValueOf(&p).Elem(), func(key string, n *ast.MappingValueNode) bool {
		// What is no key of ours may be an analyzer's section: Check knows.
		m, ok := n.Value.(*ast.MappingNode)
		if _, null := n.Value.(*ast.NullNode); !analyzerRE.MatchString(key) || !ok && !null {
			return false
		}
		if ok {
			p.sections[key] = append(slices.Clip(p.sections[key]), section{name, m})
		}
		return true
	})
	validate(&d, &p)
	if err := d.Errs.Err(); err != nil {
		return nil, err
	}
	p.written = append(slices.Clip(base.written), written{name, p.Gates, p.Classes, maps.Clone(d.At)})
	if _, said := d.At["sections"]; said {
		for i := range p.Sections {
			p.Sections[i].number = i
		}
	}
	p.Classes = replaceClasses(base.Classes, p.Gates, p.Classes)
	p.Gates = replaceGates(base.Gates, p.Gates)
	if preset {
		p.at = nil // the preset is ours: Check has nothing to say to its reader
	}
	for path, at := range base.at {
		if _, ok := p.at[path]; !ok {
			p.at[path] = at
		}
	}
	return &p, nil
}

func values(m *ast.MappingNode) []*ast.MappingValueNode {
	if m == nil {
		return nil
	}
	return m.Values
}

// Source says where the policy comes from, such as "/etc/refward/policy.yaml over preset starter".
func (p *Policy) Source() string { return p.source }

// Section decodes the options of an analyzer over what into, a pointer to a struct with yaml tags or to a map of such, already holds:
// its defaults, then what each file says, the preset first. Lists are replaced, mappings are merged. Without a section into
// stays as it is. An error is of type [Errors], and into is then unusable.
func (p *Policy) Section(name string, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct && v.Elem().Kind() != reflect.Map {
		return fmt.Errorf("decode section %s: want a pointer to a struct or a map, got %T", name, into)
	}
	var errs Errors
	for _, s := range p.sections[name] {
		d := strict.Decoder{File: s.file}
		d.Value(name, s.node, s.node, v.Elem())
		errs = append(errs, d.Errs...)
	}
	return errs.Err()
}
