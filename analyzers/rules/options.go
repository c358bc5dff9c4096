package rules

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
)

// Options is the section "rules" of a policy: each rule by its ID.
type Options map[string]Rule

// A Rule is one rule of the policy's own.
type Rule struct {
	Description string    `yaml:"description"` // one line: what the rule asks for
	If          string    `yaml:"if"`          // expression: when the rule applies; "" = always
	Need        string    `yaml:"need"`        // expression: what must then be true
	Message     string    `yaml:"message"`     // one line, for the finding; "" = the description
	Hint        string    `yaml:"hint"`        // one line: what to do about it; may be ""
	Each        Each      `yaml:"each"`        // what it is asked about; "" = change
	Early       bool      `yaml:"early"`       // with EachCommit: ask already while the commit is being made
	Group       string    `yaml:"group"`       // by which policy can gate several rules at once; may be ""
	Severity    Severity  `yaml:"severity"`    // "" = medium
	Examples    []Example `yaml:"examples"`    // tried by Analyzer.Try
}

// Each is what a rule is asked about.
type Each string

// What a rule is asked about.
const (
	EachChange Each = "change" // all new commits of a ref together
	EachCommit Each = "commit" // each new commit
)

// Choices lists the values, for a policy file.
func (Each) Choices() []string { return []string{string(EachChange), string(EachCommit)} }

// Severity is an analyzers.Severity by its name.
type Severity string

// Choices lists the values, for a policy file.
func (Severity) Choices() []string {
	var names []string
	for s := analyzers.Info; s <= analyzers.Critical; s++ {
		names = append(names, s.String())
	}
	return names
}

// An Example is a change, and what the rule says of it: one of the two is set.
type Example struct {
	Pass *Sample `yaml:"pass"` // the rule finds nothing
	Fail *Sample `yaml:"fail"` // the rule finds something
}

// A Sample is a change in brief. With [EachCommit] the rule is asked about each of its commits, or about one without a message, and
// all files are each one's.
type Sample struct {
	Kind        string            `yaml:"kind"`         // "" = push
	Class       []analyzers.Class `yaml:"class"`        // none = feature
	Ref         string            `yaml:"ref"`          // "" = refs/heads/main
	Protected   bool              `yaml:"protected"`    //
	Created     bool              `yaml:"created"`      //
	Deleted     bool              `yaml:"deleted"`      //
	FastForward *bool             `yaml:"fast_forward"` // nil = true
	Files       []SampleFile      `yaml:"files"`        //
	Commits     []SampleCommit    `yaml:"commits"`      //
	Pusher      SamplePusher      `yaml:"pusher"`       //
	Options     []string          `yaml:"options"`      //
}

// A SampleFile is a changed path.
type SampleFile struct {
	Path    string `yaml:"path"`
	OldPath string `yaml:"old_path"`
	Status  string `yaml:"status"` // "" = M
	Mode    int    `yaml:"mode"`   // 0 = 0o100644
	OldMode int    `yaml:"old_mode"`
}

// A SampleCommit is a commit.
type SampleCommit struct {
	Subject   string `yaml:"subject"`   // the first line of the message
	Message   string `yaml:"message"`   // all of it, instead of a subject
	Author    string `yaml:"author"`    // Name <mail>
	Committer string `yaml:"committer"` // Name <mail>; "" = the author
	Merge     bool   `yaml:"merge"`     //
	Reverts   string `yaml:"reverts"`   // id
	Picks     string `yaml:"picks"`     // id
}

// A SamplePusher is who pushes.
type SamplePusher struct {
	Name   string   `yaml:"name"`
	Emails []string `yaml:"emails"`
	Key    string   `yaml:"key"`
	Source string   `yaml:"source"`
}

// Defaults returns the options of a policy that says nothing about them.
func Defaults() Options { return Options{} }

