package gosec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

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

// A comparison holds the issues of one package against what was there before.
type comparison struct {
	*checker
	scope  *scope
	issues []wire.Issue
	isNew  []bool
	before map[identity]int  // the most that one of the trees before has of each
	unsure map[string]string // packages of which that is not known, and why
	kind   analyzers.Kind
}

// worse returns those issues that a ref's change brings: on lines that it changes, or more of the same than there were before. old
// counts the others. unsure says which packages could not be compared with what was there before, and why.
func (k *checker) worse(ctx context.Context, s *scope, lines *changed, issues []wire.Issue, kind analyzers.Kind, h *helper) (bring []wire.Issue, old int, unsure map[string]string, err error) {
	c := &comparison{checker: k, scope: s, issues: issues, isNew: make([]bool, len(issues)), before: map[identity]int{}, unsure: map[string]string{}, kind: kind}
	for i := range issues {
		if c.isNew[i], err = lines.touch(issues[i].Path, issues[i].Line, issues[i].EndLine); err != nil {
			return nil, 0, nil, err
		}
	}
	var failed error // what is on changed lines is known all the same
	// As a rule the first tree explains all: the others are where merged branches begin.
	for _, tree := range s.trees.Before {
		more := c.more()
		if len(more) == 0 {
			break
		}
		if failed = c.count(ctx, tree, more, h); failed != nil {
			break
		}
	}
	open := map[string][]string{} // by package, what could not be compared
	for _, i := range c.more() {
		dir := path.Dir(issues[i].Path)
		if c.isNew[i] = failed == nil && c.unsure[dir] == ""; !c.isNew[i] {
			open[dir] = append(open[dir], fmt.Sprintf("%s in line %d", issues[i].Rule, issues[i].Line))
		}
	}
	for dir, why := range c.unsure {
		if open[dir] == nil {
			delete(c.unsure, dir)
			continue
		}
		slices.Sort(open[dir])
		c.unsure[dir] = fmt.Sprintf("it is not known whether it had these before: %s: %s", strings.Join(open[dir][:min(len(open[dir]), 5)], ", "), why)
	}
	for i := range issues {
		if c.isNew[i] {
			bring = append(bring, issues[i])
		} else {
			old++
		}
	}
	return bring, old, c.unsure, failed
}

// more returns the issues off the changed lines that are more of their kind than there are known to have been before: of several that are
// alike, the last.
func (c *comparison) more() []int {
	grown := map[identity]int{} // what is on changed lines counts anyway, and is not what was there before
	for i := range c.issues {
		if !c.isNew[i] {
			grown[c.identity(i)]++
		}
	}
	for id := range grown {
		grown[id] -= c.before[id]
	}
	var more []int
	for i := range slices.Backward(c.issues) {
		if id := c.identity(i); !c.isNew[i] && grown[id] > 0 {
			grown[id]--
			more = append(more, i)
		}
	}
	return more
}

func (c *comparison) identity(i int) identity { return identityOf(&c.issues[i], c.issues[i].Path) }

// count counts the kinds of some issues in a tree before the change, with the rules that found them and in the packages where they were.
func (c *comparison) count(ctx context.Context, tree analyzers.Tree, issues []int, h *helper) error {
	only := map[string][]string{}                                   // rules, by directory
	names, packages := map[string][]string{}, map[string][]string{} // of now, by what they were before
	note := func(m map[string][]string, was, is string) {
		if !slices.Contains(m[was], is) {
			m[was] = append(m[was], is)
		}
	}
	for _, i := range issues {
		name := c.issues[i].Path
		was := c.scope.before(name)
		note(only, path.Dir(was), c.issues[i].Rule)
		note(names, was, name)
		note(packages, path.Dir(was), path.Dir(name))
	}
	job := c.job(slices.Sorted(maps.Keys(packages)), c.kind)
	for _, rules := range only {
		slices.Sort(rules)
	}
	job.Only = only // so that no package pays for the rules of another
	found, err := h.do(ctx, job, tree)
	if err != nil {
		return err
	}
	here := map[identity]int{}
	for _, dir := range job.Dirs {
		p := found[dir]
		if len(p.unexamined) > 0 {
			for _, now := range packages[dir] {
				c.unsure[now] = p.unexamined[0]
			}
		}
		for i := range p.issues {
			for _, now := range names[p.issues[i].Path] {
				here[identityOf(&p.issues[i], now)]++
			}
		}
	}
	for id, n := range here {
		c.before[id] = max(c.before[id], n)
	}
	return nil
}
