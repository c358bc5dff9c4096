package secrets

import (
	"fmt"

	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/refward/refward/analyzers"
)

// allows reports whether the configuration allows everything in a file or a commit, as its list of lock files, images and
// vendored directories does. The library would then search nothing, without a word; we say so in Result.Skipped.
func (e *engine) allows(path, commit string) bool {
	for _, a := range e.detector.Config.Allowlists {
		byCommit, _ := a.CommitAllowed(commit)
		byPath := a.PathAllowed(path)
		if a.MatchCondition != config.AllowlistMatchAnd {
			if byCommit || byPath {
				return true
			}
			continue
		}
		// With "and", one that also asks for patterns or words is about single findings.
		if len(a.Regexes) > 0 || len(a.StopWords) > 0 {
			continue
		}
		if (len(a.Commits) == 0 || byCommit) && (len(a.Paths) == 0 || byPath) {
			return true
		}
	}
	return false
}

// maxPassed is how many are named; the others are counted.
const maxPassed = 100

// passedAllowed is why something was not searched though it could be read.
const passedAllowed = "allowed by the gitleaks configuration"

// passed are the files, and commit messages, that were not searched, each once.
type passed struct {
	seen  map[analyzers.Skip]bool
	order []analyzers.Skip
	more  int
}

func (p *passed) add(path, why string) {
	s := analyzers.Skip{What: path, Why: why}
	switch {
	case p.seen[s]:
	case len(p.order) == maxPassed:
		p.more++
	default:
		if p.seen == nil {
			p.seen = map[analyzers.Skip]bool{}
		}
		p.seen[s] = true
		p.order = append(p.order, s)
	}
}

func (p *passed) list() []analyzers.Skip {
	if p.more == 0 {
		return p.order
	}
	return append(p.order, analyzers.Skip{What: fmt.Sprintf("%d more of them", p.more), Why: "for the same reasons"})
}
