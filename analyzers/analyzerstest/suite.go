package analyzerstest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/refward/refward/analyzers"
)

// Suite checks that an analyzer keeps the contract on which hooks.Run and policy rely: its documentation, what it does
// with nothing, that it always says the same, that it neither swallows an error nor an interruption, that each finding
// is complete and holds no secret in the open, and that what cannot be read is not passed over in silence.
//
// It does so on a sample that most analyzers object to, and on the changes given. One of them must lead to a finding.
func Suite(t *testing.T, a *analyzers.Analyzer, changes ...*analyzers.Change) {
	t.Helper()
	t.Run("documentation", func(t *testing.T) { report(t, documentation(a)) })
	if t.Failed() {
		return
	}
	t.Run("empty change", func(t *testing.T) { report(t, empty(t.Context(), a)) })
	found := false
	for i, c := range append([]*analyzers.Change{Sample()}, changes...) {
		name := "sample"
		if i > 0 {
			name = fmt.Sprintf("change %d", i)
		}
		t.Run(name, func(t *testing.T) {
			whole, err := a.Run(t.Context(), c)
			if err != nil {
				t.Fatalf("Run: %v", err)
			}
			found = found || len(whole.Findings) > 0
			report(t, complete(a, c, whole))
			report(t, steady(t.Context(), a, c, whole))
			report(t, interrupted(t.Context(), a, c, whole))
			report(t, failing(t.Context(), a, c, whole))
		})
	}
	t.Run("unread", func(t *testing.T) { report(t, unread(t.Context(), a)) })
	if !found {
		t.Errorf("analyzer %s finds nothing in the sample: give Suite a change to which it objects", a.Name)
	}
}

func report(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// Sample returns a change to which most analyzers object.
func Sample() *analyzers.Change {
	c := Change(
		Commit("feat: parse options (#12)\n\nA body.\n", Added("cmd/main.go", "package main\n\nfunc main() {}\n")),
		Commit("WIP\n\nwith "+Fake("ghp_", "alnum", 36)+"\n",
			Added("deploy.sh", "#!/bin/sh\nTOKEN="+Fake("ghp_", "alnum", 36, "deploy")+"\n"),
			Binary("keys/store.p12", "\x00\x01\x02"),
			Added("a/.git/hooks/pre-commit", "#!/bin/sh\n"),
			Added(".refward.yaml", "mode: [\n")),
		Commit("", AddedAt("cmd/main.go", 7, "// one\n// two\n"), Deleted("old.go"), Renamed("from.txt", "to.txt")),
		Tag("v1", "release "+Fake("ghp_", "alnum", 36, "tag")+"\n"),
	)
	c.Commits[1].Defects = []string{"no committer"}
	c.Refs[0].Protected = true
	c.Refs[0].Old, c.Refs[0].FastForward = ID("elsewhere"), false
	c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{
		Old: zeroID, New: ID("c1"), Ref: "refs/replace/" + ID("c2")}, FastForward: true, Target: "commit"})
	return c
}

func documentation(a *analyzers.Analyzer) error {
	if err := analyzers.Validate([]*analyzers.Analyzer{a}); err != nil {
		return err
	}
	errs := []error{analyzers.ValidateRules(a)}
	if title, why, _ := strings.Cut(a.Doc, "\n\n"); strings.Contains(title, "\n") || why == "" {
		errs = append(errs, errors.New("the Doc is not a one-line title, an empty line and the reason"))
	}
	rules := a.Rules()
	for _, r := range rules {
		if strings.Contains(r.Summary, "\n") {
			errs = append(errs, fmt.Errorf("rule %s: the summary has several lines", r.ID))
		}
	}
	if !reflect.DeepEqual(rules, a.Rules()) {
		errs = append(errs, errors.New("the rules differ from call to call"))
	}
	return errors.Join(errs...)
}

func empty(ctx context.Context, a *analyzers.Analyzer) error {
	var errs []error
	for _, kind := range []analyzers.Kind{analyzers.KindCommit, analyzers.KindPush, analyzers.KindRange, analyzers.KindTree, analyzers.KindHistory} {
		r, err := a.Run(ctx, &analyzers.Change{Kind: kind, Content: &memory{}})
		if err != nil || len(r.Findings) > 0 || len(r.Skipped) > 0 {
			errs = append(errs, fmt.Errorf("an empty change of kind %s: %+v, error %v", kind, r, err))
		}
	}
	return errors.Join(errs...)
}

// complete says what is missing or wrong in the findings of a run.
func complete(a *analyzers.Analyzer, c *analyzers.Change, r analyzers.Result) error {
	group := map[string]string{}
	for _, rule := range a.Rules() {
		group[rule.ID] = rule.Group
	}
	known := map[string]bool{"": true}
	for _, commit := range c.Commits {
		known[commit.ID] = true
	}
	for _, ref := range c.Refs {
		known[ref.Ref] = true
	}
	var errs []error
	if slices.Contains(r.Hidden, "") {
		errs = append(errs, errors.New("hides the empty text"))
	}
	for _, f := range r.Findings {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("finding %s %s:%d: %s", f.Rule, f.Path, f.Line, fmt.Sprintf(format, args...)))
		}
		if g, ok := group[f.Rule]; !ok {
			bad("the rule is not declared")
		} else if g != f.Group && (g != "" || !slices.Contains(a.Groups, f.Group)) {
			bad("group %q, declared %q", f.Group, g)
		}
		if f.Severity < analyzers.Info || f.Severity > analyzers.Critical {
			bad("severity %v", f.Severity)
		}
		if f.Message == "" || strings.Contains(f.Message+f.Hint, "\n") {
			bad("message %q and hint %q are not one line each", f.Message, f.Hint)
		}
		if f.Line < 0 || f.Column < 0 || f.EndLine < f.Line || f.Line == 0 && (f.EndLine != 0 || f.Column != 0) {
			bad("lines %d to %d, column %d", f.Line, f.EndLine, f.Column)
		}
		if !known[f.Commit] || !known[f.Ref] {
			bad("commit %q or ref %q is not in the change", f.Commit, f.Ref)
		}
		for _, s := range f.Secrets {
			if s == "" || strings.Contains(f.Message+"\n"+f.Hint+"\n"+f.Excerpt, s) {
				bad("shows a secret")
			}
		}
	}
	return errors.Join(errs...)
}

