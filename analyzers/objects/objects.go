package objects

import (
	"context"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
)

// New returns the analyzer.
func New() *analyzers.Analyzer {
	return &analyzers.Analyzer{
		Name: "objects",
		Doc: "finds malformed objects and unsafe paths\n\n" +
			"A malformed commit or tag reads differently in different programs, so that what was reviewed need not be " +
			"what is used. A path such as .git/config or ../x writes outside of the work tree when somebody checks it " +
			"out with a client that does not guard itself. Make the commit again with git, without the path.",
		Essential: true,
		Rules:     rules,
		Run:       run,
	}
}

func rules() []analyzers.Rule {
	return []analyzers.Rule{
		{
			ID:      "malformed",
			Summary: "a commit or tag that Git would not write",
			Why: "Programs disagree on what a malformed object says, such as who its author is. What one shows to a " +
				"reviewer is then not what another acts upon.",
			Fix: "make the object again: git commit --amend for the newest commit, git rebase for older ones, " +
				"git tag -f -a for a tag; then ask git fsck",
			Example: "# found: a commit that some program wrote without git, such as one whose author has no mail address\n" +
				"author A Developer 1700000000 +0000\n# right\nauthor A Developer <dev@example.org> 1700000000 +0000",
		},
		{
			ID:      "unsafe-path",
			Summary: "a path that a checkout could write into .git or outside of the work tree",
			Why: "File systems fold case, drop trailing dots and spaces, shorten names and ignore invisible " +
				"characters: .GIT, git~1 and .g<U+200C>it can all be the repository's own directory, where hooks and " +
				"configuration are programs.",
			Fix:     "rename the path (git mv) or remove it (git rm --cached), and make the commit again",
			Example: "# found\nsub/.GIT/hooks/post-checkout\n../outside\n# right\nsub/git/hooks/post-checkout\ninside",
		},
	}
}

func run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	var r analyzers.Result
	var files int64
	for _, commit := range c.Commits {
		for _, d := range commit.Defects {
			r.Findings = append(r.Findings, malformed("commit", d, commit.ID, ""))
		}
	}
	for i, tag := range c.Tags {
		for _, d := range tag.Defects {
			for _, ref := range c.RefsOfTag(i) {
				r.Findings = append(r.Findings, malformed("tag", d, "", ref))
			}
		}
	}
	r.Examined = map[string]int64{"commits": int64(len(c.Commits)), "tags": int64(len(c.Tags)), "files": 0}
	for f, err := range c.Files(ctx) {
		if err != nil {
			return r, fmt.Errorf("list changed files: %w", err)
		}
		files++
		r.Examined["files"] = files
		// Taking a path away mends; a blob that a ref names directly has no path.
		if f.Status == 'D' || f.Path == "" {
			continue
		}
		why := unsafe(f.Path)
		if why == "" {
			continue
		}
		r.Findings = append(r.Findings, analyzers.Finding{
			Rule:     "unsafe-path",
			Severity: analyzers.High,
			Path:     f.Path,
			Commit:   f.Commit,
			Ref:      f.Ref,
			Message:  "the path " + why,
			Hint:     "rename or remove the path and make the commit again",
			Key:      why,
		})
	}
	return r, ctx.Err()
}

func malformed(kind, defect, commit, ref string) analyzers.Finding {
	return analyzers.Finding{
		Rule:     "malformed",
		Severity: analyzers.High,
		Commit:   commit,
		Ref:      ref,
		Message:  "malformed " + kind + ": " + printable(defect),
		Hint:     "make the " + kind + " again with git; git fsck shows what is wrong with it",
		Key:      kind + " " + defect,
	}
}

// printable keeps a defect, which may quote the object, to one line without control characters.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
