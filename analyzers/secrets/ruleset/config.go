package ruleset

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/refward/refward/internal/pattern"
)

// A Config is a text of rules, as it is written. Nothing in it is compiled. It must not be changed once others use it.
type Config struct {
	Title       string
	Description string
	MinVersion  string // of gitleaks; not looked at
	Extend      Extend
	Rules       []Rule
	Allowlists  []*Allowlist // for all rules, or for those that they target
	Allowlist   *Allowlist   // the old form of the same
}

// Extend says what a Config lies over.
type Extend struct {
	Path, URL     string // not supported: whoever may write rules must not be able to make a server read its files
	UseDefault    bool   // the stock rules
	DisabledRules []string
}

// A Rule says how one kind of secret is found.
type Rule struct {
	ID          string
	Description string
	Path        string  // pattern of the paths that it looks at; "" = all
	Regex       string  // pattern of the text that it matches; "" = it goes by path alone
	SecretGroup int     // group of Regex that is the secret; 0 = the first that is not empty
	Entropy     float64 // bits for each character that the secret must have more of
	Keywords    []string
	Tags        []string
	Allowlists  []*Allowlist
	Allowlist   *Allowlist // the old form of the same
	Required    []Required
	SkipReport  bool // it only serves rules that require it

	Pack bool `toml:"-"` // a rule pack of Refward's has it

	// PathWords are words, in lower case, of which every path has one, in any case, that Path matches. Without them that is found out by Path
	// itself, which takes longer.
	PathWords []string `toml:"-"`
}

// Required names a rule that must match as well, nearby.
type Required struct {
	ID            string
	WithinLines   *int
	WithinColumns *int
}

// An Allowlist says what is no secret after all.
type Allowlist struct {
	Description string
	TargetRules []string // of a Config: the rules that it is for; none = all
	Condition   string   // "and" = all of what follows must hold, "or" or "" = one of it
	Commits     []string
	Paths       []string
	RegexTarget string // what Regexes look at: "secret" or "", "match", "line"
	Regexes     []string
	StopWords   []string

	Stock bool `toml:"-"` // gitleaks comes with it: nobody here has chosen it
}

// IsAnd tells whether everything that the list asks for must hold.
func (a *Allowlist) IsAnd() bool { return strings.EqualFold(a.Condition, "and") || a.Condition == "&&" }

// Lists returns the allowlists of the rule in both forms.
func (r *Rule) Lists() []*Allowlist { return lists(r.Allowlists, r.Allowlist) }

// Lists returns the allowlists of the configuration in both forms.
func (c *Config) Lists() []*Allowlist { return lists(c.Allowlists, c.Allowlist) }

func lists(all []*Allowlist, old *Allowlist) []*Allowlist {
	if old == nil {
		return all
	}
	return append(all[:len(all):len(all)], old)
}

