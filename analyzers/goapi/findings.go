package goapi

import (
	"cmp"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/refward/refward/analyzers"
)

// A collector makes a result out of what is found, ref by ref.
type collector struct {
	*checker
	result analyzers.Result
	seen   map[string]bool // skips that are stated already
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
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Ref, b.Ref))
	})
	slices.SortStableFunc(r.result.Skipped, func(a, b analyzers.Skip) int { return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why)) })
	return r.result
}

// pair states what there is to say of a package.
func (r *collector) pair(ref string, q *pair, answer Answer) {
	r.result.Examined["packages"]++
	changes, reasons := slices.Clone(answer.Changes), append(q.reasons, answer.Unexamined...)
	switch {
	case q.removed:
		changes = []Change{{Text: "package: removed", Path: q.file}}
	case q.asked:
		changes = append(changes, r.elsewhere(q, answer)...)
		r.missing(ref, q, answer.Unknown)
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Path, b.Path)) })
	changes = slices.CompactFunc(changes, func(a, b Change) bool { return a.Text == b.Text })
	r.breaking(ref, q, changes)
	r.incomplete(ref, q, reasons)
}

// elsewhere looks at what changed in files that the build does not take for which types were asked: what no file declares any more is gone in every
// build, and of the rest nothing is known.
func (r *collector) elsewhere(q *pair, answer Answer) (changes []Change) {
	if len(answer.Unexamined) > 0 {
		return nil // which files there are is not sure, and that is said
	}
	is := q.left.declares()
	for _, d := range q.diff.gone {
		if slices.Contains(answer.Before, d.path) {
			continue
		}
		for _, n := range d.names {
			switch {
			case d.method == "" && token.IsExported(n) && !is[n] && len(q.left.unread) == 0:
				changes = append(changes, Change{Text: n + ": removed", Path: d.path})
			default:
				r.skip(d.path, fmt.Sprintf("its API changed and was not compared: it is no part of a build for %s/%s", r.opts.GOOS, r.opts.GOARCH))
			}
		}
	}
	return changes
}

const (
	maxListed  = 4   // changes and reasons that a message spells out
	maxExcerpt = 20  // changes that an excerpt does
	maxText    = 160 // bytes of each
)

func (r *collector) breaking(ref string, q *pair, changes []Change) {
	if len(changes) == 0 {
		return
	}
	f := analyzers.Finding{Rule: ruleBreaking, Severity: analyzers.Medium, Path: q.file, Ref: ref,
		Hint: "put ! before the colon of a subject, or a footer BREAKING CHANGE: what to do; or keep the old beside the new"}
	if i := slices.IndexFunc(changes, func(c Change) bool { return c.Path != "" }); i >= 0 {
		f.Path, f.Line, f.EndLine = changes[i].Path, changes[i].Line, changes[i].Line
	}
	var texts, keys []string
	for _, c := range changes {
		texts, keys = append(texts, shortened(unquoted(c.Text))), append(keys, c.Text)
	}
	f.Message = fmt.Sprintf("the change breaks who uses package %s, and no commit says so: %s", shown(q.dir), some(texts, "; "))
	f.Excerpt = strings.Join(texts[:min(len(texts), maxExcerpt)], "\n")
	if n := len(texts) - maxExcerpt; n > 0 {
		f.Excerpt += fmt.Sprintf("\nand %d more", n)
	}
	f.Key = q.dir + "\x00" + strings.Join(keys, "\x00")
	r.result.Findings = append(r.result.Findings, f)
}

func (r *collector) incomplete(ref string, q *pair, reasons []string) {
	if len(reasons) == 0 {
		return
	}
	var texts []string
	for _, why := range reasons {
		if why = shortened(why); !slices.Contains(texts, why) {
			texts = append(texts, why)
		}
	}
	r.result.Findings = append(r.result.Findings, analyzers.Finding{Rule: ruleIncomplete, Severity: analyzers.Low, Path: q.file, Ref: ref,
		Message: fmt.Sprintf("what package %s exports could not be compared with what it did: %s", shown(q.dir), some(texts, "; ")),
		Hint:    "make it compile; where a limit is named, the policy sets it (goapi.cpu, goapi.memory)",
		Key:     ruleIncomplete + "\x00" + q.dir})
}

// missing states which of the names changed of which not all types are known.
func (r *collector) missing(ref string, q *pair, unknown []string) {
	var names []string
	for _, n := range unknown {
		if q.diff.names[n] {
			names = append(names, shortened(n))
		}
	}
	if len(names) == 0 {
		return
	}
	r.result.Findings = append(r.result.Findings, analyzers.Finding{Rule: ruleMissing, Severity: analyzers.Low, Path: q.file, Ref: ref,
		Message: fmt.Sprintf("package %s was compared without all types: it is not known what the change of these comes to: %s", shown(q.dir), some(names, ", ")),
		Hint:    "fill the cache of types: refward types --help",
		Key:     ruleMissing + "\x00" + q.dir + "\x00" + strings.Join(names, "\x00")})
}

// syntax says what keeps a file from being parsed. Nothing else is done with the syntax tree.
func syntax(s *source, text []byte) []string {
	if s.depth > maxDepth {
		return []string{fmt.Sprintf("%s: brackets in brackets more than %d deep", s.path, maxDepth)}
	}
	_, err := parser.ParseFile(token.NewFileSet(), s.path, text, parser.SkipObjectResolution)
	var list scanner.ErrorList
	switch {
	case err == nil:
		return nil
	case errors.As(err, &list) && len(list) > 0:
		// By the line of the file, and not by what a line directive in it says.
		line := 1 + strings.Count(string(text[:min(max(list[0].Pos.Offset, 0), len(text))]), "\n")
		return []string{fmt.Sprintf("%s:%d: %s", s.path, line, list[0].Msg)}
	}
	return []string{s.path + ": not parsed"}
}

// some returns the first of several texts.
func some(texts []string, sep string) string {
	said := strings.Join(texts[:min(len(texts), maxListed)], sep)
	if n := len(texts) - maxListed; n > 0 {
		said += fmt.Sprintf("%sand %d more", sep, n)
	}
	return said
}

var quotedRE = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"?|`[^`]*`?")

// unquoted leaves out the values of constants, which can be secrets.
func unquoted(text string) string { return quotedRE.ReplaceAllString(text, `"…"`) }

// shortened makes a text fit to be shown: pushes choose it.
func shortened(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " "), "\uFFFD")
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

func shown(dir string) string {
	if dir == "." {
		return "at the root"
	}
	return shortened(dir)
}
