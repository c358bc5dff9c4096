package main

import (
	"fmt"
	"io"
	"math"

	"github.com/refward/refward/expertise/census"
	"github.com/refward/refward/expertise/history"
	"github.com/refward/refward/expertise/upkeep"
	"github.com/refward/refward/internal/report"
)

// What is counted while the indexes are made.
const (
	activityRead = "commits read: who did what"
	linesRead    = "commits read: whose lines"
)

// sayActivity says what became of the index of who wrote and reviewed what.
func (p program) sayActivity(out io.Writer, common string, tip census.Tip, r upkeep.Activity) error {
	if r.Damaged != nil {
		_, _ = fmt.Fprintf(p.stderr, "warning: the index was of no use and is built anew: %s\n", report.Visible(r.Damaged.Error()))
	}
	did := "brought up to date"
	switch {
	case r.Kept:
		did = "is up to date"
	case r.Built:
		did = "built"
	}
	events := int64(min(r.Index.State.Events(), math.MaxInt64))
	_, err := fmt.Fprintf(out, "activity of %s %s: %s at %.12s, %s by %s, %.1f s\n", report.Visible(tip.Name()), did, history.Path(common), tip.Commit,
		counted(events, "commit"), peopled(r.Index.People.Len()), r.Took.Seconds())
	return err
}

// peopled counts people and programs.
func peopled(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
