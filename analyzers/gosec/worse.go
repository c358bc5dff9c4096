package gosec

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/wire"
	"github.com/refward/refward/internal/linediff"
)

// A lineRange is a range of lines, both ends included.
type lineRange struct{ first, last int }

// A changed tells which lines of a ref's files are new to what was there before.
type changed struct {
	scope *scope
	known map[string][]lineRange
}

func (s *scope) changed() *changed { return &changed{scope: s, known: map[string][]lineRange{}} }

// lines returns the ranges of lines of a file that are in none of the earlier versions, or whole when it is new. A file that cannot be
// read is an error.
func (c *changed) lines(name string) ([]lineRange, error) {
	if ranges, ok := c.known[name]; ok {
		return ranges, nil
	}
	after, err := c.scope.trees.After.ReadFile(name)
	if err != nil {
		return nil, err
	}
	ranges := []lineRange{{1, bytes.Count(after, []byte("\n")) + 1}}
	for _, tree := range c.scope.trees.Before {
		before, err := tree.ReadFile(c.scope.before(name))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, analyzers.ErrTooLarge) {
			continue // all of it is new to that one
		}
		if err != nil {
			return nil, err
		}
		var added []lineRange
		for _, run := range linediff.Added(before, after) {
			n := bytes.Count(run.Text, []byte("\n"))
			if !bytes.HasSuffix(run.Text, []byte("\n")) {
				n++
			}
			added = append(added, lineRange{run.Start, run.Start + n - 1})
		}
		ranges = intersect(ranges, added)
	}
	c.known[name] = ranges
	return ranges, nil
}

// touch reports whether lines of a file are among the changed ones.
func (c *changed) touch(name string, first, last int) (bool, error) {
	ranges, err := c.lines(name)
	return len(intersect(ranges, []lineRange{{first, last}})) > 0, err
}

// intersect returns what two sorted lists of ranges have in common.
func intersect(a, b []lineRange) []lineRange {
	var both []lineRange
	for len(a) > 0 && len(b) > 0 {
		if r := (lineRange{max(a[0].first, b[0].first), min(a[0].last, b[0].last)}); r.first <= r.last {
			both = append(both, r)
		}
		if a[0].last < b[0].last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}

// An identity is what makes an issue the same one in two versions of a tree: not its place, and not the white space of its code.
type identity struct{ rule, path, what, decl, text string }

func identityOf(i *wire.Issue, name string) identity {
	return identity{i.Rule, name, i.What, i.Decl, i.Text}
}

// worse returns those issues that a ref's change brings: on lines that it changes, or more of the same than there were before. old
// counts the others. dirs are the packages that could not be compared with what was there before.
func (k *checker) worse(ctx context.Context, s *scope, lines *changed, issues []wire.Issue, h *helper) (bring []wire.Issue, old int, unsure map[string]string, err error) {
	var off []int // issues on lines that were there before
	count := map[identity]int{}
	isNew := make([]bool, len(issues))
	for i := range issues {
		if isNew[i], err = lines.touch(issues[i].Path, issues[i].Line, issues[i].EndLine); err != nil {
			return nil, 0, nil, err
		}
		if !isNew[i] {
			off = append(off, i)
		}
		count[identityOf(&issues[i], issues[i].Path)]++
	}
	if len(off) > 0 {
		before, failed, err := k.countBefore(ctx, s, issues, off, h)
		if err != nil {
			return nil, 0, nil, err
		}
		unsure = failed
		grown := map[identity]int{} // more than before, and not on changed lines
		for id, n := range count {
			grown[id] = n - before[id]
		}
		for i := range issues {
			if isNew[i] {
				grown[identityOf(&issues[i], issues[i].Path)]--
			}
		}
		for _, i := range slices.Backward(off) { // of several that are alike, the last
			id := identityOf(&issues[i], issues[i].Path)
			if failed[path.Dir(issues[i].Path)] == "" && grown[id] > 0 {
				grown[id]--
				isNew[i] = true
			}
		}
	}
	for i := range issues {
		if isNew[i] {
			bring = append(bring, issues[i])
		} else {
			old++
		}
	}
	return bring, old, unsure, nil
}

// countBefore counts the issues of the rules of some issues, in their packages, as they were before the change: where there are several
// trees, in the one that has most of each. failed says of which directories that is not known, and why.
func (k *checker) countBefore(ctx context.Context, s *scope, issues []wire.Issue, off []int, h *helper) (most map[identity]int, failed map[string]string, err error) {
	rules, dirs := map[string]bool{}, map[string]bool{}
	after := map[string][]string{} // by path before: paths now
	var packages = map[string][]string{}
	for _, i := range off {
		name := issues[i].Path
		was := s.before(name)
		rules[issues[i].Rule], dirs[path.Dir(was)] = true, true
		if !slices.Contains(after[was], name) {
			after[was] = append(after[was], name)
		}
		if !slices.Contains(packages[path.Dir(was)], path.Dir(name)) {
			packages[path.Dir(was)] = append(packages[path.Dir(was)], path.Dir(name))
		}
	}
	most, failed = map[identity]int{}, map[string]string{}
	for _, tree := range s.trees.Before {
		job := k.job(slices.Sorted(maps.Keys(dirs)))
		job.Run.Include, job.Run.Exclude = slices.Sorted(maps.Keys(rules)), nil
		found, err := h.do(ctx, job, tree)
		if err != nil {
			return nil, nil, err
		}
		here := map[identity]int{}
		for dir, p := range found {
			if len(p.unexamined) > 0 {
				for _, now := range packages[dir] {
					failed[now] = "what was there before could not be examined: " + p.unexamined[0]
				}
			}
			for i := range p.issues {
				for _, now := range after[p.issues[i].Path] {
					here[identityOf(&p.issues[i], now)]++
				}
			}
		}
		for id, n := range here {
			most[id] = max(most[id], n)
		}
	}
	return most, failed, nil
}
