package dod

import (
	"context"

	"github.com/refward/refward/analyzers"
)

// The rules. breaking-change is left for a comparison of interfaces.
const (
	testsTouched     = "tests-touched"
	docsTouched      = "docs-touched"
	changelogTouched = "changelog-touched"
	rollback         = "rollback"
	signOff          = "sign-off"
	wip              = "wip"
	size             = "size"
	forbiddenFile    = "forbidden-file"
	conflictMarker   = "conflict-marker"
	largeBinary      = "large-binary"
	lfsMissing       = "lfs-missing"
	perfEvidence     = "perf-evidence"
)

// The groups.
const (
	groupDocs    = "docs"    // documentation and changelog
	groupHistory = "history" // what commits say of themselves
	groupContent = "content" // what no commit may bring
)

// New returns the analyzer, or what is wrong with the options.
func New(opts Options) (*analyzers.Analyzer, error) {
	k, err := newChecker(opts)
	if err != nil {
		return nil, err
	}
	return &analyzers.Analyzer{
		Name: "dod",
		Doc: "checks what a change touches and declares against the Definition of Done\n\n" +
			"A change is done when what belongs to it is in it: tests, documentation, a way back, and nothing that was left behind by " +
			"mistake. The check sees which files gain lines and what the messages declare; whether a test tests and a document is true is for " +
			"reviewers to say. Add what is missing in a further commit, and take out what does not belong with git rebase -i.",
		Groups: []string{groupDocs, groupHistory, groupContent},
		Rules:  rules,
		Run:    k.run,
	}, nil
}

func (k *checker) run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	r := &runner{
		checker: k, change: c, result: analyzers.Result{Examined: map[string]int64{"commits": 0}},
		bot:   c.Pusher.Among(k.bots),
		whole: c.Kind == analyzers.KindPush || c.Kind == analyzers.KindRange,
	}
	err := r.all(ctx)
	r.close()
	return r.result, err
}

// all reads the change's commits, files, lines and blobs, each once at most, and then judges what they do together.
func (r *runner) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.commits, r.files, r.hunks, r.blobs, r.refs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}
