package hooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/report"
)

// CollectOptions say what a baseline is made of.
type CollectOptions struct {
	Rev  string   // a revision; "" = HEAD
	Ref  string   // full name of the ref whose policy applies; "" = HEAD's branch
	Only []string // names of the analyzers to run; empty = all

	// Keep chooses among the findings; nil = all.
	Keep func(analyzer string, f *analyzers.Finding) bool
}

// A Collection is what a repository has that a baseline can hold.
type Collection struct {
	Known []allow.Known  // in no particular order
	Left  map[string]int // what no baseline can hold, by rule: how many things
	Top   string         // top of the work tree; "" = not known
	Names []string       // what the server may call the repository
}

// Collect finds what a baseline holds: what is wrong in any commit that a revision reaches, and in its files as they are now, which
// is more where a file was renamed. What is allowed in another way is left out, and so is what is wrong with commits themselves but
// for secrets, since no push brings them again. The exit code is not policy.ExitAccepted when something could not be looked at, and
// the reasons are then on Stderr: what nobody examined is not old.
func (g *Gate) Collect(ctx context.Context, o CollectOptions) (Collection, int) {
	all := Collection{Left: map[string]int{}}
	found := map[string]*allow.Known{}
	for _, what := range []string{"history", "tree"} {
		r := g.begin("check")
		r.pushID, r.bare = "", true
		err := r.guard(func() error { return r.check(ctx, CheckOptions{What: what, Rev: o.Rev, Ref: o.Ref, Only: o.Only}) })
		if err == nil && r.stack.Mode() == policy.Off {
			err = &usageError{errors.New("the policy's mode is off: nothing is judged")}
		}
		if err == nil {
			err = r.collect(ctx, what, o.Keep, &all, found)
		}
		if err != nil {
			r.fail(err)
		}
		for _, f := range r.verdict.Failures {
			for line := range strings.Lines(r.scrubber().String(f.Reason)) {
				_, _ = fmt.Fprintf(r.Stderr, "error: could not check the %s: %s: %s\n", what, f.Analyzer, report.Visible(strings.TrimRight(line, "\n")))
			}
		}
		r.close()
		if len(r.verdict.Failures) > 0 {
			if r.verdict.Exit == policy.ExitUsage {
				return Collection{}, policy.ExitUsage
			}
			return Collection{}, policy.ExitUnchecked
		}
	}
	for _, fingerprint := range slices.Sorted(maps.Keys(found)) {
		all.Known = append(all.Known, *found[fingerprint])
	}
	return all, policy.ExitAccepted
}

// collect adds what one judgement found. What the files have now, the history has counted.
func (r *run) collect(ctx context.Context, what string, keep func(string, *analyzers.Finding) bool, all *Collection, found map[string]*allow.Known) error {
	if dir := r.repo.Dir(); filepath.Base(dir) == ".git" {
		all.Top = filepath.Dir(dir)
	}
	var err error
	if all.Names, err = r.called(ctx); err != nil {
		return err
	}
	fresh := map[string]bool{}
	for i := range r.verdict.Findings {
		f := &r.verdict.Findings[i]
		switch {
		case f.Allowed != "" || f.Path == "" && len(f.Secrets) == 0 || keep != nil && !keep(f.Analyzer, &f.Finding):
			continue
		case !f.Allowable || f.Group == allow.GroupUnexamined:
			if what == "history" || all.Left[f.ID()] == 0 {
				all.Left[f.ID()]++
			}
			continue
		}
		if found[f.Fingerprint] == nil {
			path := report.QuotePath(r.scrubber().String(f.Path))
			found[f.Fingerprint], fresh[f.Fingerprint] = &allow.Known{Fingerprint: f.Fingerprint, Rule: f.ID(), Path: path}, true
		}
		if fresh[f.Fingerprint] {
			found[f.Fingerprint].Count++
		}
	}
	return nil
}
