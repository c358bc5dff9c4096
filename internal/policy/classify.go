package policy

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/dustin/go-humanize"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// A ClassRule says when a change is of a class. All that it names must hold for the new commits of a ref together; of the entries of one
// list, any will do.
type ClassRule struct {
	Class    analyzers.Class `yaml:"class" json:"class"`
	Branches []string        `yaml:"branches" json:"branches,omitempty"`   // globs of the ref that is pushed, as in protected, without HEAD
	Types    []string        `yaml:"types" json:"types,omitempty"`         // of a Conventional Commits header, in any case
	Paths    []string        `yaml:"paths" json:"paths,omitempty"`         // globs of a changed file's path, before or after a renaming
	MinLines int             `yaml:"min_lines" json:"min_lines,omitempty"` // added lines; 0 = any
	MinFiles int             `yaml:"min_files" json:"min_files,omitempty"` // changed files, each time that a commit changes one; 0 = any
}

// classTrailer is the trailer by which a change takes a class upon itself. It can only add to what else a change is.
const classTrailer = "Change-Class"

// Classify sets the classes of each ref of a change. What any layer takes it for counts: since the strictest gate of all its classes
// decides, a further class can only tighten. For the same reason a change that is an emergency by its own word is also what it would be
// otherwise, and one that nothing in a layer names is a feature, whatever another layer calls it: a repository must not take it out of the
// gates that the server has for features.
//
// It is called once, before anything else looks at the change. An error means that the change could not be read.
func (s Stack) Classify(ctx context.Context, c *analyzers.Change) error {
	k := &classifier{change: c, firstPath: map[[2]int]hit{}}
	for _, p := range s {
		var own []int
		for _, r := range p.Classify {
			at := slices.IndexFunc(k.rules, func(o ClassRule) bool { return o.equal(r) })
			if at < 0 {
				at, k.rules = len(k.rules), append(k.rules, r)
			}
			own = append(own, at)
		}
		k.layers = append(k.layers, own)
	}
	if err := k.read(ctx); err != nil {
		return err
	}
	for i := range c.Refs {
		if err := ctx.Err(); err != nil { // thousands of branches along one long history take their time
			return fmt.Errorf("classify %d refs: %w", len(c.Refs), err)
		}
		c.Refs[i].Classes = k.classes(&c.Refs[i])
	}
	return nil
}

// A classifier holds what rules ask about a change.
type classifier struct {
	change *analyzers.Change
	rules  []ClassRule
	layers [][]int // rules of each layer

	types     []string           // lower case; of each commit
	claims    [][]string         // words of its Change-Class trailers
	lines     []int              // that it adds
	files     []int              // that it changes
	firstPath map[[2]int]hit     // of a rule and a commit: a path that the rule names
	loose     map[string]content // of refs that lead to files without a commit; "" for the index
}

// content is what is known of files that no commit leads to.
type content struct {
	lines, files int
	path         map[int]hit // by rule
}

// A hit is a path that a rule names.
type hit struct {
	path string
	now  string // what the file was renamed to, out of the paths of the rule; may be ""
}

// noCommit is the index of files that no commit leads to.
const noCommit = -1

func (k *classifier) read(ctx context.Context) error {
	n := len(k.change.Commits)
	k.types, k.claims = make([]string, n), make([][]string, n)
	k.lines, k.files = make([]int, n), make([]int, n)
	k.loose = map[string]content{}
	byID := make(map[string]int, n)
	for i, commit := range k.change.Commits {
		m := message.Parse(commit.Message)
		k.types[i] = strings.ToLower(m.Header.Type)
		for _, v := range m.Values(classTrailer) {
			k.claims[i] = append(k.claims[i], strings.FieldsFunc(strings.ToLower(v), func(r rune) bool { return r == ',' || r == ' ' })...)
		}
		byID[commit.ID] = i
	}
	if k.change.Content == nil {
		return nil
	}
	if slices.ContainsFunc(k.rules, func(r ClassRule) bool { return len(r.Paths) > 0 || r.MinFiles > 0 }) {
		matched := map[string][]int{} // rules by path: a history changes the same files again and again
		for f, err := range k.change.Files(ctx) {
			if err != nil {
				return fmt.Errorf("classify by paths: %w", err)
			}
			// A repository's own policy may have thousands of globs, and a push a hundred thousand files: nothing else would look at the clock.
			if err := k.file(ctx, byID, f, matched); err != nil {
				return fmt.Errorf("classify by paths: %w", err)
			}
		}
	}
	if slices.ContainsFunc(k.rules, func(r ClassRule) bool { return r.MinLines > 0 }) {
		for h, err := range k.change.Hunks(ctx) {
			if err != nil {
				return fmt.Errorf("classify by size: %w", err)
			}
			lines := bytes.Count(h.Text, []byte("\n"))
			if n := len(h.Text); n > 0 && h.Text[n-1] != '\n' {
				lines++
			}
			if i := index(byID, h.Commit); i != noCommit {
				k.lines[i] += lines
				continue
			}
			l := k.loose[h.Ref]
			l.lines += lines
			k.loose[h.Ref] = l
		}
	}
	return nil
}

func index(byID map[string]int, commit string) int {
	if i, ok := byID[commit]; ok && commit != "" {
		return i
	}
	return noCommit
}

// maxMatched bounds the paths of which the rules are remembered.
const maxMatched = 100_000