// steady runs a again, alone and in company, and says where the result differs from the first, or what the runs changed.
func steady(ctx context.Context, a *analyzers.Analyzer, c *analyzers.Change, whole analyzers.Result) error {
	before := fingerprint(ctx, c)
	const runs = 8
	errs := make([]error, 2+runs)
	again := func(i int) {
		r, err := a.Run(ctx, c)
		switch {
		case err != nil:
			errs[i] = fmt.Errorf("run again: %w", err)
		case !reflect.DeepEqual(r, whole):
			errs[i] = fmt.Errorf("another run, another result:\n%+v\n%+v", whole, r)
		}
	}
	again(0)
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() { again(1 + i) })
	}
	wg.Wait()
	if fingerprint(ctx, c) != before {
		errs[runs+1] = errors.New("Run altered the change")
	}
	return errors.Join(errs...)
}

// fingerprint returns all that a change holds.
func fingerprint(ctx context.Context, c *analyzers.Change) string {
	var b strings.Builder
	for _, v := range c.Commits {
		fmt.Fprintf(&b, "%+v\n", *v)
	}
	for _, v := range c.Tags {
		fmt.Fprintf(&b, "%+v\n", *v)
	}
	fmt.Fprintf(&b, "%v %+v %+v %q\n", c.Kind, c.Refs, c.Pusher, c.Options)
	for v, err := range c.Files(ctx) {
		fmt.Fprintf(&b, "%+v %v\n", v, err)
	}
	for v, err := range c.Hunks(ctx) {
		fmt.Fprintf(&b, "%+v %v\n", v, err)
	}
	for v, err := range c.Blobs(ctx, nil) {
		fmt.Fprintf(&b, "%+v %v\n", v, err)
	}
	for i := range c.Refs {
		trees, err := c.Trees(ctx, i)
		fmt.Fprintf(&b, "%s %v\n", trees.Commit, err)
		for _, tree := range append([]analyzers.Tree{trees.After}, trees.Before...) {
			if tree == nil {
				continue
			}
			err := fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() {
					data, readErr := tree.ReadFile(path)
					fmt.Fprintf(&b, "%q %q %v\n", path, data, readErr)
				}
				return err
			})
			fmt.Fprintln(&b, err)
		}
	}
	return b.String()
}

// interrupted cancels the context before the run and after each element of the content.
func interrupted(ctx context.Context, a *analyzers.Analyzer, c *analyzers.Change, whole analyzers.Result) error {
	var errs []error
	for after := 0; ; after++ {
		inner, cancel := context.WithCancel(ctx)
		w := &watched{Content: c.Content, after: after, at: cancel}
		if after == 0 {
			cancel()
		}
		r, err := a.Run(inner, w.in(c))
		cancel()
		if err == nil && !reflect.DeepEqual(r, whole) {
			errs = append(errs, fmt.Errorf("cancelled after %d elements: no error, and not everything found", after))
		}
		if w.count() < after {
			return errors.Join(errs...)
		}
	}
}

var errContent = errors.New("the content cannot be read")

// failing makes the content fail after each of its elements.
func failing(ctx context.Context, a *analyzers.Analyzer, c *analyzers.Change, whole analyzers.Result) error {
	counted := &watched{Content: c.Content}
	if _, err := a.Run(ctx, counted.in(c)); err != nil {
		return fmt.Errorf("run again: %w", err)
	}
	var errs []error
	for after := 0; ; after++ {
		w := &watched{Content: c.Content, after: after, err: errContent}
		r, err := a.Run(ctx, w.in(c))
		if !w.failed() {
			return errors.Join(errs...)
		}
		if !errors.Is(err, errContent) {
			errs = append(errs, fmt.Errorf("content that fails after %d elements: error %v", after, err))
		}
		if after == counted.count() {
			// Everything was read before the error, so that what was found in single lines must be there.
			for _, f := range whole.Findings {
				if f.Line > 0 && !slices.ContainsFunc(r.Findings, func(g analyzers.Finding) bool { return reflect.DeepEqual(f, g) }) {
					errs = append(errs, fmt.Errorf("an error at the end loses the finding %s %s:%d", f.Rule, f.Path, f.Line))
				}
			}
		}
	}
}

// unread says whether a passes over a file that cannot be read.
func unread(ctx context.Context, a *analyzers.Analyzer) error {
	c := Change(Commit("feat: add data (#12)\n\nA body.\n", Unread("data/large.csv", "larger than 32 MiB")))
	w := &watched{Content: c.Content}
	r, err := a.Run(ctx, w.in(c))
	if err != nil || w.content() == 0 {
		return nil // said so, or did not want the lines
	}
	for _, s := range r.Skipped {
		if strings.Contains(s.What, "data/large.csv") && s.Why != "" {
			return nil
		}
	}
	if slices.ContainsFunc(r.Findings, func(f analyzers.Finding) bool { return f.Path == "data/large.csv" }) {
		return nil
	}
	return errors.New("a file that cannot be read is neither reported nor among the skipped")
}
