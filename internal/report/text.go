package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/refward/refward/internal/policy"
)

// How much the text format shows. Git puts "remote: " before each line, which leaves 92 of 100 columns.
const (
	columns    = 92
	maxGroups  = 5
	maxEntries = 5        // in a group
	maxCommits = 5        // of an entry
	maxLines   = 5        // of an excerpt
	maxNamed   = 3        // refs, rules and paths in a sentence
	maxText    = 600      // characters of a message
	maxMessage = 16 << 10 // bytes of a commit's message that are looked at for its subject
)

// text is what the pusher reads. Lines that begin with error, warning, hint or success are coloured by git's own client
// (git-config(1), "color.remote"); no line begins with anything from the push.
func (v *view) text(w io.Writer) error {
	groups := v.groups()
	p := &printer{}
	if head := v.head(groups); head != "" {
		p.wrap("", head)
		if kinds := v.kinds(groups); kinds != "" && !strings.HasPrefix(head, "success") {
			p.wrap("", kinds)
		}
	}
	v.printFailures(p)
	hidden := v.printGroups(p, groups)
	v.printAllowed(p)
	for _, hint := range v.hints(groups, hidden) {
		p.hint(hint)
	}
	v.printSkips(p)
	v.printReviewers(p)
	if _, err := io.WriteString(w, p.String()); err != nil {
		return fmt.Errorf("write text report: %w", err)
	}
	return nil
}

// head is the first line: what became of the change, why, and where.
func (v *view) head(groups []*group) string {
	blocked, others := count(groups)
	failed, softened, nothing := 0, 0, false
	for _, f := range v.failures {
		switch {
		case f.Softened:
			softened++
		case f.Analyzer == self:
			nothing = true
		default:
			failed++
		}
	}
	var why []string
	if blocked > 0 {
		why = append(why, plural(blocked, "finding")+" must be mended")
	}
	if failed > 0 {
		why = append(why, plural(failed, "check")+" could not be completed")
	}
	if nothing && v.server() {
		why = append(why, "it could not be checked")
	}
	reason := strings.Join(why, ", ")
	if reason != "" {
		reason = ": " + reason
	}
	switch verdict := v.Verdict; {
	case verdict.Exit != policy.ExitAccepted:
		return "error: " + v.fate(nothing) + reason + v.where()
	case verdict.Result != policy.Accepted || blocked > 0:
		return "warning: observe: this " + v.noun() + " would be refused" + reason + "; accepted" + v.where()
	case others > 0:
		return "warning: " + v.noun() + " accepted with " + plural(others, "finding") + v.where()
	case softened > 0:
		return "warning: " + v.noun() + " accepted, not wholly checked" + v.where()
	case v.quiet():
		return ""
	case verdict.Mode == policy.Off:
		return "warning: not judged: the policy's mode is off"
	}
	return "success: refward accepted " + v.contents()
}

// fate says what became of a change that is not accepted. "refward check" refuses nothing that it could not check: it only
// looks.
func (v *view) fate(nothing bool) string {
	switch {
	case v.Verdict.Result != policy.Unchecked || v.server():
	case !v.quiet() && nothing:
		return "could not check"
	case !v.quiet():
		return "could not check the " + v.noun()
	case nothing:
		return v.noun() + " not checked, and so refused"
	}
	return v.noun() + " refused"
}

// quiet reports whether the hook runs on the developer's machine, where no news is good news.
func (v *view) quiet() bool {
	return slices.Contains([]string{"pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push"}, v.Hook)
}

// committing reports whether the hook runs while a commit is made.
func (v *view) committing() bool { return v.quiet() && v.Hook != "pre-push" }

// server reports whether the hook runs where the push arrives.
func (v *view) server() bool {
	return slices.Contains([]string{"pre-receive", "update", "proc-receive", "post-receive"}, v.Hook)
}