// Parse reads a configuration. A key that it does not know is an error.
func Parse(text string) (*Config, error) {
	d := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields()
	c := &Config{}
	err := d.Decode(c)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		return nil, fmt.Errorf("toml: unknown key %s", unknown(strict))
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func unknown(err *toml.StrictMissingError) string {
	var keys []string
	for i := range err.Errors {
		line, _ := err.Errors[i].Position()
		keys = append(keys, fmt.Sprintf("%q in line %d", strings.Join(err.Errors[i].Key(), "."), line))
	}
	return strings.Join(keys, ", ")
}

// Stock returns the rules that gitleaks comes with.
func Stock() (*Config, error) {
	c, err := Parse(config.DefaultConfig)
	if err != nil {
		return nil, fmt.Errorf("stock rules: %w", err)
	}
	for _, list := range c.Lists() {
		list.Stock = true
	}
	for i := range c.Rules {
		for _, list := range c.Rules[i].Lists() {
			list.Stock = true
		}
	}
	return c, nil
}

// IDs of ours are narrower than those of gitleaks: they are keys of a policy.
var idRE = regexp.MustCompile(`^[a-z0-9]+([-_.][a-z0-9]+)*$`)

// IsID tells whether a rule may have a name.
func IsID(id string) bool { return idRE.MatchString(id) }

// Check says what is wrong with a configuration by itself. The names in taken are not free for rules.
func (c *Config) Check(taken ...string) error {
	if c.weight() > pattern.MaxWeight {
		return errors.New("the regular expressions are too large together: a{1000} is a thousand signs")
	}
	seen := map[string]bool{}
	for _, name := range taken {
		seen[name] = true
	}
	for i, r := range c.Rules {
		switch {
		case !idRE.MatchString(r.ID):
			return fmt.Errorf("rule %d: id %q is not lower case letters and digits, joined by dashes", i+1, r.ID)
		case seen[r.ID]:
			return fmt.Errorf("rule %s: the id occurs twice, or is a name of Refward's own", r.ID)
		case r.Allowlist != nil && len(r.Allowlists) > 0:
			return fmt.Errorf("rule %s: both allowlist and allowlists", r.ID)
		}
		seen[r.ID] = true
		if err := compile(r.Path, r.Regex); err != nil {
			return fmt.Errorf("rule %s: %w", r.ID, err)
		}
		if slices.Contains(r.Keywords, "") {
			return fmt.Errorf("rule %s: an empty keyword", r.ID)
		}
		for _, list := range r.Lists() {
			if err := list.check(); err != nil {
				return fmt.Errorf("rule %s: %w", r.ID, err)
			}
		}
	}
	if c.Allowlist != nil && len(c.Allowlists) > 0 {
		return errors.New("both [allowlist] and [[allowlists]]")
	}
	for _, list := range c.Lists() {
		if err := list.check(); err != nil {
			return err
		}
	}
	switch extend := c.Extend; {
	case extend.Path != "" || extend.URL != "":
		return errors.New("extend.path and extend.url are not supported: write the rules into the configuration itself")
	case !extend.UseDefault && len(extend.DisabledRules) > 0:
		return errors.New("extend.disabledRules without extend.useDefault = true")
	case !extend.UseDefault && len(c.Rules) == 0:
		return errors.New("it has no rules (to keep the stock ones, add: [extend] useDefault = true)")
	}
	return nil
}

// weight is what all expressions cost; see [pattern.Weight]. A pushed policy may hold the configuration.
func (c *Config) weight() int {
	sum := 0
	of := func(lists []*Allowlist) {
		for _, list := range lists {
			for _, p := range concat(list.Paths, list.Regexes) {
				sum += pattern.Weight(p)
			}
		}
	}
	of(c.Lists())
	for _, r := range c.Rules {
		sum += pattern.Weight(r.Path) + pattern.Weight(r.Regex)
		of(r.Lists())
	}
	return sum
}

func (a *Allowlist) check() error {
	switch strings.ToUpper(a.Condition) {
	case "", "OR", "||", "AND", "&&":
	default:
		return fmt.Errorf("allowlists: condition %q is none of and, or", a.Condition)
	}
	switch a.RegexTarget {
	case "", "secret", "match", "line":
	default:
		return fmt.Errorf("allowlists: regexTarget %q is none of secret, match, line", a.RegexTarget)
	}
	if len(a.Commits)+len(a.Paths)+len(a.Regexes)+len(a.StopWords) == 0 {
		return errors.New("allowlists: one is empty: it needs commits, paths, regexes or stopwords")
	}
	return compile(concat(a.Paths, a.Regexes)...)
}

// compile says which pattern is none.
func compile(patterns ...string) error {
	for _, p := range patterns {
		if _, err := regexp.Compile(p); err != nil {
			return fmt.Errorf("pattern %q: %w", p, err)
		}
	}
	return nil
}

// String returns the configuration as TOML.
func (c *Config) String() string {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(c); err != nil {
		return err.Error() // cannot be: it holds only texts, numbers and lists
	}
	return b.String()
}