// Bounds on what a policy may say. What people write has some hundred characters and a dozen rules.
const (
	maxRules    = 200
	maxExamples = 100 // of one rule
	maxText     = 500 // characters of a description, message or hint
)

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// rule is a Rule made ready to use. It is immutable.
type rule struct {
	Rule
	id       string
	severity analyzers.Severity
	when     *program // nil = always
	need     *program

	ofContent bool // it speaks of what a ref gains
}

// uses reports whether one of the rule's expressions speaks of one of the names.
func (r *rule) uses(names ...string) bool {
	for _, name := range names {
		if r.need.names[name] || r.when != nil && r.when.names[name] {
			return true
		}
	}
	return false
}

// prepare returns the rules in the order of their IDs, or what is wrong with them.
func prepare(opts Options) ([]*rule, error) {
	if len(opts) > maxRules {
		return nil, fmt.Errorf("%d rules, at most %d are read", len(opts), maxRules)
	}
	var list []*rule
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(opts)) {
		r, err := prepareRule(id, opts[id], func(group string) bool { _, is := opts[group]; return is })
		if err != nil {
			errs = append(errs, err)
		}
		list = append(list, r)
	}
	return list, errors.Join(errs...)
}

func prepareRule(id string, r Rule, isRule func(name string) bool) (*rule, error) {
	made := &rule{Rule: r, id: id, severity: analyzers.Medium}
	var errs []error
	bad := func(key, hint, format string, args ...any) {
		if key != "" {
			key = "." + key
		}
		errs = append(errs, &analyzers.OptionError{Key: id + key, Msg: fmt.Sprintf(format, args...), Hint: hint})
	}
	if !nameRE.MatchString(id) {
		bad("", "such as api-docs", "%q is not lower case words with dashes", id)
	}
	for key, text := range map[string]string{"description": r.Description, "message": r.Message, "hint": r.Hint} {
		if utf8.RuneCountInString(text) > maxText || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
			bad(key, "", "it is not one line of at most %d characters", maxText)
		}
	}
	if strings.TrimSpace(r.Description) == "" {
		bad("description", "say in one line what the rule asks for", "there is none")
	}
	if made.Message == "" {
		made.Message = r.Description
	}
	switch r.Each {
	case "":
		made.Each = EachChange
	case EachChange, EachCommit:
	default:
		bad("each", "", "%q is neither change nor commit", r.Each)
	}
	if r.Early && made.Each != EachCommit {
		bad("early", "say each: commit", "while a commit is being made there is no change yet")
	}
	if r.Severity != "" {
		n := slices.Index(r.Severity.Choices(), string(r.Severity))
		if n < 0 {
			bad("severity", "", "%q is none of %s", r.Severity, strings.Join(r.Severity.Choices(), ", "))
		}
		made.severity = analyzers.Severity(n)
	}
	switch {
	case r.Group == "":
	case !nameRE.MatchString(r.Group):
		bad("group", "", "%q is not lower case words with dashes", r.Group)
	case isRule(r.Group):
		bad("group", "", "%q is the name of a rule", r.Group)
	}
	var err error
	if strings.TrimSpace(r.If) != "" {
		if made.when, err = compile(r.If, made.Each); err != nil {
			bad("if", "", "%s", err)
		}
	}
	if strings.TrimSpace(r.Need) == "" {
		bad("need", "such as any(files, .path startsWith \"docs/\")", "there is no expression")
	} else if made.need, err = compile(r.Need, made.Each); err != nil {
		bad("need", "", "%s", err)
	}
	if len(r.Examples) > maxExamples {
		bad("examples", "", "%d examples, at most %d are tried", len(r.Examples), maxExamples)
	}
	for i, e := range r.Examples {
		key := fmt.Sprintf("examples[%d]", i)
		if (e.Pass == nil) == (e.Fail == nil) {
			bad(key, "one of pass and fail", "it does not say what the rule says of it")
			continue
		}
		if err := e.sample().check(); err != nil {
			bad(key, "", "%s", err)
		}
	}
	if len(errs) == 0 {
		made.ofContent = made.uses(ofFiles...) || made.uses(ofCommits...)
	}
	return made, errors.Join(errs...)
}
