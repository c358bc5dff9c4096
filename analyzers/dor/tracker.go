package dor

import (
	"context"

	"github.com/refward/refward/analyzers"
)

// A Tracker is what is known of an issue tracker, without asking it.
type Tracker interface {
	// Issue returns what is known of the issue with that key; known is false when the tracker has none. An error means that
	// nothing is known of any.
	Issue(key string) (issue Issue, known bool, err error)
}

// An Issue is what a tracker says of one.
type Issue struct {
	State      string // in the tracker's words, such as "In Progress"
	Acceptance bool   // it says when it is done
}

// askTracker adds to r what the tracker says against the issues that the commits name.
func (k *checker) askTracker(ctx context.Context, c *analyzers.Change, r *analyzers.Result) error {
	return nil
}
