package activity

import (
	"fmt"
	"slices"
)

// A PersonID is a person of an identity table, which joins names and addresses elsewhere. The table hands the numbers out densely, from 0.
type PersonID uint32

// MaxPerson is the greatest number that a [State] takes: more people than any history has had, and few enough for a reader's bounds.
const MaxPerson PersonID = 1<<24 - 1

// A ReviewKind says how a review is known.
type ReviewKind uint8

// The kinds of evidence. They count alike: no public history says that one of them tells more about who will review next.
const (
	ReviewedBy ReviewKind = iota // a trailer Reviewed-by
	ApprovedBy                   // a trailer Approved-by
	AckedBy                      // a trailer Acked-by
	ByHost                       // the host's own record
)

// A Review is one person's review of one commit.
type Review struct {
	Person PersonID
	Kind   ReviewKind
}

// A File is one changed path of a commit.
type File struct {
	Path           string // bytes as git has them, with "/"
	Old            string // where it was before a rename, else ""
	Added, Deleted int    // lines; 0 for binary files
	Status         byte   // as "git diff --raw" has it: A, M, D, R, or T
}

// MaxPath is the length in bytes of the longest path that a [State] keeps; longer ones are left out. Linux cannot check them out (PATH_MAX).
const MaxPath = 4096

// An Event is one commit of a trusted history, as git gives it. Whoever makes events gives them parents first, each commit once, and lets
// none have a commit time after the moment at which the server received it: a commit from the year 2100 would make everything else look old.
type Event struct {
	ID                  string // object name, for errors only
	Authored, Committed int64  // unix seconds
	Author              PersonID
	CoAuthors           []PersonID
	Reviews             []Review
	Merge               bool   // its files are the difference to the first parent; Author wrote what it brings, and Reviews are of that
	Files               []File // may be cut
	FileCount           int    // how many there were before cutting; 0 = len(Files)
}

// check refuses what no identity table gives.
func (e *Event) check() error {
	for _, p := range append(append([]PersonID{e.Author}, e.CoAuthors...), reviewers(e.Reviews)...) {
		if p > MaxPerson {
			return fmt.Errorf("commit %s: person %d is out of range (at most %d)", e.ID, p, MaxPerson)
		}
	}
	return nil
}

// short returns the event without files whose paths are too long to keep.
func (e *Event) short() *Event {
	long := func(f File) bool { return len(f.Path) > MaxPath || len(f.Old) > MaxPath }
	if !slices.ContainsFunc(e.Files, long) {
		return e
	}
	short := *e
	short.FileCount = e.files()
	short.Files = slices.DeleteFunc(slices.Clone(e.Files), long)
	return &short
}

// files returns how many files the commit changes.
func (e *Event) files() int { return max(e.FileCount, len(e.Files)) }

func reviewers(reviews []Review) []PersonID {
	out := make([]PersonID, len(reviews))
	for i, r := range reviews {
		out[i] = r.Person
	}
	return out
}
