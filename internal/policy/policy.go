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
)

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
	Gates          map[string]Gate    `yaml:"gates"`           // by analyzer, analyzer/group and analyzer/rule; see Policy.Gate
	OnError        map[string]OnError `yaml:"on_error"`        // by analyzer; what is not named is ErrorRefuse
	Audit          Audit              `yaml:"audit"`           //

	source   string
	sections map[string][]section // options of each analyzer, base first
	at       map[string]place     // where each key stands, by its path
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
	file   string
	preset bool
	node   *ast.MappingNode
}

// DefaultPreset is what a policy is read over when it names no preset, and what judges when there is no policy.
const DefaultPreset = "starter"

// Parse reads a policy file; name is for messages. An error is of type [Errors] and calls for [ExitUsage]. The names in
// gates and sections are not checked against the analyzers: [Policy.Check] does that.
func Parse(name string, data []byte) (*Policy, error) { return read(nil, name, data) }

// Overlay reads a policy file over base instead of over a preset: what it does not say comes from base. A preset that it
// names takes the place of base.
func Overlay(base *Policy, name string, data []byte) (*Policy, error) { return read(base, name, data) }

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
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return Parse(path, data)
}

func read(base *Policy, name string, data []byte) (*Policy, error) {
	doc, err := document(name, data)
	if err != nil {
		return nil, err
	}
	preset := ""
	if base == nil {
		preset = DefaultPreset
	}
	for _, pair := range values(doc) {
		if keyOf(pair) == "preset" {
			d := decoder{file: name}
			d.value("preset", pair.Key, pair.Value, reflect.ValueOf(&preset).Elem())
			if len(d.errs) == 0 && !slices.Contains(PresetNames(), preset) {
				d.fail(pair.Value, didYouMean(preset, PresetNames()), "preset: there is no %q", preset)
			}
			if len(d.errs) > 0 {
				// The rest is still read, over any preset, for its own errors.
				if _, err := decode(&Policy{}, name, doc, false); err != nil {
					for _, e := range err.(Errors) {
						if !slices.ContainsFunc(d.errs, func(o *Error) bool { return *o == *e }) {
							d.errs = append(d.errs, e)
						}
					}
				}
				return nil, d.errs.err()
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
	p.Gates, p.OnError = nil, maps.Clone(base.OnError)
	p.at, p.sections = map[string]place{}, maps.Clone(base.sections)
	if p.sections == nil {
		p.sections = map[string][]section{}
	}
	p.source = name
	if base.source != "" {
		p.source += " over " + base.source
	}
	d := decoder{file: name, preset: preset, at: p.at}
	if doc != nil {
		d.structure("", doc, reflect.ValueOf(&p).Elem(), func(key string, n *ast.MappingValueNode) bool {
			// What is no key of ours may be an analyzer's section: Check knows.
			m, ok := n.Value.(*ast.MappingNode)
			if _, null := n.Value.(*ast.NullNode); !analyzerRE.MatchString(key) || !ok && !null {
				return false
			}
			if ok {
				p.sections[key] = append(slices.Clip(p.sections[key]), section{name, preset, m})
			}
			return true
		})
	}
	d.validate(&p)
	if err := d.errs.err(); err != nil {
		return nil, err
	}
	p.Gates = replaceGates(base.Gates, p.Gates)
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

// Section decodes the options of an analyzer over what into, a pointer to a struct with yaml tags, already holds: its
// defaults, then what each file says, the preset first. Lists are replaced, mappings are merged. Without a section into
// stays as it is. An error is of type [Errors], and into is then unusable.
func (p *Policy) Section(name string, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode section %s: want a pointer to a struct, got %T", name, into)
	}
	var errs Errors
	for _, s := range p.sections[name] {
		d := decoder{file: s.file, preset: s.preset}
		d.structure(name, s.node, v.Elem(), nil)
		errs = append(errs, d.errs...)
	}
	return errs.err()
}
