package policy

import (
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/refward/refward/analyzers"
)

// A Section is a part of a policy that counts for some refs, paths and repositories only. All that it names must hold; of the entries of
// one list, any will do. Where several sections say something of the same gate, the last one counts.
type Section struct {
	Refs         []string `yaml:"refs" json:"refs,omitempty"`                 // globs, as in protected
	Paths        []string `yaml:"paths" json:"paths,omitempty"`               // globs of the path that a finding is about; one without a path is outside
	Repositories []string `yaml:"repositories" json:"repositories,omitempty"` // globs of the name that the host gives, such as owner/name, or of the path on disk

	Mode    Mode         `yaml:"mode" json:"mode,omitempty"`       // "" = as outside
	Gates   Gates        `yaml:"gates" json:"gates,omitempty"`     // over the policy's own
	Classes ClassesGates `yaml:"classes" json:"classes,omitempty"` // likewise

	number int // its index in the file's list, of which For may leave some out
}

// NamesRepositories reports whether the policy has sections for some repositories only.
func (p *Policy) NamesRepositories() bool {
	return slices.ContainsFunc(p.Sections, func(s Section) bool { return len(s.Repositories) > 0 })
}

// For returns the policy for a repository of those names: without the sections that are of other repositories. A repository that has no
// name is in no such section.
func (p *Policy) For(names []string) *Policy {
	q := *p
	q.Sections = nil
	q.undivided = p
	if p.undivided != nil {
		q.undivided = p.undivided
	}
	for _, s := range p.Sections {
		if len(s.Repositories) == 0 || slices.ContainsFunc(names, func(name string) bool { return name != "" && matchAny(s.Repositories, name) }) {
			q.Sections = append(q.Sections, s)
		}
	}
	return &q
}

// sectionsAt returns the sections that count on a ref, by their index, whatever paths they name.
func (p *Policy) sectionsAt(ref, headBranch string) []int {
	var at []int
	for i, s := range p.Sections {
		if len(s.Refs) == 0 || slices.ContainsFunc(s.Refs, func(glob string) bool { return matchRef(glob, ref, headBranch) }) {
			at = append(at, i)
		}
	}
	return at
}

// sectionsAbout returns those of the sections that count for a finding about a path; "" for one that is about none.
func (p *Policy) sectionsAbout(at []int, path string) []int {
	if !slices.ContainsFunc(at, func(i int) bool { return len(p.Sections[i].Paths) > 0 }) {
		return at
	}
	var about []int
	for _, i := range at {
		if globs := p.Sections[i].Paths; len(globs) == 0 || path != "" && matchAny(globs, path) {
			about = append(about, i)
		}
	}
	return about
}

// modeIn returns how seriously the policy is meant in some of its sections.
func (p *Policy) modeIn(sections []int) Mode {
	mode := p.Mode
	for _, i := range sections {
		if m := p.Sections[i].Mode; m != "" {
			mode = m
		}
	}
	return mode
}

// modeAt returns the strictest mode that anything on a ref can be judged by, whatever its path.
func (p *Policy) modeAt(at []int) Mode {
	mode := p.modeIn(p.sectionsAbout(at, ""))
	for _, i := range at {
		if s := p.Sections[i]; len(s.Paths) > 0 && s.Mode != "" {
			mode = stricterMode(mode, s.Mode)
		}
	}
	return mode
}

// gatesIn returns the gates of a class of change in some sections.
func (p *Policy) gatesIn(class analyzers.Class, sections []int) Gates {
	var in [][2]Gates
	for _, i := range sections {
		in = append(in, [2]Gates{p.Sections[i].Gates, p.Sections[i].Classes[class]})
	}
	return inForce(p.Gates, p.Classes[class], in)
}

// inForce puts the gates of a class over those of every change, and then those of sections, each with its own of the class.
func inForce[M ~map[string]G, G any](gates, class M, sections [][2]M) M {
	merged := replaceGates(gates, class)
	for _, s := range sections {
		merged = replaceGates(replaceGates(merged, s[0]), s[1])
	}
	return merged
}

func matchAny(globs []string, name string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool { return doublestar.MatchUnvalidated(glob, name) })
}

// stricterMode returns the stricter of two modes. What is no mode at all is as strict as any.
func stricterMode(a, b Mode) Mode {
	rank := func(m Mode) int { return slices.Index([]Mode{Off, Observe}, m) } // -1: Enforce, and what nobody validated
	switch {
	case rank(a) < 0 || rank(b) < 0:
		return Enforce
	case rank(b) > rank(a):
		return b
	}
	return a
}
