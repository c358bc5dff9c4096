package secrets

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/secrets/ruleset"
)

// Break may stand in the words and examples of a policy's own rules, and is taken out before they are used. A policy that is
// kept in a repository is searched when it is pushed, like any file: broken, its examples are no secrets.
const Break = "<|>"

// A CustomRule is a rule of the policy's own. It finds a pattern, or words, or files by their path; or a pattern or words in
// files of a path.
type CustomRule struct {
	ID          string `yaml:"id"`          // lower case, digits and dashes; no other rule's
	Description string `yaml:"description"` // what it finds, in a few words; "" = the id

	Regex string   `yaml:"regex"` // RE2
	Words []string `yaml:"words"` // words and phrases, in any case, that begin and end where words do
	Path  string   `yaml:"path"`  // RE2, for the path of the file

	Keywords    []string `yaml:"keywords"`     // of which one must be near, in any case, for the pattern to be tried
	Entropy     float64  `yaml:"entropy"`      // bits a character that the secret must exceed; 0 = any
	SecretGroup int      `yaml:"secret_group"` // of the pattern, that holds the secret; 0 = the first, or all without one

	Group    RuleGroup `yaml:"group"` // by which policy gates it; "" = generic
	Examples Examples  `yaml:"examples"`
}

// A RuleGroup is a group that a policy may put its own rules into.
type RuleGroup string

// Choices lists the groups.
func (RuleGroup) Choices() []string { return []string{groupProvider, groupGeneric} }

// Examples are what "refward policy check" tries a rule with. Those of a rule that has a path only are paths.
type Examples struct {
	Path  string   `yaml:"path"`  // of the file that the texts are in
	Match []string `yaml:"match"` // what the rule must find
	Pass  []string `yaml:"pass"`  // what it must not find
}

// An Allowance lets findings pass that meet each of its conditions; of the entries of one condition, any will do.
type Allowance struct {
	Words   []string `yaml:"words"`   // the secret contains one, in any case
	Regexes []string `yaml:"regexes"` // RE2, of which one matches in the secret
	Paths   []string `yaml:"paths"`   // RE2, of which one matches in the path
	Commits []string `yaml:"commits"` // full ids of commits
	Rules   []string `yaml:"rules"`   // ids of the rules that it is for; none = all
	Reason  string   `yaml:"reason"`  // why; for those who read the policy
}

func (o *Options) custom() bool { return len(o.Rules)+len(o.Allow) > 0 }

var commitRE = regexp.MustCompile(`^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`)

// checkCustom reports what is wrong with the policy's own rules and allowances; taken are the ids of all other rules.
func (o *Options) checkCustom(taken []string) error {
	var c optionChecker
	ids := slices.Clone(taken)
	for i := range o.Rules {
		r := &o.Rules[i]
		c.rule(fmt.Sprintf("rules[%d]", i), r, ids)
		ids = append(ids, r.ID)
	}
	for i := range o.Allow {
		c.allowance(fmt.Sprintf("allow[%d]", i), &o.Allow[i], ids)
	}
	return errors.Join(c.errs...)
}

type optionChecker struct{ errs []error }

func (c *optionChecker) bad(key, hint, format string, args ...any) {
	c.errs = append(c.errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *optionChecker) rule(key string, r *CustomRule, taken []string) {
	switch reserved := []string{ruleUnread, groupProvider, groupGeneric, groupPersonal, groupUnexamined}; {
	case r.ID == "":
		c.bad(key, "write id: some-name", "the rule has no id")
	case !ruleset.IsID(r.ID):
		c.bad(key+".id", "", "%q is not lower case letters and digits, joined by dashes", r.ID)
	case slices.Contains(reserved, r.ID):
		c.bad(key+".id", "choose another", "%q is a name of Refward's own", r.ID)
	case slices.Contains(taken, r.ID):
		c.bad(key+".id", "choose another; to change a stock rule, use secrets.config", "there is a rule %q already", r.ID)
	}
	if strings.ContainsAny(r.Description, "\n\r") {
		c.bad(key+".description", "", "want one line")
	}
	re := c.pattern(key+".regex", r.Regex)
	c.pattern(key+".path", r.Path)
	c.list(key+".words", r.Words)
	c.list(key+".keywords", r.Keywords)
	inText := r.Regex != "" || len(r.Words) > 0
	switch {
	case !inText && r.Path == "":
		c.bad(key, "write regex, words or path", "the rule finds nothing")
	case r.Regex != "" && len(r.Words) > 0:
		c.bad(key+".words", "make two rules of it", "a rule has a regex or words, not both")
	}
	if r.SecretGroup != 0 && (re == nil || r.SecretGroup < 0 || r.SecretGroup > re.NumSubexp()) {
		c.bad(key+".secret_group", "", "the pattern has no group %d", r.SecretGroup)
	}
	if r.Entropy < 0 || r.Entropy > 8 || r.Entropy != 0 && r.Regex == "" {
		c.bad(key+".entropy", "", "want 0 to 8 bits a character, of a pattern")
	}
	if inText && r.Path != "" && r.Examples.Path == "" && len(r.Examples.Match)+len(r.Examples.Pass) > 0 {
		c.bad(key+".examples", "write path: the/file", "the rule looks at some files only, and the examples are in none")
	}
	c.list(key+".examples.match", r.Examples.Match)
	c.list(key+".examples.pass", r.Examples.Pass)
}

func (c *optionChecker) allowance(key string, a *Allowance, ids []string) {
	switch {
	case strings.TrimSpace(a.Reason) == "":
		c.bad(key, "write reason: why that is no secret", "it has no reason")
	case strings.ContainsAny(a.Reason, "\n\r"):
		c.bad(key+".reason", "", "want one line")
	}
	if len(a.Words)+len(a.Regexes)+len(a.Paths)+len(a.Commits) == 0 {
		c.bad(key, "write words, regexes, paths or commits", "it allows everything")
	}
	c.list(key+".words", a.Words)
	for i, p := range a.Regexes {
		c.needed(fmt.Sprintf("%s.regexes[%d]", key, i), p)
	}
	for i, p := range a.Paths {
		c.needed(fmt.Sprintf("%s.paths[%d]", key, i), p)
	}
	for i, id := range a.Commits {
		if !commitRE.MatchString(id) {
			c.bad(fmt.Sprintf("%s.commits[%d]", key, i), "git rev-parse prints it", "%q is not the full id of a commit", id)
		}
	}
	for i, id := range a.Rules {
		if !slices.Contains(ids, id) {
			c.bad(fmt.Sprintf("%s.rules[%d]", key, i), "\"refward explain secrets\" lists them", "there is no rule %q", id)
		}
	}
}

// pattern compiles a pattern, if there is one.
func (c *optionChecker) pattern(key, pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	return c.needed(key, pattern)
}

func (c *optionChecker) needed(key, pattern string) *regexp.Regexp {
	re, err := regexp.Compile(pattern)
	switch {
	case err != nil:
		c.bad(key, "", "%s", err)
	case re.MatchString(""):
		c.bad(key, "", "%q matches everything", pattern)
	default:
		return re
	}
	return nil
}

// list wants something in each entry.
func (c *optionChecker) list(key string, entries []string) {
	for i, s := range entries {
		if strings.TrimSpace(unbroken(s)) == "" {
			c.bad(fmt.Sprintf("%s[%d]", key, i), "", "it is empty")
		}
	}
}

func unbroken(s string) string { return strings.ReplaceAll(s, Break, "") }

func (r *CustomRule) group() string { return cmp.Or(string(r.Group), groupGeneric) }
