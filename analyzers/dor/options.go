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
	// counts between word boundaries and outside of URLs.
	Patterns []string `yaml:"patterns"`

	// Projects are the projects, such as ABC, whose keys count among those that look like ABC-1. Empty: every project
	// does, but well-known names that only look like a key (UTF-8, SHA-256) do not.
	Projects []string `yaml:"projects"`

	// Types are the allowed types of a Conventional Commits header, in any case.
	Types []string `yaml:"types"`

	// SubjectMax is the greatest length of a subject, in characters as a reader counts them.
	SubjectMax int `yaml:"subject_max"`

	// WIP are beginnings of a subject that mark unfinished work, in any case.
	WIP []string `yaml:"wip"`

	// Bots are logins whose commits need no issue key, type or short subject. They count only when the host says who
	// pushes.
	Bots []string `yaml:"bots"`

	// Issue says what the issues that commits name must be like, where a tracker is known.
	Issue IssueOptions `yaml:"issue"`
}

// Defaults returns the options of a policy that says nothing about them.
func Defaults() Options {
	return Options{
		Patterns: []string{`#\d+`, `[A-Z][A-Z0-9]+-\d+`},
		// The types of the Angular convention, which Conventional Commits 1.0 recommends, with revert.
		Types: []string{"feat", "fix", "perf", "refactor", "docs", "test", "build", "ci", "chore", "revert", "style"},
		// A terminal of 80 columns less the indent of git log, on both sides.
		SubjectMax: 72,
		// What git rebase --autosquash acts upon (git-rebase(1)), and what people write.
		WIP: []string{"fixup!", "squash!", "amend!", "WIP"},
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
	patterns   []*regexp.Regexp
	projects   map[string]bool
	types      map[string]bool // lower case
	typeList   string          // as the options have them
	firstType  string
	issue      string // an example of an issue key; "" = none is known
	subjectMax int
	wip        []string
	bots       map[string]bool
	asking     // the tracker
}

func newChecker(opts Options) (*checker, error) {
	c := &checker{
		projects:   map[string]bool{},
		types:      map[string]bool{},
		typeList:   strings.Join(opts.Types, ", "),
		subjectMax: opts.SubjectMax,
		bots:       map[string]bool{},
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
			c.patterns = append(c.patterns, re)
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
	for i, w := range opts.WIP {
		if strings.TrimSpace(w) == "" {
			bad(fmt.Sprintf("wip[%d]", i), "it is empty, and would match every subject")
		}
		c.wip = append(c.wip, strings.TrimSpace(w))
	}
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