func (k *classifier) file(ctx context.Context, byID map[string]int, f analyzers.File, matched map[string][]int) error {
	rules, known := matched[f.Path]
	if !known {
		var err error
		if rules, err = k.matching(ctx, f.Path); err != nil {
			return err
		}
		if len(matched) < maxMatched {
			matched[f.Path] = rules
		}
	}
	var before []int
	if f.OldPath != "" {
		var err error
		if before, err = k.matching(ctx, f.OldPath); err != nil {
			return err
		}
	}
	i := index(byID, f.Commit)
	if i == noCommit {
		l := k.loose[f.Ref]
		l.files++
		if l.path == nil {
			l.path = map[int]hit{}
		}
		note(l.path, f, rules, before, func(rule int) int { return rule })
		k.loose[f.Ref] = l
		return nil
	}
	k.files[i]++
	note(k.firstPath, f, rules, before, func(rule int) [2]int { return [2]int{rule, i} })
	return nil
}

// note keeps the first path that each rule names: the rules of a file's path, and those of the one before it was renamed.
func note[K comparable](first map[K]hit, f analyzers.File, rules, before []int, key func(rule int) K) {
	for _, r := range rules {
		if _, known := first[key(r)]; !known {
			first[key(r)] = hit{path: f.Path}
		}
	}
	for _, r := range before {
		if _, known := first[key(r)]; !known {
			first[key(r)] = hit{f.OldPath, f.Path}
		}
	}
}

// matching returns the rules that name a path.
func (k *classifier) matching(ctx context.Context, path string) ([]int, error) {
	var rules []int
	for i, r := range k.rules {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(r.Paths, func(glob string) bool { return doublestar.MatchUnvalidated(glob, path) }) {
			rules = append(rules, i)
		}
	}
	return rules, nil
}

// classes returns what a ref's change is.
func (k *classifier) classes(ref *analyzers.RefChange) []analyzers.Classification {
	reasons := map[analyzers.Class]string{}
	add := func(class analyzers.Class, reason string) {
		if _, is := reasons[class]; !is {
			reasons[class] = reason
		}
	}
	named := make([]bool, len(k.rules)) // the rules that name a kind of change; an emergency is still a change of some kind
	for i, r := range k.rules {
		if reason, ok := k.holds(i, r, ref); ok {
			add(r.Class, reason)
			named[i] = r.Class != analyzers.Emergency
		}
	}
	for _, own := range k.layers {
		if !slices.ContainsFunc(own, func(rule int) bool { return named[rule] }) {
			add(analyzers.Feature, "nothing says otherwise")
		}
	}
	for _, i := range ref.Commits {
		for _, claim := range k.claims[i] {
			if class := analyzers.Class(claim); slices.Contains(analyzers.Classes(), class) {
				add(class, fmt.Sprintf("%s says %s: %s", commitName(k.change.Commits[i]), classTrailer, claim))
			}
		}
	}
	var list []analyzers.Classification
	for _, class := range analyzers.Classes() {
		if reason, is := reasons[class]; is {
			list = append(list, analyzers.Classification{Class: class, Reason: reason})
		}
	}
	return list
}

// holds says whether a rule holds for a ref's change, and by what.
func (k *classifier) holds(at int, r ClassRule, ref *analyzers.RefChange) (reason string, ok bool) {
	var why []string
	if len(r.Branches) > 0 {
		i := slices.IndexFunc(r.Branches, func(glob string) bool { return matchRef(glob, ref.Ref, "") })
		if i < 0 {
			return "", false
		}
		why = append(why, fmt.Sprintf("%s matches %s", strings.TrimPrefix(ref.Ref, branches), r.Branches[i]))
	}
	if len(r.Types) > 0 {
		i := slices.IndexFunc(ref.Commits, func(i int) bool {
			return slices.ContainsFunc(r.Types, func(t string) bool { return strings.EqualFold(t, k.types[i]) })
		})
		if i < 0 {
			return "", false
		}
		i = ref.Commits[i]
		why = append(why, fmt.Sprintf("%s is of type %s", commitName(k.change.Commits[i]), k.types[i]))
	}
	// In the index there are files and no commit; behind a ref that leads to a tree, likewise.
	loose := k.loose[ref.Ref]
	if k.change.Kind == analyzers.KindCommit || k.change.Kind == analyzers.KindMessage {
		loose = k.loose[""]
	}
	if len(r.Paths) > 0 {
		first := loose.path[at]
		for _, i := range ref.Commits {
			if first.path != "" {
				break
			}
			first = k.firstPath[[2]int{at, i}]
		}
		if first.path == "" {
			return "", false
		}
		glob := slices.IndexFunc(r.Paths, func(glob string) bool { return doublestar.MatchUnvalidated(glob, first.path) })
		if first.now == "" {
			why = append(why, fmt.Sprintf("%s matches %s", first.path, r.Paths[glob]))
		} else {
			why = append(why, fmt.Sprintf("%s, now %s, matches %s", first.path, first.now, r.Paths[glob]))
		}
	}
	for _, size := range []struct {
		least, loose int
		of           []int
		unit         string
	}{{r.MinFiles, loose.files, k.files, "changed files"}, {r.MinLines, loose.lines, k.lines, "added lines"}} {
		if size.least <= 0 {
			continue
		}
		n := size.loose
		for _, i := range ref.Commits {
			n += size.of[i]
		}
		if n < size.least {
			return "", false
		}
		why = append(why, fmt.Sprintf("%s %s, %d or more", humanize.Comma(int64(n)), size.unit, size.least))
	}
	return strings.Join(why, ", "), len(why) > 0
}

func commitName(c *analyzers.Commit) string {
	if c.ID == "" {
		return "the commit"
	}
	return c.ID[:min(len(c.ID), 7)]
}

func (r *ClassRule) equal(o ClassRule) bool {
	return r.Class == o.Class && slices.Equal(r.Branches, o.Branches) && slices.Equal(r.Types, o.Types) && slices.Equal(r.Paths, o.Paths) &&
		r.MinLines == o.MinLines && r.MinFiles == o.MinFiles
}
