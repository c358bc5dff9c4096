package suggest

import (
	"slices"

	"github.com/refward/refward/expertise/activity"
)

const (
	// mostFiles is how many files of a change are looked at.
	mostFiles = 50
	// gone is the time in days after which somebody without a commit or review is not suggested.
	gone = 365
)

// Lines says how many lines a person owns.
type Lines struct {
	Person activity.PersonID
	Count  int
}

// A Query is a change for which reviewers are looked for.
type Query struct {
	At        int64 // unix seconds: the moment of asking, not before what the state knows
	Author    activity.PersonID
	CoAuthors []activity.PersonID
	Files     []activity.File

	// Touched are the owners of the lines that the change replaces, deletes or stands next to: a deleted or changed line counts 2, the
	// neighbour of an insertion 1. Whole are the owners of the touched files before the change. Both may be nil.
	Touched, Whole []Lines

	// AllTouched and AllWhole are what the shares that a reason names are of, in the same units: the lists may be cut, and no list has lines of unknown
	// owners. 0 = what the lists have. No signal is made of them.
	AllTouched, AllWhole int

	// Exclude says whom not to suggest: bots, the absent, who opted out. They count in no share either.
	Exclude func(activity.PersonID) bool
}

// Excludes reports whether nobody may be suggested as this person: the authors, and who is excluded.
func (q *Query) Excludes(p activity.PersonID) bool {
	return p == q.Author || slices.Contains(q.CoAuthors, p) || q.Exclude != nil && q.Exclude(p)
}

// Examined returns the files of a change that are looked at: no vendored and generated ones while there are others, and at most 50.
func Examined(q *Query) []activity.File {
	var out []activity.File
	for _, f := range q.Files {
		if !activity.Generated(f.Path) {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		out = q.Files
	}
	return out[:min(len(out), mostFiles)]
}

// Known is where the state keeps what it knows of a file: under its old name while a rename has not happened for it.
func Known(s *activity.State, f activity.File) *activity.Tally {
	if f.Status == 'R' && f.Old != "" {
		return s.File(f.Old)
	}
	return s.File(f.Path)
}
