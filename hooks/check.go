package hooks

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// CheckOptions say what "refward check" looks at.
type CheckOptions struct {
	What   string   // "staged", "range", "tree" or "history"
	Rev    string   // a revision, or OLD..NEW for a range; "" = the default
	Ref    string   // full name of the ref whose policy applies; "" = HEAD's branch
	Only   []string // names of the analyzers to run; empty = all
	Format string   // of the report; see report.Formats
}

// Check judges on the command line: for CI, and for trying a policy out. It has no deadline. A text report goes to Stdout like
// any other format, since nobody but the caller reads it.
func (g *Gate) Check(ctx context.Context, o CheckOptions) int {
	r := g.begin("check")
	defer r.close()
	r.pushID = ""
	if err := r.guard(func() error { return r.check(ctx, o) }); err != nil {
		r.fail(err)
		if r.verdict.Exit == policy.ExitUsage { // nothing was judged: there is nothing to report
			for line := range strings.Lines(err.Error()) {
				_, _ = fmt.Fprintf(r.Stderr, "error: %s\n", report.Visible(strings.TrimRight(line, "\n")))
			}
			return r.verdict.Exit
		}
	}
	in := r.input()
	if err := report.Write(r.Stdout, o.Format, in); err != nil {
		_, _ = fmt.Fprintf(r.Stderr, "error: write the report: %v\n", err)
		return max(r.verdict.Exit, policy.ExitUnchecked)
	}
	if r.verdict.Result == policy.Unchecked && o.Format != "text" {
		for _, f := range r.verdict.Failures {
			_, _ = fmt.Fprintf(r.Stderr, "error: could not check: %s: %s\n", f.Analyzer, report.Visible(oneLine(r.scrubber().String(f.Reason))))
		}
	}
	return r.verdict.Exit
}

func (r *run) check(ctx context.Context, o CheckOptions) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.where(ctx, o); err != nil {
		return err
	}
	var mended []string
	if o.What == "staged" {
		mended = []string{staged}
	}
	if err := r.layer(ctx, mended); err != nil {
		return err
	}
	if err := r.only(o.Only); err != nil {
		return err
	}
	if r.stack.Mode() == policy.Off {
		return r.judge(ctx, false)
	}
	defer r.progress()()
	var err error
	if r.change, err = r.readScope(ctx, o); err != nil {
		if errors.Is(err, gitio.ErrNotExist) {
			return &usageError{err}
		}
		return err
	}
	return r.judge(ctx, false)
}

// where finds out whether the repository is a server's or a clone. In a clone the policy of a range is that of its beginning, unless
// it is known what the server calls HEAD: a policy that the range itself brings does not judge it.
func (r *run) where(ctx context.Context, o CheckOptions) error {
	if !r.client {
		return r.atServer(ctx)
	}
	if err := r.atClone(ctx, origin); err != nil {
		return err
	}
	if old, _, ok := strings.Cut(o.Rev, ".."); ok && o.What == "range" && old != "" && r.tip == "HEAD" {
		r.tip = old
	}
	if o.What == "staged" || o.Ref != "" {
		return nil
	}
	if branch, err := r.repo.HeadBranch(ctx); err != nil || branch != "" {
		return err
	}
	return &usageError{errors.New("HEAD is detached: say with --ref which ref's policy applies, such as --ref refs/heads/main")}
}

func (r *run) readScope(ctx context.Context, o CheckOptions) (*analyzers.Change, error) {
	scope := gitio.Scope{Ref: o.Ref, Protected: r.protected, Floor: r.floor}
	rev := o.Rev
	if rev == "" {
		rev = "HEAD"
	}
	switch o.What {
	case "staged":
		return r.repo.Staged(ctx, r.Environ, scope)
	case "tree":
		return r.repo.Tree(ctx, rev, scope)
	case "history":
		return r.repo.History(ctx, rev, scope)
	case "range":
		if o.Rev == "" {
			rev = "@{upstream}..HEAD"
			if _, err := r.repo.Resolve(ctx, "@{upstream}"); errors.Is(err, gitio.ErrNotExist) {
				return nil, &usageError{errors.New("the branch has no upstream: name a range, such as origin/main..HEAD")}
			}
		}
		old, new, ok := strings.Cut(rev, "..")
		if !ok || strings.HasPrefix(new, ".") {
			return nil, &usageError{fmt.Errorf("a range is OLD..NEW with two dots, not %q", rev)}
		}
		if old == "" {
			old = "HEAD"
		}
		if new == "" {
			new = "HEAD"
		}
		return r.repo.Range(ctx, old, new, scope)
	}
	return nil, &usageError{fmt.Errorf("nothing known as %q to check: say staged, range, tree or history", o.What)}
}

// only keeps the named analyzers of each layer.
func (r *run) only(names []string) error {
	if len(names) == 0 {
		return nil
	}
	for i, list := range r.layers {
		var kept []*analyzers.Analyzer
		for _, name := range names {
			at := -1
			for k, a := range list {
				if a.Name == name {
					at = k
				}
			}
			if at < 0 {
				return &usageError{fmt.Errorf("there is no analyzer %q", name)}
			}
			kept = append(kept, list[at])
		}
		r.layers[i] = kept
	}
	return nil
}
