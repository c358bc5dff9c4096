package policy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// The bounds of single values.
const (
	maxDeadline = 24 * time.Hour
	maxFindings = 1000
	maxText     = 200 // characters of a contact
	maxEntries  = 1000
)

// The names that analyzers.Validate and analyzers.ValidateRules let pass.
var (
	analyzerRE = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	gateRE     = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*(/[a-z0-9]+([-_.][a-z0-9]+)*)?$`)
)

// validate looks at what the decoder cannot see from types. Only what the file itself says is looked at: the rest has
// been, and has no place in it.
func validate(d *strict.Decoder, p *Policy) {
	bad := func(path, hint, format string, args ...any) {
		d.Errs = append(d.Errs, d.At[path].Error(hint, path+": "+format, args...))
	}
	// said reports whether the file gives a value to path that decoded.
	said := func(path string) bool {
		at, ok := d.At[path]
		return ok && !slices.ContainsFunc(d.Errs, func(e *Error) bool {
			return e.Line == at.Line && strings.HasPrefix(e.Msg, path+":")
		})
	}
	if said("version") && p.Version != 1 {
		bad("version", "write 1, or use a newer refward", "there is no version %d", p.Version)
	}
	if said("contact") && (len([]rune(p.Contact)) > maxText || !oneLine(p.Contact)) {
		bad("contact", "", "want one line of at most %d characters", maxText)
	}
	if said("protected") {
		if len(p.Protected) > maxEntries {
			bad("protected", "use globs", "more than %d entries", maxEntries)
		}
		for i, glob := range p.Protected {
			path := fmt.Sprintf("protected[%d]", i)
			if msg := badGlob(glob); said(path) && msg != "" {
				bad(path, "", "%q %s", glob, msg)
			}
		}
	}
	if said("deadline") && (p.Deadline <= 0 || p.Deadline > maxDeadline) {
		bad("deadline", "", "want more than 0s and at most %s", maxDeadline)
	}
	if said("limits.blob") && p.Limits.Blob < 1 {
		bad("limits.blob", "", "want at least 1 byte")
	}
	if said("limits.findings") && (p.Limits.Findings < 1 || p.Limits.Findings > maxFindings) {
		bad("limits.findings", "", "want 1 to %d", maxFindings)
	}
	if said("bots") {
		for i, login := range p.Bots {
			path := fmt.Sprintf("bots[%d]", i)
			if said(path) && (login == "" || !oneLine(login)) {
				bad(path, "", "%q is not a login", login)
			}
		}
	}
	for key := range p.Gates {
		if !gateRE.MatchString(key) {
			bad("gates."+key, "write analyzer, analyzer/group or analyzer/rule", "malformed key")
		}
	}
	if said("audit.file") && p.Audit.File != "" && !absolute(p.Audit.File) {
		bad("audit.file", "", "want an absolute path: a hook runs in a directory of Git's choice")
	}
	if said("types") && p.Types != "" && !absolute(p.Types) {
		bad("types", "", "want an absolute path: a hook runs in a directory of Git's choice")
	}
	for _, problem := range p.Tracker.Problems() {
		if path := "tracker." + problem.Key; said(path) {
			bad(path, "", "%s", problem.Msg)
		}
	}
	if said("allow.file") && p.Allow.File != "" && !absolute(p.Allow.File) {
		bad("allow.file", "", "want an absolute path: a hook runs in a directory of Git's choice")
	}
}

func oneLine(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// absolute takes a server's path for absolute on every system, so that its file can be checked anywhere.
func absolute(path string) bool {
	return strings.IndexByte(path, 0) < 0 && (strings.HasPrefix(path, "/") || filepath.IsAbs(path))
}

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
	for path, at := range p.at {
		head, key, nested := strings.Cut(path, ".")
		switch {
		case head == "gates" && nested:
			if _, is := p.Gates[key]; !is {
				continue // a class of a gate, or a key that a later file replaced
			}
			name, sub, fine := strings.Cut(key, "/")
			a := byName[name]
			if a == nil {
				errs = append(errs, at.Error(strict.DidYouMean(name, names), "%s: there is no analyzer %q", path, name))
			} else if fine && rules {
				known := slices.Clone(a.Groups)
				for _, r := range a.Rules() {
					known = append(known, r.ID)
				}
				if !slices.Contains(known, sub) {
					errs = append(errs, at.Error(strict.DidYouMean(sub, known), "%s: %s has no rule or group %q", path, name, sub))
				}
			}
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

// own stands for the analyzer "policy", whose findings are about the pushed policy file itself, where list has none.
func own() *analyzers.Analyzer {
	return &analyzers.Analyzer{Name: "policy", Essential: true, Rules: func() []analyzers.Rule {
		return []analyzers.Rule{{ID: "broken-file"}}
	}}
}

// topKeys lists the keys of a policy file that are no analyzer's section.
func topKeys() []string {
	return []string{"version", "preset", "mode", "contact", "protected", "fingerprint_key", "deadline", "limits", "bots",
		"gates", "on_error", "on_invalid", "audit", "allow", "types", "tracker"}
}
