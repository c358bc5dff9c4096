package analyzers

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// An Analyzer is one named check of a [Change]. It states facts; policy decides what they weigh.
type Analyzer struct {
	// Name is the stable identifier: policy key, prefix of every finding's rule, key of a suppression.
	Name string

	// Doc is a one-line title, a blank line, then why the check matters and how to mend what it finds.
	Doc string

	// Essential marks a check without whose answer nothing may enter (secrets, objects). It runs before the others,
	// which therefore cannot starve it, and no policy softens its failure.
	Essential bool

	// Groups are the names by which policy can gate several rules at once, such as "provider" and "generic".
	Groups []string

	// Rules lists every rule that Run can report, in a fixed order. It may be slow: only documentation,
	// "refward explain" and "refward policy check" call it.
	Rules func() []Rule

	// Try, unless it is nil, tries out what the options say of themselves, such as the examples of a user's rule, and returns
	// an [OptionError] for each that is not so. It may be slow: only "refward policy check" calls it.
	Try func(ctx context.Context) error

	// Run reports what is wrong with c, what it examined and what it skipped. A non-nil error means that the check
	// could not be completed, which is never the same as finding nothing; the Result then holds what was found so far.
	// Run is called from several goroutines at once, for several changes, and must stop soon after ctx is done.
	Run func(ctx context.Context, c *Change) (Result, error)
}

// A Rule documents one thing that an Analyzer can find.
type Rule struct {
	ID      string // within the analyzer: lower case, digits and dashes
	Group   string // one of the analyzer's Groups; "" = none, or one that depends on the finding
	Summary string // one line: what is wrong
	Why     string // why it matters
	Fix     string // how to mend it
	Example string // some lines that the rule finds, and below them what is right
	CWE     string // its number in the Common Weakness Enumeration, such as "327"; "" = none is known
}

// A Severity is how bad a finding is in the analyzer's own judgement, before policy weighs it.
type Severity int

// The severities, from the mildest.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severities = [...]string{"info", "low", "medium", "high", "critical"}

func (s Severity) String() string {
	if s < 0 || int(s) >= len(severities) {
		return fmt.Sprintf("Severity(%d)", int(s))
	}
	return severities[s]
}

// A Finding is one fact that an Analyzer states about a Change.
type Finding struct {
	Rule     string   // ID of the rule, without the analyzer's name
	Group    string   // the rule's group; where the rule has none, one of the analyzer's Groups, or ""
	Severity Severity //

	Path    string // raw bytes as Git stores them; "" when the finding is not in a file
	Line    int    // 1-based; 0 = the whole file, or not in a file
	EndLine int    // last line, Line or more; 0 when Line is 0
	Column  int    // 1-based, in bytes; 0 = the whole line
	Commit  string // full id of the commit that brings it; "" when no commit does (index, tag, ref)
	Ref     string // the ref, when it is reached through no commit (a tag's message, a ref's own update); else ""

	Message string // one line: what is wrong here
	Hint    string // one line: what to do about it; may be ""
	Excerpt string // the offending text with every secret redacted; may be ""

	// Key identifies the offending thing itself, such as the secret or the normalised code. Together with analyzer,
	// rule and path it becomes the fingerprint: equal on client and server, and after a rebase. It is never printed.
	Key string

	// Secrets are texts that must not leave the process: reports, logs and records replace each occurrence.
	Secrets []string

	// Validity says whether the secret passed its own checksum: one of the words below, or "" if not asked.
	Validity string

	// Inline is what the finding's own lines say to allow it, as [InlineAllow] returns it; "" when they say nothing. The author
	// of the change wrote it: policy says whether it counts.
	Inline string
}

// What a secret's own checksum can say of it.
const (
	ValidityValid   = "valid"   // the checksum is right
	ValidityInvalid = "invalid" // the checksum is wrong, or the form on which the issuer insists: probably no secret
	ValidityUnknown = "unknown" // it has no checksum, or not all of it was seen
)

