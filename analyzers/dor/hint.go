package dor

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// hint says how to mend all that is wrong with a message.
func (k *checker) hint(t *text, faults []fault) string {
	var steps []string
	reworded := false // the subject has to change
	for _, f := range faults {
		if f.step == "" {
			reworded = true
		} else if !slices.Contains(steps, f.step) {
			steps = append(steps, f.step)
		}
	}
	switch {
	case t.exempt:
		return "begin the message with a line that says what the commit does"
	case reworded:
		steps = append(steps, k.reword(t))
	default:
		steps[0] = "reword: " + steps[0]
	}
	return strings.Join(steps, "; ")
}

// reword says how to mend the subject.
func (k *checker) reword(t *text) string {
	switch {
	case t.bare != t.subject && t.bare == "":
		return "git rebase -i --autosquash, then push again"
	case t.bare != t.subject:
		return "git rebase -i --autosquash, then push again; it belongs to: " + analyzers.Shorten(t.bare, 60)
	}
	const do = "reword, for example as: "
	tail := ""
	if !t.named && len(k.patterns) > 0 && k.issue == "" {
		tail = ", naming an issue that matches " + analyzers.Shorten(k.patterns[0].String(), 60)
	}
	if text := k.example(t.commit, t.bare, t.named, tail == ""); text != "" {
		return do + text + tail
	}
	return strings.TrimSuffix(do, ", for example as: ") + " as the policy asks (refward policy explain)" + tail
}

const (
	maxExample = 72 // characters, where the policy sets no limit
	anything   = "say what the commit does"
)

// example returns a subject that breaks no rule and says what this one does, or "" when none is known. It names an issue
// when one is asked for and the rest of the message does not; its own, if it has one.
func (k *checker) example(c *analyzers.Commit, bare string, named, ask bool) string {
	body := ""
	if named {
		_, body, _ = strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	}
	ready := func(subject string) bool {
		return len(k.subjectFaults(subject)) == 0 && (!ask || len(k.patterns) == 0 || k.hasIssue(subject+"\n"+body))
	}
	header, text := k.header(k.withoutMarks(bare))
	text = k.cased(text)
	if k.subjectPeriod {
		text = strings.TrimRight(text, ". ")
	}
	limit := maxExample
	if k.subjectMax > 0 {
		limit = min(k.subjectMax, 200)
	}
	issue := ""
	if key := cmp.Or(k.issueIn(bare), k.issue); key != "" {
		issue = " (" + key + ")"
	}
	room := limit - length(header)
	first := ""
	if len(k.types) > 0 {
		first = k.headerOf(k.firstType, "", false) // where the scope is too long
	}
	anything := k.cased(anything)
	for _, try := range []struct{ header, words, issue string }{
		{header, firstWords(text, room), ""},
		{header, firstWords(text, room-length(issue)), issue},
		{header, anything, ""}, {header, anything, issue},
		{first, anything, ""}, {first, anything, issue},
	} {
		if subject := try.header + try.words + try.issue; try.words != "" && ready(subject) {
			return subject
		}
	}
	return ""
}

// header splits a subject into a header of an allowed type, its own if it has one, and the description that follows.
func (k *checker) header(subject string) (header, text string) {
	h, err := message.ParseHeader(subject)
	switch {
	case err == nil && (len(k.types) == 0 || k.types[strings.ToLower(h.Type)]):
		return k.headerOf(h.Type, h.Scope, h.Breaking), h.Description
	case len(k.types) == 0:
		return "", subject
	}
	typ := k.firstType
	switch before, after, ok := strings.Cut(subject, ":"); {
	case ok && k.types[strings.ToLower(h.Type)]: // "fix:x", "fix(): x"
		typ, subject = h.Type, after
	case ok && strings.HasPrefix(after, " ") && !strings.Contains(before, " "): // what was meant as a type: "feature: x"
		subject = after
	default:
		// "Fix tabs" is a fix by its own word: an example that called it a feature would make it one, of which more is asked.
		if word, rest, _ := strings.Cut(subject, " "); fixing[strings.ToLower(word)] && k.types["fix"] && len(strings.Fields(rest)) > 1 {
			typ, subject = "fix", rest
		}
	}
	subject = strings.TrimSpace(subject)
	if r, size := utf8.DecodeRuneInString(subject); unicode.IsUpper(r) {
		// An acronym stays as it is.
		if next, _ := utf8.DecodeRuneInString(subject[size:]); !unicode.IsUpper(next) && !unicode.IsDigit(next) {
			subject = string(unicode.ToLower(r)) + subject[size:]
		}
	}
	return k.headerOf(typ, "", false), subject
}

// fixing are the words with which people begin the subject of a fix.
var fixing = map[string]bool{"fix": true, "fixes": true, "fixed": true}

// headerOf writes a header up to the description, with the scope that policy asks for.
func (k *checker) headerOf(typ, scope string, breaking bool) string {
	if k.badScope(scope) != "" {
		scope = k.firstScope
	}
	if scope == "" && k.scopeRequired {
		scope = k.firstScope
	}
	header := typ
	if scope != "" {
		header += "(" + scope + ")"
	}
	if breaking {
		header += "!"
	}
	return analyzers.Shorten(header, maxExample) + ": "
}

// wip is what people write in front of a subject as long as they are at it. An example does not repeat it.
var wip = regexp.MustCompile(`^[(\[]*(?i:WIP)\b[)\]: ]*`)

// withoutMarks takes the marks of unfinished work from the front.
func (k *checker) withoutMarks(subject string) string {
	for !k.types["wip"] {
		rest := message.WithoutSquash(subject[len(wip.FindString(subject)):])
		if rest == subject {
			break
		}
		subject = rest
	}
	return subject
}

// firstWords returns as many whole words as fit into max characters; "" when they are too few to say anything.
func firstWords(s string, max int) string {
	if length(s) <= max {
		return analyzers.Shorten(s, len(s))
	}
	if max <= 0 {
		return ""
	}
	short := strings.TrimSuffix(analyzers.Shorten(s, max), "…")
	end := strings.LastIndexByte(short, ' ')
	if end < 0 || len(strings.Fields(short[:end])) < 2 {
		return ""
	}
	return strings.TrimRight(short[:end], " ,;:-([{.")
}

// issueIn returns the first issue key in a text, or "". It looks at the beginning only: in one long URL the cost grows with the
// square of its length.
func (k *checker) issueIn(text string) string {
	text = text[:min(len(text), 1000)]
	for _, m := range k.patterns {
		for start, end := range m.all(text) {
			if k.isIssue(text, start, end) {
				return analyzers.Shorten(text[start:end], maxExample)
			}
		}
	}
	return ""
}

// exampleIssue returns an issue key that the options accept, or "" when none is known.
func (k *checker) exampleIssue(projects []string) string {
	var keys []string
	for _, p := range projects {
		keys = append(keys, p+"-12")
	}
	for _, key := range append(keys, "#12", "ABC-12") {
		if k.hasIssue("x (" + key + ")") {
			return key
		}
	}
	return ""
}
