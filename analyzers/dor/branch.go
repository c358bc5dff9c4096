package dor

import (
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
)

// badBranches finds the branches that are created or updated and whose names the policy does not allow. Protected ones have the name that
// policy itself gives them, and a deletion is how a wrong name goes away.
func (k *checker) badBranches(c *analyzers.Change) []analyzers.Finding {
	if len(k.branches) == 0 || c.Kind == analyzers.KindTree || c.Kind == analyzers.KindHistory {
		return nil
	}
	var list []analyzers.Finding
	for _, ref := range c.Refs {
		name, ok := strings.CutPrefix(ref.Ref, "refs/heads/")
		if !ok || ref.Protected || ref.Deletes() || k.branchAllowed(name) {
			continue
		}
		list = append(list, analyzers.Finding{
			Rule: branchName, Group: groupBranch, Severity: analyzers.Low, Ref: ref.Ref,
			Message: fmt.Sprintf("branch %q matches none of %s", analyzers.Shorten(name, 60), k.branchList),
			Hint:    "git branch -m NAME, then push that branch",
			Excerpt: analyzers.Shorten(name, 100),
			Key:     branchName + " " + name,
		})
	}
	return list
}

func (k *checker) branchAllowed(name string) bool {
	for _, re := range k.branches {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}