// where names the refs and the policy.
func (v *view) where() string {
	var parts, refs []string
	for _, r := range v.Change.Refs[:min(len(v.Change.Refs), maxNamed)] {
		if r.Ref != "" {
			refs = append(refs, v.refName(r.Ref))
		}
	}
	if n := len(v.Change.Refs) - maxNamed; n > 0 {
		refs = append(refs, fmt.Sprintf("%d more", n))
	}
	if len(refs) > 0 {
		parts = append(parts, strings.Join(refs, ", "))
	}
	if v.Policy != "" {
		parts = append(parts, "policy "+v.Policy)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

// contents says how much was accepted.
func (v *view) contents() string {
	var parts []string
	if n := len(v.Change.Commits); n > 0 {
		parts = append(parts, plural(n, "commit"))
	}
	if n := len(v.Change.Tags); n > 0 {
		parts = append(parts, plural(n, "tag"))
	}
	if len(parts) == 0 {
		return "the " + v.noun()
	}
	return strings.Join(parts, " and ")
}

func (v *view) printFailures(p *printer) {
	for _, f := range v.failures {
		word, end := "error", ""
		if f.Softened {
			word, end = "warning", " (the policy lets it pass)"
		} else if v.Verdict.Exit == policy.ExitAccepted {
			word = "warning"
		}
		first, rest, _ := strings.Cut(cut(f.Reason, maxText), "\n")
		p.wrap("", word+": could not check: "+f.Analyzer+": "+first+end)
		for line := range strings.Lines(rest) {
			p.wrap("  ", line)
		}
	}
}

// printGroups prints what was found and returns the groups that it left out or cut short.
func (v *view) printGroups(p *printer, groups []*group) []*entry {
	limit := v.MaxGroups
	if limit == 0 {
		limit = maxGroups
	}
	var hidden []*entry
	said := map[string]bool{}
	for i, g := range groups {
		if limit > 0 && i >= limit {
			hidden = append(hidden, g.entries...)
			continue
		}
		p.line("")
		p.line(g.title)
		for j, e := range g.entries {
			if limit > 0 && j >= maxEntries {
				p.line(fmt.Sprintf("  … %d more here", len(g.entries)-j))
				hidden = append(hidden, g.entries[j:]...)
				break
			}
			v.printEntry(p, e, said)
		}
	}
	if len(groups) > 0 {
		p.line("")
	}
	return hidden
}

func (v *view) printEntry(p *printer, e *entry, said map[string]bool) {
	head := []string{Visible(string(e.level)) + " " + e.Rule}
	if len(e.lines) > 0 {
		head = append(head, some(e.lines, "line", ", "))
	}
	subject := ""
	if len(e.commits) > 0 {
		subject = "in " + short(e.commits[0]) + v.subject(e.commits[0])
	}
	if len(e.commits) > 1 {
		ids := make([]string, 0, maxCommits)
		for _, id := range e.commits[:min(len(e.commits), maxCommits)] {
			ids = append(ids, short(id))
		}
		if len(e.commits) > maxCommits {
			ids = append(ids, "…")
		}
		head = append(head, fmt.Sprintf("in %d commits: %s", len(e.commits), strings.Join(ids, " ")))
		subject = "first " + subject
	}
	p.line("  " + strings.Join(head, ", "))
	if subject != "" {
		p.line("    " + subject)
	}
	p.wrap("    ", cut(e.Message, maxText)+validityWords(e.Validity))
	lines := excerpt(e.Excerpt)
	for _, l := range lines[:min(len(lines), maxLines)] {
		p.line("    | " + cut(l, columns-6))
	}
	if len(lines) > maxLines {
		p.line(fmt.Sprintf("    | … %d more lines", len(lines)-maxLines))
	}
	if advice := v.advice(e); advice != "" && !said[advice] {
		said[advice] = true
		p.wrap("    ", "mend: "+cut(advice, maxText))
	}
	if e.Denied != "" {
		p.wrap("    ", "not allowed: "+cut(e.Denied, maxText))
	}
}

// subject returns a commit's subject in quotes, cut to what fits on a line.
func (v *view) subject(id string) string {
	for _, c := range v.Change.Commits {
		if c.ID == id {
			// More than the subject is scrubbed: it may be the first line of a secret that goes on below.
			text := v.scrub.String(c.Message[:min(len(c.Message), maxMessage)])
			s, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
			return ` "` + cut(Visible(strings.TrimRight(s, "\r")), columns-26) + `"`
		}
	}
	return ""
}

// printSkips names what was not examined. A hook that accepts stays quiet: the record has it, and what had to be examined and
// was not is a finding.
func (v *view) printSkips(p *printer) {
	if v.Hook != "check" && v.Verdict.Result == policy.Accepted {
		return
	}
	const show = 5
	for i, s := range v.skips[:min(len(v.skips), show)] {
		if i == 0 {
			p.line("warning: not examined:")
		}
		p.wrap("  ", s.analyzer+": "+cut(s.What, maxText)+": "+cut(s.Why, maxText))
	}
	if n := len(v.skips) - show; n > 0 {
		p.line(fmt.Sprintf("  … %d more", n))
	}
}

// excerpt returns the lines of an excerpt without the indentation that they share and without tabs, which a terminal
// would set by the width of git's own prefix.
func excerpt(s string) []string {
	if s == "" {
		return nil
	}
	lines := strings.Split(strings.ReplaceAll(s, "\t", "    "), "\n")
	shared := -1
	for _, l := range lines {
		if n := len(l) - len(strings.TrimLeft(l, " ")); n < len(l) && (shared < 0 || n < shared) {
			shared = n
		}
	}
	for i, l := range lines {
		lines[i] = l[min(len(l), max(shared, 0)):]
	}
	return lines
}

// count returns how many entries block and how many do not.
func count(groups []*group) (blocked, others int) {
	for _, g := range groups {
		for _, e := range g.entries {
			if e.level == policy.LevelBlock {
				blocked++
			} else {
				others++
			}
		}
	}
	return blocked, others
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// some names the first few of a list of numbers.
func some(list []int, noun, sep string) string {
	if len(list) > 1 {
		noun += "s"
	}
	var parts []string
	for _, n := range list[:min(len(list), maxNamed)] {
		parts = append(parts, fmt.Sprint(n))
	}
	if len(list) > maxNamed {
		parts = append(parts, "…")
	}
	return noun + " " + strings.Join(parts, sep)
}

// cut shortens s to at most n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// A printer collects lines.
type printer struct{ strings.Builder }

func (p *printer) line(s string) { p.WriteString(strings.TrimRight(s, " ") + "\n") }

// wrap prints text at an indent, broken between words where a line would be too long; what goes on is indented further.
func (p *printer) wrap(indent, text string) {
	line := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += first(word)
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns:
			p.line(line)
			line = indent + "  " + first(word)
		default:
			line += " " + word
		}
	}
	p.line(line)
}

// first makes a word harmless at the beginning of a line, where GitHub Actions takes "::" for a command, indented or not.
func first(word string) string {
	if strings.HasPrefix(word, "::") {
		return `\x3a` + word[1:]
	}
	return word
}

// hint prints one hint; a command in it is never broken.
func (p *printer) hint(s string) {
	if strings.HasPrefix(s, " ") {
		p.line("hint: " + s)
		return
	}
	line := "hint:"
	for _, word := range strings.Fields(s) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			p.line(line)
			line = "hint:"
		}
		line += " " + word
	}
	p.line(line)
}
