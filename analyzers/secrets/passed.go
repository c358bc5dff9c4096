package secrets

import (
	"fmt"

	"github.com/refward/refward/analyzers"
)

// maxPassed is how many are named; the others are counted.
const maxPassed = 100

// Why something was not searched, or not for everything, though it could be read.
const (
	passedAllowed = "allowed by the gitleaks configuration"
	passedGeneric = "allowed by the gitleaks configuration, except for secrets that their own shape gives away"
)

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
