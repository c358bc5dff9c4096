package gosec

import (
	"cmp"
	"fmt"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/catalog"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// A collector makes a result out of what is found, ref by ref.
type collector struct {
	*checker
	result analyzers.Result
	seen   map[string]bool // findings and skips that are stated already: several refs may bring the same commit

	name string // of the file that was read last, in the tree
	tree analyzers.Tree
	text *text
}

// textOf returns a file of the tree. A file can have thousands of findings, which come one after the other.
func (r *collector) textOf(s *scope, name string) (*text, error) {
	if r.text == nil || r.name != name || r.tree != s.trees.After {
		data, err := s.trees.After.ReadFile(name)
		if err != nil {
			return nil, err
		}
		r.name, r.tree, r.text = name, s.trees.After, newText(string(data))
	}
	return r.text, nil
}

func (r *collector) add(f analyzers.Finding) {
	key := fmt.Sprintf("%+v", f)
	if !r.seen[key] {
		r.seen[key] = true
		r.result.Findings = append(r.result.Findings, f)
	}
}

func (r *collector) skip(what, why string) {
	if key := what + "\x00" + why; !r.seen[key] {
		r.seen[key] = true
		r.result.Skipped = append(r.result.Skipped, analyzers.Skip{What: what, Why: why})
	}
}

// finish puts what was found in order.
func (r *collector) finish() analyzers.Result {
	slices.SortStableFunc(r.result.Findings, func(a, b analyzers.Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Commit, b.Commit))
	})
	slices.SortStableFunc(r.result.Skipped, func(a, b analyzers.Skip) int { return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why)) })
	return r.result
}

// commitOf returns the commit that a finding about a file is ascribed to: the last that changed it, else the one whose tree was looked at.
func (s *scope) commitOf(name string) string {
	if commit, ok := s.newest[name]; ok {
		return commit
	}
	return s.trees.Commit
}

// issue states what gosec has found.
func (r *collector) issue(s *scope, i *wire.Issue, credentials []lineRange) error {
	text, err := r.textOf(s, i.Path)
	if err != nil {
		return err
	}
	code := text.lines(i.Line, i.EndLine)
	f := analyzers.Finding{
		Rule: strings.ToLower(i.Rule), Group: groupOf(i), Severity: analyzers.Low + analyzers.Severity(i.Severity),
		Path: i.Path, Line: i.Line, EndLine: i.EndLine, Column: i.Column, Commit: s.commitOf(i.Path),
		Message: oneLine(i.What),
		Excerpt: i.Code,
		Key:     strings.Join([]string{i.Rule, i.What, i.Decl, i.Text}, "\x00"),
		Inline:  analyzers.InlineAllow(code),
	}
	if rule, ok := catalog.Lookup(i.Rule); ok {
		f.Hint = rule.Fix
	}
	if i.Suppressed && r.opts.Nosec == NosecJustified {
		f.Hint = "name the rule and say why: // #nosec " + i.Rule + " -- REASON"
	} else if i.Suppressed {
		f.Hint = "a #nosec that comes with the change does not count, nor does an old one for new code: mend the code, or ask for an exception"
	}
	for _, lines := range credentials {
		if lines.first <= i.EndLine+1 && lines.last >= i.Line-1 { // the excerpt has a line before and one behind
			f.Secrets = append(f.Secrets, literals(text.lines(lines.first, lines.last))...)
		}
	}
	f.Message = without(f.Message, f.Secrets)
	r.add(f)
	return nil
}

// nosec states a comment that suppresses findings and comes with the change.
func (r *collector) nosec(s *scope, lines *changed, n *wire.Nosec, mode string) error {
	isNew, err := lines.touch(n.Path, n.Line, n.Line)
	if err != nil || !isNew {
		return err
	}
	f := analyzers.Finding{
		Rule: ruleNosec, Group: groupMedium, Severity: analyzers.Medium,
		Path: n.Path, Line: n.Line, EndLine: n.Line, Commit: s.commitOf(n.Path),
		Message: "the change brings a comment that suppresses findings",
		Hint:    "remove it: whoever writes a change does not decide what is looked at",
		Excerpt: n.Text,
		Key:     strings.Join([]string{ruleNosec, n.Decl, n.Text}, "\x00"),
	}
	switch {
	case mode != NosecJustified:
	case len(n.Rules) == 0:
		f.Message = "a comment suppresses findings without naming rules"
		f.Hint = "write for example: // #nosec G404 -- why this use is right"
	case strings.TrimSpace(n.Justification) == "":
		f.Message = "a comment suppresses findings without a reason"
		f.Hint = fmt.Sprintf("write for example: // #nosec %s -- why this use is right", strings.Join(n.Rules, " "))
	default:
		return nil
	}
	r.add(f)
	return nil
}

// maxReasons bounds the reasons that the message of one finding spells out; the skipped list has them all.
const maxReasons = 2

// incomplete states that the analysis of a package is not complete, and why.
func (r *collector) incomplete(s *scope, dir, rule string, reasons []string) {
	if len(reasons) == 0 {
		return
	}
	for _, why := range reasons {
		r.skip(dir, oneLine(why))
	}
	name := s.first[dir]
	if name == "" {
		name = s.first["."]
	}
	f := analyzers.Finding{Rule: rule, Group: groupUnexamined, Severity: analyzers.Low, Path: name, Commit: s.commitOf(name), Key: rule + "\x00" + dir}
	said := strings.Join(reasons[:min(len(reasons), maxReasons)], "; ")
	if n := len(reasons) - maxReasons; n > 0 {
		said += fmt.Sprintf("; and %d more reasons", n)
	}
	switch rule {
	case ruleMissingTypes:
		f.Message = fmt.Sprintf("package %s was analysed without all types: %s", shown(dir), oneLine(said))
		f.Hint = "fill the cache of types: refward types --help"
	default:
		f.Message = fmt.Sprintf("package %s was not examined completely: %s", shown(dir), oneLine(said))
		f.Hint = "make it compile; where a limit is named, the policy sets it (gosec.cpu, gosec.memory)"
	}
	r.add(f)
}

func shown(dir string) string {
	if dir == "." {
		return "at the root"
	}
	return dir
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// A text is a file, of which lines are asked for.
type text struct {
	all    string
	starts []int // offsets of lines
}

func newText(all string) *text {
	t := &text{all: all, starts: []int{0}}
	for i := range len(all) {
		if all[i] == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// maxCode is how much of the lines of a finding is looked at, in bytes.
const maxCode = 64 << 10

// lines returns the lines from the first to the last, 1-based, as far as they are there and not too long.
func (t *text) lines(first, last int) string {
	if first = max(first, 1); first > len(t.starts) {
		return ""
	}
	start, end := t.starts[first-1], len(t.all)
	if last < len(t.starts) {
		end = t.starts[max(last, first-1)]
	}
	return t.all[start:min(end, start+maxCode)]
}

// literals returns the values of the string literals in a piece of code.
func literals(code string) []string {
	var values []string
	seen := map[string]bool{}
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(code)), []byte(code), nil, 0)
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return values
		case tok == token.STRING:
			if value, err := strconv.Unquote(lit); err == nil && strings.TrimSpace(value) != "" && !seen[value] {
				seen[value] = true
				values = append(values, value)
			}
		}
	}
}

// without returns a message without the texts that must not leave the process.
func without(message string, secrets []string) string {
	for _, s := range secrets {
		message = strings.ReplaceAll(message, s, "…")
	}
	return message
}
