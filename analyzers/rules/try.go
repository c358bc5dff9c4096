package rules

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// try runs the examples.
func try(ctx context.Context, list []*rule) error {
	var errs []error
	for _, r := range list {
		for i, example := range r.Examples {
			if err := ctx.Err(); err != nil {
				return errors.Join(append(errs, err)...)
			}
			bad := func(hint, format string, args ...any) {
				key := fmt.Sprintf("%s.examples[%d]", r.id, i)
				errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...), Hint: hint})
			}
			finds, err := newEvaluator(ctx, r).finds(example.sample())
			switch {
			case err != nil:
				bad("", "%s", oneLine(err.Error()))
			case finds && example.Pass != nil:
				bad("mend the rule or the example", "the rule finds something in what is to pass")
			case !finds && example.Fail != nil:
				bad("mend the rule or the example", "the rule finds nothing in what is to fail")
			}
		}
	}
	return errors.Join(errs...)
}

// finds reports whether the rule finds anything in a sample.
func (v *evaluator) finds(s *Sample) (bool, error) {
	e, commits := s.environment()
	if v.Each == EachChange {
		e.setCommits(commits)
		return v.breaks(e)
	}
	if len(commits) == 0 {
		commits = []*commit{{}}
	}
	for _, c := range commits {
		e.Commit = c
		e.setCommits([]*commit{c})
		if broken, err := v.breaks(e); broken || err != nil {
			return broken, err
		}
	}
	return false, nil
}

func (e *Example) sample() *Sample {
	if e.Pass != nil {
		return e.Pass
	}
	return e.Fail
}

// check says what is wrong with a sample.
func (s *Sample) check() error {
	kinds := []analyzers.Kind{"", analyzers.KindCommit, analyzers.KindMessage, analyzers.KindPush, analyzers.KindRange, analyzers.KindHistory}
	if !slices.Contains(kinds, analyzers.Kind(s.Kind)) {
		return fmt.Errorf("kind %q is none of commit, message, push, range, history", s.Kind)
	}
	for _, c := range s.Class {
		if !slices.Contains(analyzers.Classes(), c) {
			return fmt.Errorf("class %q is none of %s", c, strings.Join(c.Choices(), ", "))
		}
	}
	if s.Ref != "" && !strings.HasPrefix(s.Ref, "refs/") {
		return fmt.Errorf("%q is not the full name of a ref, such as refs/heads/main", s.Ref)
	}
	for _, f := range s.Files {
		if f.Status != "" && (len(f.Status) != 1 || !strings.Contains("AMDRCT", f.Status)) {
			return fmt.Errorf("status %q is none of A, M, D, R, C, T", f.Status)
		}
		if f.Path == "" {
			return errors.New("a file has no path")
		}
	}
	for _, c := range s.Commits {
		if c.Subject != "" && c.Message != "" {
			return errors.New("a commit has a subject or a message, which begins with one")
		}
		for _, who := range []string{c.Author, c.Committer} {
			if _, ok := personOf(who); !ok {
				return fmt.Errorf("%q is not Name <mail>", who)
			}
		}
	}
	return nil
}

// environment returns what an expression sees of a sample, but for its commits.
func (s *Sample) environment() (*environment, []*commit) {
	change := &analyzers.Change{Kind: analyzers.Kind(s.Kind), Options: s.Options}
	if s.Kind == "" {
		change.Kind = analyzers.KindPush
	}
	change.Pusher = analyzers.Identity{Name: s.Pusher.Name, Emails: s.Pusher.Emails, Key: s.Pusher.Key, Source: s.Pusher.Source}
	e := newEnvironment(change)
	ref := analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Ref: s.Ref}, Protected: s.Protected, FastForward: s.FastForward == nil || *s.FastForward}
	if s.Ref == "" {
		ref.Ref = "refs/heads/main"
	}
	for _, c := range s.Class {
		ref.Classes = append(ref.Classes, analyzers.Classification{Class: c})
	}
	if len(s.Class) == 0 {
		ref.Classes = []analyzers.Classification{{Class: analyzers.Feature}}
	}
	e.setRef(&ref)
	e.Created, e.Deleted = s.Created, s.Deleted
	for _, f := range s.Files {
		made := &file{f.Path, f.OldPath, f.Status, f.Mode, f.OldMode}
		if made.Status == "" {
			made.Status = "M"
		}
		if made.Mode == 0 && made.Status != "D" {
			made.Mode = 0o100644
		}
		e.Files = append(e.Files, made)
	}
	var commits []*commit
	for _, c := range s.Commits {
		k := &analyzers.Commit{Message: c.Message, Reverts: c.Reverts, Picks: c.Picks}
		if c.Message == "" {
			k.Message = c.Subject
		}
		author, _ := personOf(c.Author)
		committer, _ := personOf(c.Committer)
		if c.Committer == "" {
			committer = author
		}
		made := newCommit(k)
		made.Author, made.Committer, made.Merge = author, committer, c.Merge
		commits = append(commits, made)
	}
	return e, commits
}

// personOf reads "Name <mail>"; "" is nobody.
func personOf(s string) (person, bool) {
	if s == "" {
		return person{}, true
	}
	name, mail, ok := strings.Cut(strings.TrimSuffix(s, ">"), " <")
	return person{name, mail}, ok && strings.HasSuffix(s, ">")
}
