package secrets

import (
	"context"
	"fmt"
	"sync"

	"github.com/refward/refward/analyzers"
)

// How much is searched.
const (
	ModeThorough = "thorough" // what gitleaks finds, and what it passes over
	ModeGitleaks = "gitleaks" // what the gitleaks command finds in the same lines, to compare the two
)

// The rule packs.
const (
	PackCredentials = "credentials" // files that hold credentials, and settings with a password
	PackPersonal    = "personal"    // payment cards and identifiers of persons
)

// Options are what policy may set for the analyzer. The zero value is [Defaults] without packs.
type Options struct {
	// Config is a configuration in the TOML of gitleaks: rules and allowlists. With "[extend] useDefault = true" it adds
	// to the stock rules, else it replaces them. "" means the stock rules.
	Config string `yaml:"config"`

	// Mode is ModeThorough or ModeGitleaks; "" means ModeThorough.
	Mode string `yaml:"mode"`

	// Packs are the rule packs that are searched for besides the stock rules: PackCredentials, PackPersonal.
	Packs []string `yaml:"packs"`

	Rules []CustomRule `yaml:"rules"` // besides those of the configuration
	Allow []Allowance  `yaml:"allow"` // besides those of the configuration
}

// Defaults returns the options that hold without a policy.
func Defaults() Options { return Options{Mode: ModeThorough, Packs: []string{PackCredentials}} }

// The groups of rules.
const (
	groupProvider   = "provider"
	groupGeneric    = "generic"
	groupPersonal   = "personal"
	groupUnexamined = "unexamined"
)

// ruleUnread is the one rule that no text of rules has. A configuration cannot take the name.
const ruleUnread = "unread"

// New returns the analyzer, or what is wrong with the options. The stock rules are read at first use, and compiled one by one when a text
// calls for it; a configuration of one's own is compiled here, to learn its errors.
func New(opts Options) (*analyzers.Analyzer, error) {
	if m := opts.Mode; m != "" && m != ModeThorough && m != ModeGitleaks {
		return nil, &analyzers.OptionError{Key: "mode", Msg: fmt.Sprintf("%q is none of %s, %s", m, ModeThorough, ModeGitleaks)}
	}
	for i, name := range opts.Packs {
		if name != PackCredentials && name != PackPersonal {
			return nil, &analyzers.OptionError{Key: fmt.Sprintf("packs[%d]", i), Msg: fmt.Sprintf("%q is none of %s, %s", name, PackCredentials, PackPersonal)}
		}
	}
	compiled := sync.OnceValues(func() (*engine, error) { return compile(opts) })
	if opts.Config != "" || opts.custom() {
		if _, err := compiled(); err != nil {
			return nil, err
		}
	}
	return &analyzers.Analyzer{
		Name: "secrets",
		Doc: "finds tokens, keys and passwords\n\n" +
			"What is once in a repository is in every clone and fork of it, and stays in its history after the line is " +
			"gone. A secret that was pushed must be taken as known to others. Revoke it, keep its successor outside of " +
			"the repository, and rewrite the commits that hold it before they are pushed.",
		Essential: true,
		Groups:    []string{groupProvider, groupGeneric, groupPersonal, groupUnexamined},
		Rules: func() []analyzers.Rule {
			e, err := compiled()
			if err != nil {
				return nil // Run says why
			}
			return e.documentation()
		},
		Try: func(ctx context.Context) error {
			e, err := compiled()
			if err != nil {
				return err
			}
			return opts.tryExamples(func(path, text string) ([]string, error) { return e.find(ctx, path, text) })
		},
		Run: func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
			e, err := compiled()
			if err != nil {
				return analyzers.Result{}, err
			}
			said, watched := watch(c.Content), *c
			watched.Content = said
			result, err := e.run(ctx, &watched)
			said.tell(&result)
			return result, err
		},
	}, nil
}
