package policy

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const branches = "refs/heads/"

// IsProtected reports whether ref, a full name, is protected. headBranch is the branch that HEAD names, in full or short;
// "" when it names none.
//
// An entry "HEAD" stands for that branch; one that begins with "refs/" is matched against the full name, any other
// against the name of a branch. "*" and "?" do not cross a "/", "**" does.
func (p *Policy) IsProtected(ref, headBranch string) bool {
	return slices.ContainsFunc(p.Protected, func(glob string) bool { return matchRef(glob, ref, headBranch) })
}

// matchRef matches one glob against a ref's full name.
func matchRef(glob, ref, headBranch string) bool {
	branch, isBranch := strings.CutPrefix(ref, branches)
	switch {
	case strings.HasPrefix(glob, "refs/"):
		return doublestar.MatchUnvalidated(glob, ref)
	case !isBranch:
		return false
	case glob == "HEAD":
		return headBranch != "" && branch == strings.TrimPrefix(headBranch, branches)
	default:
		return doublestar.MatchUnvalidated(glob, branch)
	}
}

// badGlob says what is wrong with an entry of protected; "" when nothing is.
func badGlob(glob string) string {
	switch {
	case glob == "":
		return "is empty"
	case len(glob) > 255:
		return "is longer than 255 bytes"
	case strings.ContainsAny(glob, "{}"):
		// Nested alternatives make matching exponential, and two entries say the same.
		return "has braces: write one entry for each alternative"
	case strings.HasPrefix(glob, "/") || strings.HasSuffix(glob, "/"):
		return "begins or ends with a slash: no ref does"
	case !doublestar.ValidatePattern(glob):
		return "is not a glob"
	default:
		return ""
	}
}
