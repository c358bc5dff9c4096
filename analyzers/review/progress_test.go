package review_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/review"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	const none = "checkpoint-25 checkpoint-50 checkpoint-75"
	work := func() *draft { return line("a ada", "b ada", "c ada").states("approval c bob good") }
	text := func(n int) analyzers.File {
		return analyzers.File{Commit: analyzerstest.ID("a"), Path: strings.Repeat("line\n", n)}
	}
	all := func() *draft { // but for the approval
		d := work()
		d.reviews = nil
		return d.states("progress-25 a bob good", 9).states("progress-50 b eve good", 5).states("progress-75 c bob good", 0)
	}
	later := func(lines int64) *draft {
		d := all()
		d.reviews[2].Lines = lines
		return d
	}
	swapped := func() *draft {
		d := work()
		d.reviews = nil
		return d.states("progress-50 a bob good").states("progress-25 b bob good").states("progress-75 c bob good")
	}
	small := review.Defaults()
	small.Large, small.Again = 0, 0
	for name, c := range map[string]struct {
		opts   review.Options
		dir    review.Directory
		change *analyzers.Change
		want   string
	}{
		"none":                 {review.Defaults(), keys, work().done(), none},
		"nobody has keys":      {review.Defaults(), nobody, work().done(), ""},
		"all":                  {review.Defaults(), keys, all().done(), ""},
		"on one commit":        {review.Defaults(), keys, line("a ada").states("progress-25 a bob good").states("progress-50 a bob good").states("progress-75 a bob good").done(), ""},
		"one is missing":       {review.Defaults(), keys, line("a ada").states("progress-25 a bob good").states("progress-75 a bob good").done(), "checkpoint-50"},
		"by the author":        {review.Defaults(), keys, line("a ada").states("progress-25 a bob good").states("progress-50 a ada good").states("progress-75 a bob good").done(), "checkpoint-50 checkpoint-by-author"},
		"the signature is bad": {review.Defaults(), keys, line("a ada").states("progress-25 a bob good").states("progress-50 a bob bad").states("progress-75 a bob good").done(), "checkpoint-50"},
		"backwards":            {review.Defaults(), keys, swapped().done(), "checkpoint-order"},
		"much at once":         {review.Defaults(), keys, work().done(text(401)), none + " checkpoint-large"},
		"just not too much":    {review.Defaults(), keys, work().done(text(400)), none},
		"much, and reviewed":   {review.Defaults(), keys, all().done(text(401)), ""},
		"much came after":      {review.Defaults(), keys, later(201).done(), "review-again"},
		"just not too much of": {review.Defaults(), keys, later(200).done(), ""},
		"it has no lines":      {review.Defaults(), keys, later(-1).done(), "review-again"},
		"and was approved":     {review.Defaults(), keys, later(900).states("approval c eve good").done(), ""},
		"nothing is too much":  {small, keys, later(900).done(text(4000)), ""},
	} {
		got := strings.Fields(rules(t, c.opts, c.dir, c.change))
		got = slices.DeleteFunc(got, func(r string) bool { return !strings.HasPrefix(r, "checkpoint-") && r != "review-again" })
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
