package engine

import (
	"cmp"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/gosec/wire"
)

// directive begins a comment that suppresses, in the form of a directive.
const directive = "//gosec:disable"

// An ignore is what one comment suppresses.
type ignore struct {
	start, end    int      // lines
	rules         []string // nil = all
	justification string
}

// suppresses reports whether findings of the rule in the lines are suppressed, as gosec has it: one of the two has to hold the other.
func (i *ignore) suppresses(rule string, start, end int) bool {
	return (i.start <= start && i.end >= end || start <= i.start && end >= i.end) && (i.rules == nil || slices.Contains(i.rules, rule))
}

// comments finds the comments of a file that suppress, and what they suppress: the lines of the comment and of the code that it is about.
// A comment that the options do not let suppress is among the first only.
func (a *Analysis) comments(p *packages.Package, syntax *ast.File, s *source) (nosecs []wire.Nosec, ignores []ignore) {
	for _, g := range syntax.Comments {
		args, found := a.engine.directiveOf(g)
		if !found {
			continue
		}
		rules, justification := arguments(args)
		line := a.engine.lineOf(g, s)
		nosecs = append(nosecs, wire.Nosec{
			Path: s.path, Line: line, Rules: rules, Justification: justification,
			Decl: s.declAt(line, p.Fset.PositionFor(g.Pos(), false).Column), Text: short(commentText(g)),
		})
	}
	o := &a.engine.options
	if nosecs == nil || o.IgnoreNosec {
		return nosecs, nil
	}
	for node, groups := range ast.NewCommentMap(p.Fset, syntax, syntax.Comments) {
		for _, g := range groups {
			args, found := a.engine.directiveOf(g)
			if !found {
				continue
			}
			rules, justification := arguments(args)
			if o.RequireRules && rules == nil || o.RequireReason && justification == "" {
				continue
			}
			ignores = append(ignores, ignore{
				start: s.file.Line(min(node.Pos(), g.Pos())), end: s.file.Line(max(node.End(), g.End())), rules: rules, justification: justification,
			})
			break // the first of those at a node is the one that counts
		}
	}
	slices.SortFunc(ignores, func(x, y ignore) int {
		return cmp.Or(x.start-y.start, x.end-y.end, slices.Compare(x.rules, y.rules), cmp.Compare(x.justification, y.justification))
	})
	return nosecs, ignores
}

// directiveOf returns what stands after the word that makes a comment suppress findings.
func (e *Engine) directiveOf(g *ast.CommentGroup) (args string, found bool) {
	if !e.maybe(g) {
		return "", false
	}
	text := strings.TrimSpace(g.Text())
	for _, tag := range e.tags {
		i := strings.Index(text, tag)
		if i < 0 {
			continue
		}
		// At the beginning of the comment, or of a line of it.
		if before := strings.TrimRight(text[:i], " \t"); i == 0 || strings.HasSuffix(before, "\n") {
			return text[i+len(tag):], true
		}
	}
	for _, c := range g.List {
		if after, ok := strings.CutPrefix(c.Text, directive); ok && (after == "" || after[0] == ' ') {
			return strings.TrimSpace(after), true
		}
	}
	return "", false
}

// maybe spares the work for most comments.
func (e *Engine) maybe(g *ast.CommentGroup) bool {
	for _, c := range g.List {
		if strings.HasPrefix(c.Text, directive) {
			return true
		}
	}
	for _, tag := range e.tags {
		for _, c := range g.List {
			if strings.Contains(c.Text, tag) {
				return true
			}
		}
	}
	return false
}

// arguments takes apart what stands after the word: ids of rules, and after "--" why. Without any id, all rules are meant.
func arguments(args string) (rules []string, justification string) {
	args, justification, _ = strings.Cut(args, "--")
	justification = strings.TrimSpace(strings.TrimLeft(justification, "-"))
	if strings.TrimSpace(args) == "block" {
		return nil, justification
	}
	for i := 0; i+4 <= len(args); i++ {
		if _, err := strconv.ParseUint(args[i+1:i+4], 10, 16); err != nil || args[i] != 'G' {
			continue
		}
		if id := args[i : i+4]; !slices.Contains(rules, id) {
			rules = append(rules, id)
		}
		i += 3
	}
	return rules, justification
}

// lineOf returns the line of the word in a comment of several lines.
func (e *Engine) lineOf(g *ast.CommentGroup, s *source) int {
	for _, c := range g.List {
		for i, line := range strings.Split(c.Text, "\n") {
			line = strings.TrimLeft(line, "/* \t")
			if strings.HasPrefix(line, strings.TrimPrefix(directive, "//")) ||
				slices.ContainsFunc(e.tags, func(tag string) bool { return strings.HasPrefix(line, tag) }) {
				return s.file.Line(c.Pos()) + i
			}
		}
	}
	return s.file.Line(g.Pos())
}

func commentText(g *ast.CommentGroup) string {
	var b strings.Builder
	for _, c := range g.List {
		for _, f := range strings.Fields(c.Text) {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(f)
		}
	}
	return b.String()
}
