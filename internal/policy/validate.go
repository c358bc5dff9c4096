package policy

import (
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
	maxRules    = 100 // of classify, and sections
)

// The names that analyzers.Validate and analyzers.ValidateRules let pass.
var (
	analyzerRE = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	wordRE     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
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
	v := validator{d, said, bad}
	v.gates("gates", p.Gates)
	v.classGates("classes", p.Classes)
	v.classify(p.Classify)
	v.sections(p.Sections)
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
	for _, problem := range p.Identity.Problems() {
		if path := "identity." + problem.Key; said(path) {
			bad(path, "", "%s", problem.Msg)
		}
	}
	for _, problem := range p.Reviewers.Problems() {
		if path := "reviewers." + problem.Key; said(path) {
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

// A validator looks at lists and mappings of a file.
type validator struct {
	d    *strict.Decoder
	said func(path string) bool
	bad  func(path, hint, format string, args ...any)
}

func (v validator) gates(path string, gates Gates) {
	for key := range gates {
		if sub := path + "." + key; v.said(sub) && !gateRE.MatchString(key) {
			v.bad(sub, "write analyzer, analyzer/group or analyzer/rule", "malformed key")
		}
	}
}

func (v validator) classGates(path string, classes ClassesGates) {
	for class, gates := range classes {
		sub := path + "." + string(class)
		if v.said(sub) && !slices.Contains(analyzers.Classes(), class) {
			v.bad(sub, strict.DidYouMean(string(class), class.Choices()), "there is no class %q", class)
		}
		v.gates(sub, gates)
	}
}

func (v validator) classify(rules []ClassRule) {
	if !v.said("classify") {
		return
	}
	if len(rules) > maxRules {
		v.bad("classify", "use globs", "more than %d entries", maxRules)
		return
	}
	for i, r := range rules {
		path := fmt.Sprintf("classify[%d]", i)
		if r.Class == "" && v.clean(path) {
			v.bad(path, "name one: "+strings.Join(r.Class.Choices(), ", "), "needs a class")
		}
		if len(r.Branches)+len(r.Types)+len(r.Paths) == 0 && r.MinLines == 0 && r.MinFiles == 0 && v.clean(path) {
			v.bad(path, "say branches, types, paths, min_lines or min_files", "would hold for every change")
		}
		v.globs(path+".branches", r.Branches, badRefGlob)
		v.globs(path+".paths", r.Paths, badGlob)
		v.globs(path+".types", r.Types, func(word string) string {
			if !wordRE.MatchString(word) {
				return "is not a word"
			}
			return ""
		})
		for key, n := range map[string]int{"min_lines": r.MinLines, "min_files": r.MinFiles} {
			if sub := path + "." + key; v.has(sub) && v.said(sub) && n < 1 {
				v.bad(sub, "", "want at least 1")
			}
		}
	}
}

func (v validator) sections(sections []Section) {
	if !v.said("sections") {
		return
	}
	if len(sections) > maxRules {
		v.bad("sections", "use globs", "more than %d entries", maxRules)
		return
	}
	for i, s := range sections {
		path := fmt.Sprintf("sections[%d]", i)
		if len(s.Refs)+len(s.Paths)+len(s.Repositories) == 0 && v.clean(path) {
			v.bad(path, "say refs, paths or repositories", "would count everywhere, like what stands outside of sections")
		}
		if s.Mode == "" && len(s.Gates)+len(s.Classes) == 0 && v.clean(path) {
			v.bad(path, "say mode, gates or classes", "changes nothing")
		}
		v.globs(path+".refs", s.Refs, badGlob)
		v.globs(path+".paths", s.Paths, badGlob)
		v.globs(path+".repositories", s.Repositories, func(glob string) string {
			return badGlob(strings.TrimPrefix(glob, "/")) // a path on disk
		})
		v.gates(path+".gates", s.Gates)
		v.classGates(path+".classes", s.Classes)
	}
}

// clean reports whether nothing at or below path was wrong so far.
func (v validator) clean(path string) bool {
	return !slices.ContainsFunc(v.d.Errs, func(e *Error) bool {
		for rest := e.Msg; ; {
			_, after, found := strings.Cut(rest, path)
			if !found {
				return false
			}
			if after == "" || strings.ContainsRune(".[: ", rune(after[0])) {
				return true
			}
			rest = after
		}
	})
}

// has reports whether the file names path.
func (v validator) has(path string) bool { _, ok := v.d.At[path]; return ok }

// globs looks at a list that must not be empty when it is there: it would name nothing, and a condition that names nothing would hold always.
func (v validator) globs(path string, list []string, bad func(string) string) {
	if !v.has(path) || !v.said(path) {
		return
	}
	switch {
	case len(list) == 0:
		v.bad(path, "name something, or remove the key", "is empty")
	case len(list) > maxEntries:
		v.bad(path, "use globs", "more than %d entries", maxEntries)
	}
	for i, glob := range list {
		if sub := fmt.Sprintf("%s[%d]", path, i); v.said(sub) {
			if msg := bad(glob); msg != "" {
				v.bad(sub, "", "%q %s", glob, msg)
			}
		}
	}
}

// badRefGlob is badGlob where HEAD's branch is not asked about: which one that is differs between clones.
func badRefGlob(glob string) string {
	if glob == "HEAD" {
		return "is no branch: name it"
	}
	return badGlob(glob)
}
