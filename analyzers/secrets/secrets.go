package secrets

import (
	"context"
	"sync"

	"github.com/refward/refward/analyzers"
)

// Options are what policy may set for the analyzer. The zero value means [Defaults].
type Options struct {
	// Config is a configuration in the TOML of gitleaks: rules and allowlists. With "[extend] useDefault = true" it adds
	// to the stock rules, else it replaces them. "" means the stock rules.
	Config string `yaml:"config"`
}

// Defaults returns the options that hold without a policy.
func Defaults() Options { return Options{} }

// The groups of rules.
const (
	groupProvider   = "provider"
	groupGeneric    = "generic"
	groupUnexamined = "unexamined"
)

// ruleUnread is our only rule that is not one of gitleaks. A configuration cannot take the name.
const ruleUnread = "unread"

// New returns the analyzer, or what is wrong with the options. The stock rules are compiled at first use, since that
// takes longer than all else in most runs; a configuration of one's own is compiled here, to learn its errors.
func New(opts Options) (*analyzers.Analyzer, error) {
	compiled := sync.OnceValues(func() (*engine, error) { return compile(opts) })
	if opts.Config != "" {
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
		Groups:    []string{groupProvider, groupGeneric, groupUnexamined},
		Rules: func() []analyzers.Rule {
			e, err := compiled()
			if err != nil {
				return nil // Run says why
			}
			return e.documentation()
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
