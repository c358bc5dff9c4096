package hooks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio"
	"github.com/refward/refward/internal/policy"
)

// RepositoryPolicy is the path of a repository's own policy in its tree.
const RepositoryPolicy = ".refward.yaml"

const (
	systemPolicy = "/etc/refward/policy.yaml"
	maxPolicy    = 1 << 20 // bytes
	staged       = ""      // the "revision" of what is in the index (gitrevisions(7), ":<path>")
)

// HeldPolicy returns where a clone holds the server's policy, which "refward policy fetch" has brought; common is the directory that linked
// worktrees share (gitrepository-layout(5)).
func HeldPolicy(common string) string { return filepath.Join(common, "refward", "policy.yaml") }

// loadPolicy reads the administrator's policy: what --policy names, else REFWARD_POLICY, else on a clone the one that it holds of
// the server's, else /etc/refward/policy.yaml, else the preset starter. Only the last three may be missing.
func (r *run) loadPolicy() (p *policy.Policy, err error) {
	path := r.Policy
	if path == "" {
		path = r.getenv("REFWARD_POLICY")
	}
	if path != "" {
		return policy.Load(path)
	}
	if r.client && r.repo != nil {
		p, err = policy.Load(HeldPolicy(r.repo.CommonDir()))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	p, err = policy.Load(systemPolicy)
	if errors.Is(err, fs.ErrNotExist) {
		r.unchosen = true
		return policy.Preset(policy.DefaultPreset)
	}
	return p, err
}

// layer adds the repository's own policy, which can only tighten: .refward.yaml at the stored tip of HEAD's branch. It is read
// once, before anything is judged, and never from what is being pushed, nor from the branch that is pushed to: an author
// would loosen it on a topic branch first.
//
// A stored file that cannot be read would refuse every push, the one that mends it included. So when this change leaves a good
// one in its place, that is the layer. When it does not, a server that enforces refuses; a developer's hook, and a server
// that observes, judge without it and say so in a finding.
func (r *run) layer(ctx context.Context, mended []string) error {
	base, err := r.here(ctx, r.stack[0])
	if err != nil {
		return err
	}
	r.stack[0] = base
	own, err := r.readLayer(ctx, r.tip)
	var broken *brokenPolicy
	if errors.As(err, &broken) {
		r.broken = broken
		for _, rev := range mended {
			if better, betterErr := r.readLayer(ctx, rev); betterErr == nil {
				own, err, r.broken = better, nil, nil
			}
		}
		if err != nil && (r.client || r.stack.Mode() != policy.Enforce) {
			own, err = nil, nil
		}
	}
	if err != nil {
		if errors.As(err, &broken) {
			return &usageError{fmt.Errorf("the repository's own policy: %w (push a mended %s to HEAD's branch)", err, RepositoryPolicy)}
		}
		return err
	}
	if own != nil {
		if own, err = r.here(ctx, own); err != nil {
			return err
		}
		r.stack = append(r.stack, own)
	}
	for _, p := range r.stack {
		list, err := r.analyzers(p)
		if err != nil {
			return &usageError{err}
		}
		r.layers = append(r.layers, list)
	}
	return r.allowances(ctx)
}

// here returns a policy without its sections for other repositories.
func (r *run) here(ctx context.Context, p *policy.Policy) (*policy.Policy, error) {
	if !p.NamesRepositories() {
		return p, nil
	}
	names, err := r.called(ctx)
	return p.For(names), err
}

// mending returns the revisions at which a push leaves HEAD's branch, where a mended policy may be.
func (r *run) mending(updates []analyzers.RefUpdate) []string {
	var revs []string
	for _, u := range updates {
		if u.Ref == r.head && !u.Deletes() {
			revs = append(revs, u.New)
		}
	}
	return revs
}

// readLayer reads the repository's policy at a revision; nil when there is none.
func (r *run) readLayer(ctx context.Context, rev string) (*policy.Policy, error) {
	data, err := r.repo.ReadFile(ctx, rev, RepositoryPolicy, maxPolicy)
	if errors.Is(err, gitio.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, gitio.ErrNotFile) {
		return nil, &brokenPolicy{err}
	}
	if err != nil {
		return nil, err
	}
	p, err := policy.Overlay(r.stack[0], RepositoryPolicy, data)
	if err == nil {
		_, err = r.analyzers(p)
	}
	if err != nil {
		return nil, &brokenPolicy{err}
	}
	return p, nil
}

// A brokenPolicy is a repository's policy file that cannot be used.
type brokenPolicy struct{ err error }

func (e *brokenPolicy) Error() string { return e.err.Error() }
func (e *brokenPolicy) Unwrap() error { return e.err }

// analyzers returns the analyzers that a policy calls for, once the policy was held against them.
func (r *run) analyzers(p *policy.Policy) ([]*analyzers.Analyzer, error) {
	list, err := r.List(p)
	if err != nil {
		return nil, err
	}
	list = append(slices.Clip(list), r.policyAnalyzer())
	if err := analyzers.Validate(list); err != nil {
		return nil, err
	}
	return list, p.Check(list)
}

// listsOf returns the analyzers to run for a layer: those that it alone weighs, because another layer gives them other
// options, and those that run for all, with the first layer's options.
func (r *run) listsOf(layer int) (alone, shared []*analyzers.Analyzer) {
	for _, a := range r.layers[layer] {
		same := true
		for _, p := range r.stack {
			same = same && p.SameOptions(r.stack[0], a.Name, a.Essential)
		}
		switch {
		case same && layer == 0:
			shared = append(shared, a)
		case same:
			// has run
		case layer == 0 && r.unchosen && !a.Essential:
			// Nobody has chosen the preset that judges beneath the repository's own policy, so that its idea of, say, a
			// commit's type gives way. What is essential stays.
		default:
			alone = append(alone, a)
		}
	}
	return alone, shared
}

// policyAnalyzer returns the check that a change leaves a policy behind that can be read.
func (r *run) policyAnalyzer() *analyzers.Analyzer {
	a := PolicyAnalyzer()
	a.Run = r.checkPolicyFile
	return a
}

// PolicyAnalyzer returns the documentation of the check that a change leaves a policy behind that can be read. What it does needs
// the run that it is part of.
func PolicyAnalyzer() *analyzers.Analyzer {
	rules := []analyzers.Rule{{
		ID:      "broken-file",
		Summary: "the pushed " + RepositoryPolicy + " cannot be read as a policy",
		Why:     "Every later push is judged by this file too; one that cannot be read would lock everybody out.",
		Fix:     "run \"refward policy check " + RepositoryPolicy + "\", mend what it names and push again",
		Example: "# found: there is no key of this name\ngate: {dor: warn}\n# right\ngates: {dor: warn}",
	}}
	return &analyzers.Analyzer{
		Name:      "policy",
		Doc:       "refuses a repository policy that cannot be read\n\n" + rules[0].Why,
		Essential: true,
		Rules:     func() []analyzers.Rule { return rules },
	}
}

func (r *run) checkPolicyFile(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	var result analyzers.Result
	if r.broken != nil {
		result.Findings = brokenFindings(r.broken, "")
	}
	if c.Kind == analyzers.KindCommit {
		_, err := r.readLayer(ctx, staged)
		var broken *brokenPolicy
		if errors.As(err, &broken) && r.broken == nil {
			result.Findings = append(result.Findings, brokenFindings(broken, "")...)
			err = nil
		}
		return result, err
	}
	for _, ref := range c.Refs {
		if ref.Ref != r.head || ref.Deletes() || ref.Target != "commit" {
			continue
		}
		_, err := r.readLayer(ctx, ref.New)
		var broken *brokenPolicy
		if errors.As(err, &broken) {
			result.Findings = append(result.Findings, brokenFindings(broken, ref.Ref)...)
		} else if err != nil {
			return result, err
		}
	}
	return result, nil
}

// brokenFindings states each thing that is wrong in a pushed policy.
func brokenFindings(broken *brokenPolicy, ref string) []analyzers.Finding {
	f := analyzers.Finding{Rule: "broken-file", Severity: analyzers.High, Path: RepositoryPolicy, Ref: ref, Message: broken.Error()}
	var wrong policy.Errors
	if !errors.As(broken, &wrong) {
		f.Key = f.Message
		return []analyzers.Finding{f}
	}
	var all []analyzers.Finding
	for _, e := range wrong {
		f.Line, f.EndLine, f.Column, f.Message, f.Hint, f.Key = e.Line, e.Line, e.Column, e.Msg, e.Hint, e.Msg
		all = append(all, f)
	}
	return all
}