// A Skip is something that an Analyzer did not examine. Skipping is never silent.
type Skip struct {
	What string `json:"what"` // what was not examined, such as a path
	Why  string `json:"why"`
}

// A Result is what one run of an Analyzer found.
type Result struct {
	Findings []Finding
	Examined map[string]int64 // how much was looked at, by unit: "commits", "files", "lines", "bytes"
	Skipped  []Skip

	// Hidden are texts that must not leave the process although no finding is about them, such as a secret in the name of a ref that
	// is being deleted: that is how it is mended, and must not be refused. Reports, logs and records replace them like
	// Finding.Secrets. They are in a fixed order.
	Hidden []string
}

// An Outcome is how one Analyzer's run ended.
type Outcome struct {
	Analyzer string
	Result   Result
	Err      error         // nil when the check was completed
	TimedOut bool          // abandoned at the deadline; Err is then set too
	Took     time.Duration // wall time
}

var (
	nameRE = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	ruleRE = regexp.MustCompile(`^[a-z0-9]+([-_.][a-z0-9]+)*$`)
)

// Validate reports what is wrong with a list of analyzers: a missing part, a name that is not lower case, a name that
// occurs twice. The programs call it at start-up, so that a bad list never judges anything. It does not call Rules.
func Validate(list []*Analyzer) error {
	var errs []error
	seen := map[string]bool{}
	for i, a := range list {
		switch {
		case a == nil:
			errs = append(errs, fmt.Errorf("analyzer %d is nil", i))
			continue
		case !nameRE.MatchString(a.Name):
			errs = append(errs, fmt.Errorf("analyzer %d: name %q is not lower case words with dashes", i, a.Name))
		case seen[a.Name]:
			errs = append(errs, fmt.Errorf("analyzer %s: listed twice", a.Name))
		}
		seen[a.Name] = true
		if a.Doc == "" {
			errs = append(errs, fmt.Errorf("analyzer %s: no documentation", a.Name))
		}
		if a.Run == nil {
			errs = append(errs, fmt.Errorf("analyzer %s: nothing to run", a.Name))
		}
		if a.Rules == nil {
			errs = append(errs, fmt.Errorf("analyzer %s: lists no rules", a.Name))
		}
		for _, g := range a.Groups {
			if !nameRE.MatchString(g) {
				errs = append(errs, fmt.Errorf("analyzer %s: group %q is not lower case words with dashes", a.Name, g))
			}
		}
	}
	return errors.Join(errs...)
}

// ValidateRules reports what is wrong with the rules of an analyzer: an identifier that is malformed or occurs twice,
// an undeclared group, a missing summary, fix or example. Tests call it for every analyzer.
func ValidateRules(a *Analyzer) error {
	var errs []error
	groups, seen := map[string]bool{"": true}, map[string]bool{}
	for _, g := range a.Groups {
		groups[g] = true
	}
	for _, r := range a.Rules() {
		id := a.Name + "/" + r.ID
		if !ruleRE.MatchString(r.ID) {
			errs = append(errs, fmt.Errorf("rule %s: malformed identifier", id))
		}
		if seen[r.ID] {
			errs = append(errs, fmt.Errorf("rule %s: listed twice", id))
		}
		seen[r.ID] = true
		if groups[r.ID] {
			errs = append(errs, fmt.Errorf("rule %s: named like a group", id))
		}
		if !groups[r.Group] {
			errs = append(errs, fmt.Errorf("rule %s: group %q is not declared", id, r.Group))
		}
		if r.Summary == "" || r.Fix == "" {
			errs = append(errs, fmt.Errorf("rule %s: needs a summary and a fix", id))
		}
		if strings.TrimSpace(r.Example) == "" {
			errs = append(errs, fmt.Errorf("rule %s: needs an example of what it finds, and of what is right", id))
		}
	}
	if len(seen) == 0 {
		errs = append(errs, fmt.Errorf("analyzer %s: lists no rules", a.Name))
	}
	return errors.Join(errs...)
}
