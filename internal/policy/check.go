package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// EssentialOf returns the names of the essential analyzers, for [Input].
func EssentialOf(list []*analyzers.Analyzer) map[string]bool {
	names := map[string]bool{}
	for _, a := range list {
		if a.Essential {
			names[a.Name] = true
		}
	}
	return names
}

// Check reports what the policy's files say about analyzers that are not in list, or against their nature: an essential
// one cannot be softened. An error is of type [Errors]. The presets are ours and not looked at.
func (p *Policy) Check(list []*analyzers.Analyzer) error { return p.check(list, false) }

// CheckRules is [Policy.Check] for rules too, and for what the options say of themselves, such as the examples of rules. It asks
// each analyzer for its rules and has it try its options out, which may be slow.
func (p *Policy) CheckRules(ctx context.Context, list []*analyzers.Analyzer) error {
	errs := []error{p.check(list, true)}
	for _, a := range list {
		if a.Try != nil {
			errs = append(errs, p.Locate(a.Name, a.Try(ctx)))
		}
	}
	return errors.Join(errs...)
}

func (p *Policy) check(list []*analyzers.Analyzer, rules bool) error {
	byName := map[string]*analyzers.Analyzer{}
	var names []string
	for _, a := range append([]*analyzers.Analyzer{own()}, list...) {
		if byName[a.Name] == nil {
			names = append(names, a.Name)
		}
		byName[a.Name] = a
	}
	var errs Errors
	for path, gates := range p.allGates() {
		for key := range gates {
			at, written := p.at[path+"."+key]
			if !written {
				continue // the preset's
			}
			name, sub, fine := strings.Cut(key, "/")
			a := byName[name]
			if a == nil {
				errs = append(errs, at.Error(strict.DidYouMean(name, names), "%s: there is no analyzer %q", path+"."+key, name))
			} else if fine && rules {
				known := slices.Clone(a.Groups)
				for _, r := range a.Rules() {
					known = append(known, r.ID)
				}
				if !slices.Contains(known, sub) {
					errs = append(errs, at.Error(strict.DidYouMean(sub, known), "%s: %s has no rule or group %q", path+"."+key, name, sub))
				}
			}
		}
	}
	for path, at := range p.at {
		head, key, nested := strings.Cut(path, ".")
		switch {
		case head == "on_error" && nested:
			if a := byName[key]; a == nil {
				errs = append(errs, at.Error(strict.DidYouMean(key, names), "%s: there is no analyzer %q", path, key))
			} else if a.Essential && p.OnError[key] != ErrorRefuse {
				errs = append(errs, at.Error("remove the line", "%s: %s is essential: when it cannot answer, nothing may enter", path, key))
			}
		case !nested && !strings.Contains(path, "[") && !slices.Contains(topKeys(), head) && byName[head] == nil:
			errs = append(errs, at.Error(strict.DidYouMean(head, append(topKeys(), names...)), "unknown key %q", head))
		}
	}
	return errs.Err()
}

// allGates returns every mapping of gates that the policy has, by its path in the file.
func (p *Policy) allGates() map[string]Gates {
	all := map[string]Gates{"gates": p.Gates}
	of := func(prefix string, classes ClassesGates) {
		for class, gates := range classes {
			all[prefix+"classes."+string(class)] = gates
		}
	}
	of("", p.Classes)
	for _, s := range p.Sections {
		prefix := fmt.Sprintf("sections[%d].", s.number) // as the file counts them: For may have left some out
		all[prefix+"gates"] = s.Gates
		of(prefix, s.Classes)
	}
	return all
}

// own stands for the analyzer "policy", whose findings are about the pushed policy file itself, where list has none.
func own() *analyzers.Analyzer {
	return &analyzers.Analyzer{Name: "policy", Essential: true, Rules: func() []analyzers.Rule {
		return []analyzers.Rule{{ID: "broken-file"}}
	}}
}

// topKeys lists the keys of a policy file that are no analyzer's section.
func topKeys() []string {
	return []string{"version", "preset", "mode", "contact", "protected", "fingerprint_key", "deadline", "limits", "bots",
		"gates", "classify", "classes", "sections", "enforce_from", "on_error", "on_invalid", "audit", "allow", "types", "tracker", "identity", "reviewers"}
}
