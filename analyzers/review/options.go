package review

import (
	"errors"
	"fmt"

	"github.com/refward/refward/analyzers"
)

// Options is the section "review" of a policy. A zero turns its rule off, but for Approvals.
type Options struct {
	// Approvals is how many persons must approve of each commit, beside those who made it.
	Approvals int `yaml:"approvals"`

	// Large is how many lines a change may add before it needs a review of work in progress, "progress-50".
	Large int `yaml:"large"`

	// Again is how many lines may be added and removed after the last review.
	Again int `yaml:"again"`
}

// Defaults returns the options of a policy that says nothing about them. Reviewers find few defects in more than 400 lines at a time, and go
// through 200 in about half an hour (SmartBear, "Best Practices for Code Review", on 2,500 reviews at Cisco Systems).
func Defaults() Options { return Options{Approvals: 1, Large: 400, Again: 200} }

// maxApprovals bounds Options.Approvals: more is a slip of the finger, and would lock everybody out.
const maxApprovals = 20

func (o Options) check() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...)})
	}
	if o.Approvals < 1 || o.Approvals > maxApprovals {
		bad("approvals", "%d is not between 1 and %d; to ask for none, skip the gate review/approval", o.Approvals, maxApprovals)
	}
	if o.Large < 0 {
		bad("large", "%d is negative", o.Large)
	}
	if o.Again < 0 {
		bad("again", "%d is negative", o.Again)
	}
	return errors.Join(errs...)
}
