package dor

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/refward/refward/analyzers"
)

// Options is the section "dor" of a policy. An empty list or a zero turns its rule off.
type Options struct {
	// Patterns are regular expressions (RE2) for an issue key, of which one must match anywhere in the message. A match
	// counts between word boundaries and outside of URLs. The address of an issue, as https://…/issues/12 or https://…/browse/ABC-1, counts as #12
	// or ABC-1, and so does owner/name#12.
	Patterns []string `yaml:"patterns"`

	// Projects are the projects, such as ABC, whose keys count among those that look like ABC-1. Empty: every project
	// does, but well-known names that only look like a key (UTF-8, SHA-256) do not.
	Projects []string `yaml:"projects"`

	// Types are the allowed types of a Conventional Commits header, in any case.
	Types []string `yaml:"types"`

	// SubjectMax is the greatest length of a subject, in characters as a reader counts them.
	SubjectMax int `yaml:"subject_max"`

	// Scopes are those allowed in a header, in any case; "a,b" and "a/b" name two. Empty: every scope is.
	Scopes []string `yaml:"scopes"`

	// ScopeRequired says that a header must have a scope.
	ScopeRequired bool `yaml:"scope_required"`

	// SubjectCase is how a description begins: "lower" or "sentence"; "" = as it likes.
	SubjectCase string `yaml:"subject_case"`

	// SubjectPeriod refuses a full stop at the end of the subject.
	SubjectPeriod bool `yaml:"subject_period"`

	// BodySeparator asks for an empty second line.
	BodySeparator bool `yaml:"body_separator"`

	// BodyLineMax is the greatest length of a line of the body, in characters as a reader counts them. Lines with a URL, lines
	// without a space, and trailers may be longer.
	BodyLineMax int `yaml:"body_line_max"`

	// BodyRequired are the types whose commits need a body.
	BodyRequired []string `yaml:"body_required"`

	// Trailers says what is asked of trailers, by name.
	Trailers map[string]Trailer `yaml:"trailers"`

	// Branches are regular expressions (RE2), of which one must match the whole short name of each branch that is not protected.
	Branches []string `yaml:"branches"`

	// Bots are logins of whose commits and branches nothing is asked but a subject. They count only when the host says who pushes.
	Bots []string `yaml:"bots"`

	// Issue says what the issues that commits name must be like, where a tracker is known.
	Issue IssueOptions `yaml:"issue"`
}

// Defaults returns the options of a policy that says nothing about them.
func Defaults() Options {
	return Options{
		Patterns: []string{`#\d+`, keyPattern},
		// The types of the Angular convention, which Conventional Commits 1.0 recommends, with revert.
		Types: []string{"feat", "fix", "perf", "refactor", "docs", "test", "build", "ci", "chore", "revert", "style"},
		// A terminal of 80 columns less the indent of git log, on both sides.
		SubjectMax: 72,
		// As commitlint's config-conventional has both.
		SubjectPeriod: true,
		BodySeparator: true,
		Trailers: map[string]Trailer{
			// What they say must be right. That they are there is asked for by whoever wants them, as preset strict does: "dor: block" in
			// a policy should not mean that every commit needs a Risk.
			"Risk":         {Values: []string{"low", "medium", "high"}, Required: new(bool)},
			"Acceptance":   {Required: new(bool)},
			"Change-Class": {Values: analyzers.Class("").Choices(), Required: new(bool)},
		},
	}
}

// notProjects are names that only look like the project of an issue key: UTF-8, SHA-256, RFC-2119, CVE-2024.
var notProjects = map[string]bool{
	"AES": true, "AMD": true, "ANSI": true, "ARM": true, "BASE": true, "BCP": true, "BLAKE2": true, "COVID": true,
	"CP": true, "CRC": true, "CVE": true, "CWE": true, "ECMA": true, "FIPS": true, "GMT": true, "GPT": true,
	"HTTP": true, "IEC": true, "IEEE": true, "IPV": true, "ISO": true, "LATIN": true, "MD": true, "PEP": true,
	"PKCS": true, "POSIX": true, "RC": true, "RFC": true, "RSA": true, "SHA": true, "SHA2": true, "SHA3": true,
	"SSL": true, "TLS": true, "UCS": true, "USB": true, "UTC": true, "UTF": true, "WIN": true, "WINDOWS": true,
	"X86": true,
}

var (
	typeRE    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	projectRE = regexp.MustCompile(`^[A-Z][A-Z0-9]+$`)
)

