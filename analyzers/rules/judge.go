package rules

import (
	"context"
	"fmt"
	"slices"

	"github.com/refward/refward/analyzers"
)

// A judge asks rules about one change.
type judge struct {
	ctx      context.Context
	change   *analyzers.Change
	env      *environment
	byCommit map[string][]*file // by the commit's id; "" = the index
	byRef    map[string][]*file // what a ref reaches without a commit
	parsed   []*commit          // of the change's, where a rule speaks of them; else nil
	work     int                // entries of all lists that were made for the refs

	findings []analyzers.Finding
	errs     []error
}

// maxWork bounds the files and commits that are listed for all refs together: a push of 5,000 branches along 2,000 commits.
const maxWork = 50_000_000

// The names of what a change brings. A rule that speaks of none is about the ref and the pusher.
var (
	ofFiles   = []string{"files"}
	ofCommits = []string{"commits", "commit", "trailers", "trailer"}
	ofRefs    = []string{"class", "classes", "ref", "branch", "tag", "protected", "created", "deleted", "fast_forward"}
)

func newJudge(ctx context.Context, c *analyzers.Change, list []*rule) (*judge, error) {
	k := &judge{ctx: ctx, change: c, env: newEnvironment(c), byCommit: map[string][]*file{}, byRef: map[string][]*file{}}
	if slices.ContainsFunc(list, func(r *rule) bool { return r.uses(ofFiles...) }) {
		for f, err := range c.Files(ctx) {
			if err != nil {
				return nil, err
			}
			if f.Ref != "" {
				k.byRef[f.Ref] = append(k.byRef[f.Ref], newFile(&f))
			} else {
				k.byCommit[f.Commit] = append(k.byCommit[f.Commit], newFile(&f))
			}
		}
	}
	if slices.ContainsFunc(list, func(r *rule) bool { return r.uses(ofCommits...) }) {
		k.parsed = make([]*commit, len(c.Commits))
		for i, commit := range c.Commits {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			k.parsed[i] = newCommit(commit)
		}
	}
	return k, nil
}

func (k *judge) evaluators(list []*rule) []*evaluator {
	all := make([]*evaluator, len(list))
	for i, r := range list {
		all[i] = newEvaluator(k.ctx, r)
	}
	return all
}

// ask reports whether the rule is broken by what the environment has. An error is kept.
func (k *judge) ask(v *evaluator) bool {
	if v.failed || k.ctx.Err() != nil {
		return false
	}
	broken, err := v.breaks(k.env)
	if err != nil {
		k.errs = append(k.errs, err)
	}
	return broken
}

// refs asks about each ref.
func (k *judge) refs(list []*rule) {
	all := k.evaluators(list)
	for i := range k.change.Refs {
		ref := &k.change.Refs[i]
		k.env.setRef(ref)
		if err := k.bring(ref); err != nil {
			k.errs = append(k.errs, err)
			return
		}
		gains := len(ref.Commits) > 0 || len(k.byRef[ref.Ref]) > 0
		for _, v := range all {
			if !gains && v.ofContent {
				continue
			}
			if k.ask(v) {
				k.findings = append(k.findings, v.finding("", ref.Ref, ref.Ref, ""))
			}
		}
	}
}

// bring fills in the files and commits that a ref gains.
func (k *judge) bring(ref *analyzers.RefChange) error {
	if k.work += len(ref.Commits); k.work > maxWork {
		return fmt.Errorf("the refs of the push have more than %d files and commits together: push in parts", maxWork)
	}
	var files []*file
	var commits []*commit
	for _, i := range ref.Commits {
		more := k.byCommit[k.change.Commits[i].ID]
		if k.work += len(more); k.work > maxWork {
			return fmt.Errorf("the refs of the push have more than %d files and commits together: push in parts", maxWork)
		}
		files = append(files, more...)
		if k.parsed != nil {
			commits = append(commits, k.parsed[i])
		}
	}
	k.env.Files = append(files, k.byRef[ref.Ref]...)
	k.env.setCommits(commits)
	return k.ctx.Err()
}

// commits asks about each commit. Where a rule speaks of the ref, it is asked for each ref that gains the commit.
func (k *judge) commits(list []*rule) {
	var whatever, ofRef []*evaluator
	for _, v := range k.evaluators(list) {
		if v.uses(ofRefs...) {
			ofRef = append(ofRef, v)
		} else {
			whatever = append(whatever, v)
		}
	}
	if k.change.Kind == analyzers.KindCommit {
		if len(k.change.Refs) == 0 {
			return // nothing is about to become anything
		}
		k.setCommit(&commit{}, k.byCommit[""])
		k.env.setRef(&k.change.Refs[0])
		for _, v := range slices.Concat(whatever, ofRef) {
			if k.ask(v) {
				k.findings = append(k.findings, v.finding("", "", v.id, ""))
			}
		}
		return
	}
	var gainedBy [][]int // refs, by commit
	if len(ofRef) > 0 {
		gainedBy = make([][]int, len(k.change.Commits))
		for r := range k.change.Refs {
			if k.ctx.Err() != nil {
				return
			}
			for _, i := range k.change.Refs[r].Commits {
				gainedBy[i] = append(gainedBy[i], r)
			}
		}
	}
	for i, c := range k.change.Commits {
		if k.ctx.Err() != nil {
			return
		}
		var known *commit
		if k.parsed != nil {
			known = k.parsed[i]
		}
		k.setCommit(known, k.byCommit[c.ID])
		for _, v := range whatever {
			if k.ask(v) {
				k.findings = append(k.findings, v.finding(c.ID, "", c.Subject(), shorten(c.Subject())))
			}
		}
		for _, v := range ofRef {
			k.commitOfRefs(v, c, gainedBy[i])
		}
	}
}

// commitOfRefs asks one rule about one commit for each ref, and says which of them it is about where that is not all.
func (k *judge) commitOfRefs(v *evaluator, c *analyzers.Commit, refs []int) {
	var broken []string
	for _, r := range refs {
		k.env.setRef(&k.change.Refs[r])
		if k.ask(v) {
			broken = append(broken, k.change.Refs[r].Ref)
		}
	}
	if len(broken) > 0 && len(broken) == len(refs) {
		broken = []string{""}
	}
	for _, ref := range broken {
		k.findings = append(k.findings, v.finding(c.ID, ref, c.Subject(), shorten(c.Subject())))
	}
}

// setCommit makes one commit all that the environment has. known is what expressions see of it, nil where none looks.
func (k *judge) setCommit(known *commit, files []*file) {
	k.env.Files, k.env.Commit = files, known
	if known != nil {
		k.env.setCommits([]*commit{known})
	}
}
