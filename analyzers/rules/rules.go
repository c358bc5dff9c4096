package rules

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/refward/refward/analyzers"
)

// New returns the analyzer, or what is wrong with the options.
func New(opts Options) (*analyzers.Analyzer, error) {
	list, err := prepare(opts)
	if err != nil {
		return nil, err
	}
	groups := map[string]bool{}
	for _, r := range list {
		if r.Group != "" {
			groups[r.Group] = true
		}
	}
	return &analyzers.Analyzer{
		Name: "rules",
		Doc: "checks what the rules of the policy's own ask for\n\n" +
			"A team has agreements that no tool knows: that the API changes with its documentation, that only one person releases. The policy " +
			"writes each down as an expression with examples; \"refward explain rules/ID\" says what one asks for and how to mend what it finds.",
		Groups: slices.Sorted(maps.Keys(groups)),
		Rules:  func() []analyzers.Rule { return document(list) },
		Try:    func(ctx context.Context) error { return try(ctx, list) },
		Run:    func(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) { return run(ctx, list, c) },
	}, nil
}

// document describes the rules. Without any it describes how to write one, so that a policy can gate rules before it has one.
func document(list []*rule) []analyzers.Rule {
	if len(list) == 0 {
		return []analyzers.Rule{{
			ID:      "example",
			Summary: "what a rule of the policy's own asks for is not so",
			Why:     "A team has agreements that no tool knows. The policy has no rules of its own yet; this one shows how they look, and finds nothing.",
			Fix:     "do what the rule's hint says; the rule stands under \"rules\" in the policy",
			Example: "rules:\n  example:\n    description: the API changes with its documentation\n" +
				"    if: 'any(files, .path startsWith \"api/\")'\n    need: 'any(files, .path startsWith \"docs/\")'",
		}}
	}
	var docs []analyzers.Rule
	for _, r := range list {
		d := analyzers.Rule{ID: r.id, Group: r.Group, Summary: r.Message, Why: r.Description, Fix: r.Hint}
		if d.Fix == "" {
			d.Fix = "make this true: " + oneLine(r.Need)
		}
		if r.when != nil {
			d.Example = "if: " + oneLine(r.If) + "\n"
		}
		d.Example += "need: " + oneLine(r.Need)
		docs = append(docs, d)
	}
	return docs
}

// asked returns the rules that a kind of change is judged by: about each ref, and about each commit.
func asked(list []*rule, kind analyzers.Kind) (change, commit []*rule) {
	for _, r := range list {
		switch kind {
		case analyzers.KindPush, analyzers.KindRange:
			if r.Each == EachChange {
				change = append(change, r)
			} else {
				commit = append(commit, r)
			}
		case analyzers.KindHistory:
			if r.Each == EachCommit {
				commit = append(commit, r)
			}
		case analyzers.KindCommit, analyzers.KindMessage:
			if r.Early {
				commit = append(commit, r)
			}
		}
	}
	return change, commit
}

func run(ctx context.Context, list []*rule, c *analyzers.Change) (analyzers.Result, error) {
	ofChange, ofCommit := asked(list, c.Kind)
	result := analyzers.Result{Examined: map[string]int64{"rules": int64(len(ofChange) + len(ofCommit))}}
	if err := ctx.Err(); err != nil {
		return result, err
	}
	k, err := newJudge(ctx, c, slices.Concat(ofChange, ofCommit))
	if err != nil {
		return result, err
	}
	if len(ofChange) > 0 {
		k.refs(ofChange)
	}
	if len(ofCommit) > 0 {
		k.commits(ofCommit)
	}
	result.Findings = k.findings
	if err := ctx.Err(); err != nil {
		return result, err // rather than once for each rule
	}
	return result, errors.Join(k.errs...)
}

// An evaluator evaluates one rule, for one run. After an error it evaluates nothing more: the check has failed, and the rest would fail
// again.
type evaluator struct {
	*rule
	meter  meter
	vm     vm.VM
	failed bool
}

func newEvaluator(ctx context.Context, r *rule) *evaluator {
	return &evaluator{rule: r, meter: meter{ctx, freeSteps}, vm: vm.VM{MemoryBudget: maxElements}}
}

// breaks reports whether the rule applies to what e has, and what it needs is not so.
func (v *evaluator) breaks(e *environment) (bool, error) {
	e.Meter = &v.meter
	v.meter.allow(1 + len(e.Files) + len(e.Commits) + len(e.Trailers))
	if v.when != nil {
		applies, err := v.eval("if", v.when, e)
		if err != nil || !applies {
			return false, err
		}
	}
	fine, err := v.eval("need", v.need, e)
	return err == nil && !fine, err
}

func (v *evaluator) eval(key string, p *program, e *environment) (bool, error) {
	err := v.meter.step()
	var value any
	if err == nil {
		value, err = v.vm.Run(p.code, e)
	}
	if err == nil {
		is, ok := value.(bool)
		if ok {
			return is, nil
		}
		err = fmt.Errorf("it is a %T, not true or false", value)
	}
	v.failed = true
	if f := (*exprfile.Error)(nil); errors.As(err, &f) {
		err = placed(err)
	}
	return false, fmt.Errorf("rule %s: %s: %w", v.id, key, err)
}

// shorten is oneLine for the subject of a commit.
func shorten(s string) string {
	const most = 100
	if runes := []rune(oneLine(s)); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return oneLine(s)
}

// finding returns what is said of a rule that a change breaks. what is the ref or the subject of the commit.
func (v *evaluator) finding(commit, ref, what, excerpt string) analyzers.Finding {
	return analyzers.Finding{
		Rule: v.id, Group: v.Group, Severity: v.severity, Commit: commit, Ref: ref,
		Message: v.Message, Hint: v.Hint, Excerpt: excerpt,
		Key: v.id + " " + strings.Join(strings.Fields(what), " "),
	}
}
