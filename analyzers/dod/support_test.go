package dod_test

import (
	"context"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/lang"
)

type runFunc = func(context.Context, *analyzers.Change) (analyzers.Result, error)

// filtered keeps the findings of some rules, as a policy does whose other gates say skip.
func filtered(all runFunc, rules []string) runFunc {
	return func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
		r, err := all(ctx, c)
		r.Findings = slices.DeleteFunc(r.Findings, func(f analyzers.Finding) bool { return !slices.Contains(rules, f.Rule) })
		return r, err
	}
}

func langs(name string, extensions []string, test, inside string) map[string]lang.Language {
	return map[string]lang.Language{name: {Extensions: extensions, Tests: []string{test}, Inside: inside}}
}
