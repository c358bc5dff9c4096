package refs

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/refward/refward/analyzers"
)

// The rules.
const (
	replaceRef     = "replace-ref"
	deletion       = "deletion"
	nonFastForward = "non-fast-forward"
	tagMoved       = "tag-moved"
)

// New returns the analyzer.
func New() *analyzers.Analyzer {
	return &analyzers.Analyzer{
		Name: "refs",
		Doc: "finds ref updates that lose or falsify history\n\n" +
			"Whoever can delete or rewind a branch can take back what was reviewed, and whoever can move a tag can " +
			"change what was released. Add a commit that undoes (git revert), or a new tag, instead.",
		Essential: true,
		Rules:     rules,
		Run:       run,
	}
}

func rules() []analyzers.Rule {
	return []analyzers.Rule{
		{
			ID:      replaceRef,
			Summary: "a ref under refs/replace/ is made, moved or deleted",
			Why: "A replace ref makes every Git command read another object than the one that is named " +
				"(git-replace(1)), checks included: what is shown is then not what is there.",
			Fix:     "push without refs/replace/: name the branches in the push instead of using --mirror",
			Example: "# found\ngit push --mirror origin\n# right\ngit push origin main \"refs/tags/*\"",
		},
		{
			ID:      deletion,
			Summary: "a ref is deleted",
			Why:     "Commits that only this ref reaches are lost once the server collects garbage (git-gc(1)).",
			Fix:     "keep the ref, or ask those who own the repository to delete it",
			Example: "# found\ngit push origin --delete release/1.0\n# right: the branch stays; what it led to gets a tag that says so\ngit push origin v1.0.9",
		},
		{
			ID:      nonFastForward,
			Summary: "a ref moves to a commit that does not contain the one it had",
			Why:     "The commits in between vanish from the branch, and everybody who has them pushes them back or loses work.",
			Fix:     "git pull --rebase, then push without --force; to undo commits that are already there: git revert",
			Example: "# found\ngit commit --amend\ngit push --force origin main\n# right: a commit more\ngit commit\ngit push origin main",
		},
		{
			ID:      tagMoved,
			Summary: "a tag that exists gets another target",
			Why: "Git does not fetch a moved tag by itself (git-fetch(1), --force), so that the same version means " +
				"different things to different people.",
			Fix:     "leave the tag where it is and make a new one with another name",
			Example: "# found\ngit tag -f v1.2.0\ngit push --force origin v1.2.0\n# right\ngit tag v1.2.1\ngit push origin v1.2.1",
		},
	}
}

func run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	var r analyzers.Result
	for _, ref := range c.Refs {
		if f, ok := judge(ref); ok {
			r.Findings = append(r.Findings, f)
		}
	}
	r.Examined = map[string]int64{"refs": int64(len(c.Refs))}
	return r, ctx.Err()
}

// judge returns what is wrong with one update. The rules exclude each other, so that an update is named once.
func judge(u analyzers.RefChange) (analyzers.Finding, bool) {
	if u.Old == "" || u.New == "" || u.Old == u.New {
		return analyzers.Finding{}, false // no update: a commit in the making, or a ref that stays
	}
	f := analyzers.Finding{Severity: analyzers.Medium, Ref: u.Ref, Key: u.Ref}
	tag := strings.HasPrefix(u.Ref, "refs/tags/")
	switch {
	case strings.HasPrefix(u.Ref, "refs/replace/"):
		f.Rule, f.Severity = replaceRef, analyzers.High
		f.Message = "the replace ref would be " + change(u)
		f.Hint = "push without refs/replace/, for example: git push origin main"
	case u.Deletes():
		f.Rule = deletion
		f.Message = "the ref would be " + change(u)
		f.Hint = "leave " + typable(u.Ref) + " out of the push, or ask the repository's owners to delete it"
	case u.Creates():
		return analyzers.Finding{}, false
	case tag:
		f.Rule = tagMoved
		f.Message = "the tag would be " + change(u)
		f.Hint = fmt.Sprintf("get the tag back (git fetch --force origin tag %s) and make one with a new name", typable(u.Ref))
	case !u.FastForward:
		f.Rule = nonFastForward
		f.Message = "the ref would be " + change(u) + ", which does not contain " + short(u.Old)
		f.Hint = fmt.Sprintf("git pull --rebase origin %s, then push without --force", typable(u.Ref))
	default:
		return analyzers.Finding{}, false
	}
	return f, true
}

func change(u analyzers.RefChange) string {
	switch {
	case u.Creates():
		return "created at " + short(u.New)
	case u.Deletes():
		return "deleted; it is at " + short(u.Old)
	}
	return "moved from " + short(u.Old) + " to " + short(u.New)
}

// short cuts an id to the seven digits that Git shows by default (git-config(1), core.abbrev).
func short(id string) string { return id[:min(len(id), 7)] }

// Git allows $, `, ; and more in a ref's name (git-check-ref-format(1)), and people paste hints into a shell.
var typableRE = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$`)

// typable returns the ref's short name, or a placeholder where a shell would not take the name as it is.
func typable(ref string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
	if !typableRE.MatchString(name) || len(name) > 100 {
		return "NAME"
	}
	return name
}
