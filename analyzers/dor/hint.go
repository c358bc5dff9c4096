package dor

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
)

// hint says how to mend all that is wrong with a message. bare is its subject without the marks of git commit --fixup, mark
// that of unfinished work; named says whether the message names an issue.
func (k *checker) hint(c *analyzers.Commit, subject, bare, mark string, exempt, named bool) string {
	switch {
	case mark != "" && bare != subject && bare == "":
		return "git rebase -i --autosquash, then push again"
	case mark != "" && bare != subject:
		return "git rebase -i --autosquash, then push again; it belongs to: " + shorten(bare, 60)
	case exempt && subject == "":
		return "begin the message with a line that says what the commit does"
	}
	do := "reword, for example as: "
	if mark != "" {
		do = "finish the commit and reword, for example as: "
	}
	if exempt {
		return do + cmp.Or(firstWords(k.withoutMarks(subject), maxExample), anything)
	}
	tail := ""
	if !named && len(k.patterns) > 0 && k.issue == "" {
		tail = ", naming an issue that matches " + shorten(k.patterns[0].String(), 60)
	}
	if text := k.example(c, bare, named, tail == ""); text != "" {
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
		return k.badType(subject) == "" && k.wipMark(subject) == "" && (k.subjectMax == 0 || length(subject) <= k.subjectMax) &&
			(!ask || len(k.patterns) == 0 || k.hasIssue(subject+"\n"+body))
	}
	header, text := k.header(k.withoutMarks(bare))
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
		first = k.firstType + ": " // where the scope is too long
	}
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
	if len(k.types) == 0 {
		return "", subject
	}
	if k.badType(subject) == "" {
		at := headerRE.FindStringIndex(subject)[1]
		_, size := utf8.DecodeLastRuneInString(subject[:at])
		return shorten(strings.TrimRight(subject[:at-size], " "), maxExample) + " ", subject[at-size:]
	}
	// What stands before a colon was meant as a type: "feature: x".
	if before, after, ok := strings.Cut(subject, ": "); ok && !strings.Contains(before, " ") {
		subject = after
	}
	subject = strings.TrimSpace(subject)
	if r, size := utf8.DecodeRuneInString(subject); unicode.IsUpper(r) {
		// An acronym stays as it is.
		if next, _ := utf8.DecodeRuneInString(subject[size:]); !unicode.IsUpper(next) && !unicode.IsDigit(next) {
			subject = string(unicode.ToLower(r)) + subject[size:]
		}
	}
	return k.firstType + ": ", subject
}

// withoutMarks takes the marks of unfinished work from the front.
func (k *checker) withoutMarks(subject string) string {
	for {
		mark := k.wipMark(subject)
		if mark == "" {
			return subject
		}
		subject = withoutSquash(strings.TrimLeft(subject[strings.Index(subject, mark)+len(mark):], ")]: "))
	}
}

// firstWords returns as many whole words as fit into max characters; "" when they are too few to say anything.
func firstWords(s string, max int) string {
	if length(s) <= max {
		return shorten(s, len(s))
	}
	if max <= 0 {
		return ""
	}
	short := strings.TrimSuffix(shorten(s, max), "…")
	end := strings.LastIndexByte(short, ' ')
	if end < 0 || len(strings.Fields(short[:end])) < 2 {
		return ""
	}
	return strings.TrimRight(short[:end], " ,;:-([{")
}

// issueIn returns the first issue key in a text, or "". It looks at the beginning only: in one long URL the cost grows with the
// square of its length.
func (k *checker) issueIn(text string) string {
	text = text[:min(len(text), 1000)]
	for _, re := range k.patterns {
		for _, at := range re.FindAllStringIndex(text, -1) {
			if k.isIssue(text, at[0], at[1]) {
				return shorten(text[at[0]:at[1]], maxExample)
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