// checker is Options made ready to use. It is immutable.
type checker struct {
	patterns   []matcher
	projects   map[string]bool
	types      map[string]bool // lower case
	typeList   string          // as the options have them
	firstType  string
	issue      string // an example of an issue key; "" = none is known
	subjectMax int
	bots       map[string]bool
	asking     // the tracker

	scopes        map[string]bool // lower case
	scopeList     string          // as the options have them
	firstScope    string          // one that is allowed
	scopeRequired bool
	subjectCase   string
	subjectPeriod bool
	bodySeparator bool
	bodyLineMax   int
	bodyRequired  map[string]bool // lower case
	trailers      []trailer       // in the order of their names
	branches      []*regexp.Regexp
	branchList    string // as the options have them
}

func newChecker(opts Options) (*checker, error) {
	c := &checker{
		projects:   map[string]bool{},
		types:      map[string]bool{},
		typeList:   strings.Join(opts.Types, ", "),
		subjectMax: opts.SubjectMax,
		bots:       map[string]bool{},

		scopes:        map[string]bool{},
		scopeList:     strings.Join(opts.Scopes, ", "),
		firstScope:    "area",
		scopeRequired: opts.ScopeRequired,
		subjectCase:   opts.SubjectCase,
		subjectPeriod: opts.SubjectPeriod,
		bodySeparator: opts.BodySeparator,
		bodyLineMax:   opts.BodyLineMax,
		bodyRequired:  map[string]bool{},
		branchList:    strings.Join(opts.Branches, ", "),
	}
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...)})
	}
	for i, p := range opts.Patterns {
		key := fmt.Sprintf("patterns[%d]", i)
		re, err := regexp.Compile(p)
		switch {
		case err != nil:
			bad(key, "%s", err)
		case re.MatchString(""):
			bad(key, "%q matches every message", p)
		default:
			c.patterns = append(c.patterns, matcher{re, p == keyPattern})
		}
	}
	for i, p := range opts.Projects {
		if !projectRE.MatchString(p) {
			bad(fmt.Sprintf("projects[%d]", i), "%q is not upper case letters and digits", p)
		}
		c.projects[p] = true
	}
	for i, typ := range opts.Types {
		if !typeRE.MatchString(typ) {
			bad(fmt.Sprintf("types[%d]", i), "%q is not a word", typ)
		}
		c.types[strings.ToLower(typ)] = true
	}
	if len(opts.Types) > 0 {
		c.firstType = opts.Types[0]
	}
	if opts.SubjectMax < 0 {
		bad("subject_max", "%d is negative", opts.SubjectMax)
	}
	c.addHeaderOptions(opts, bad)
	if opts.BodyLineMax < 0 {
		bad("body_line_max", "%d is negative", opts.BodyLineMax)
	}
	for i, p := range opts.Branches {
		re, err := regexp.Compile(`\A(?:` + p + `)\z`)
		if err != nil {
			bad(fmt.Sprintf("branches[%d]", i), "%s", err)
			continue
		}
		if p == "" {
			bad(fmt.Sprintf("branches[%d]", i), "it is empty, and no branch has such a name")
		}
		c.branches = append(c.branches, re)
	}
	c.trailers = newTrailers(opts.Trailers, bad)
	for i, b := range opts.Bots {
		if b == "" {
			bad(fmt.Sprintf("bots[%d]", i), "a login is empty")
		}
		c.bots[b] = true
	}
	opts.Issue.check(bad)
	c.asking = newAsking(opts.Issue)
	c.issue = c.exampleIssue(opts.Projects)
	return c, errors.Join(errs...)
}

// addHeaderOptions adds what is asked of scope, case and body, by type.
func (k *checker) addHeaderOptions(opts Options, bad func(key, format string, args ...any)) {
	for i, name := range opts.Scopes {
		if strings.TrimSpace(name) != name || name == "" || strings.ContainsAny(name, "(),\r\n") {
			bad(fmt.Sprintf("scopes[%d]", i), "%q cannot stand between the parentheses as one scope", name)
		}
		k.scopes[strings.ToLower(name)] = true
	}
	if len(opts.Scopes) > 0 {
		k.firstScope = opts.Scopes[0]
	}
	if opts.ScopeRequired && len(opts.Types) == 0 {
		bad("scope_required", "without types nothing asks for a header, in which the scope stands")
	}
	switch opts.SubjectCase {
	case anyCase, lower, sentence:
	default:
		bad("subject_case", "%q is neither %s nor %s", opts.SubjectCase, lower, sentence)
	}
	for i, typ := range opts.BodyRequired {
		if folded := strings.ToLower(typ); !k.types[folded] {
			bad(fmt.Sprintf("body_required[%d]", i), "%q is not one of types", typ)
		} else {
			k.bodyRequired[folded] = true
		}
	}
}
