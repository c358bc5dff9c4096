package dor

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/refward/refward/analyzers"
)

// judge returns what is wrong with one message. An exempt commit needs no issue key, type or short subject.
func (k *checker) judge(c *analyzers.Commit, exempt bool) []analyzers.Finding {
	subject := strings.TrimSpace(c.Subject())
	var list []analyzers.Finding
	found := func(rule string, severity analyzers.Severity, message, hint string) {
		list = append(list, analyzers.Finding{
			Rule:     rule,
			Severity: severity,
			Line:     1,
			EndLine:  1,
			Commit:   c.ID,
			Message:  message,
			Hint:     hint,
			Excerpt:  shorten(subject, 100),
			Key:      rule + " " + strings.Join(strings.Fields(subject), " "),
		})
	}

	// Behind "fixup! " stands the subject of the commit that it mends, which is judged like any other: otherwise
	// typing fixup! would exempt where policy does not ask about wip.
	bare, mark, named := withoutSquash(subject), k.wipMark(subject), k.hasIssue(c.Message)
	hint := ""
	say := func() string { // one hint for all that is wrong, since the commit is reworded once
		if hint == "" {
			hint = k.hint(c, subject, bare, mark, exempt, named)
		}
		return hint
	}
	if subject == "" {
		found(subjectEmpty, analyzers.Medium, "the message has no subject", say())
	} else if !exempt {
		if message := k.badType(bare); message != "" {
			found(commitType, analyzers.Low, message, say())
		}
		if n := length(bare); k.subjectMax > 0 && n > k.subjectMax {
			found(subjectLength, analyzers.Low, fmt.Sprintf("subject has %d characters, %d allowed", n, k.subjectMax), say())
		}
	}
	if !exempt && len(k.patterns) > 0 && !named {
		found(issueKey, analyzers.Medium, "the message names no issue", say())
	}
	if mark != "" {
		found(wip, analyzers.Medium, fmt.Sprintf("subject begins with %q: unfinished work", mark), say())
	}
	return list
}

// headerRE is the first line that Conventional Commits 1.0 asks for (specification, items 1, 4, 5 and 13).
var headerRE = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]*)(\([^()]+\))?!?: +\S`)

// badType says what is wrong with the type, or "". Types are compared without case (Conventional Commits 1.0, item 15).
func (k *checker) badType(subject string) string {
	if len(k.types) == 0 {
		return ""
	}
	m := headerRE.FindStringSubmatch(subject)
	if m == nil {
		return "subject does not begin with a type, such as \"" + k.firstType + ": \""
	}
	if !k.types[strings.ToLower(m[1])] {
		return fmt.Sprintf("type %q is not one of %s", shorten(m[1], 30), k.typeList)
	}
	return ""
}

// wipMark returns the mark of unfinished work with which the subject begins, as it stands there, or "".
func (k *checker) wipMark(subject string) string {
	subject = strings.TrimLeft(subject, "([")
	for _, w := range k.wip {
		if len(subject) < len(w) || !strings.EqualFold(subject[:len(w)], w) {
			continue
		}
		// "WIPE" does not begin with WIP.
		last, _ := utf8.DecodeLastRuneInString(w)
		next, _ := utf8.DecodeRuneInString(subject[len(w):])
		if !word(last) || len(subject) == len(w) || !word(next) {
			return subject[:len(w)]
		}
	}
	return ""
}

// withoutSquash takes the marks of git commit --fixup and --squash from the front, also when they are stacked.
func withoutSquash(subject string) string {
	for {
		rest := subject
		for _, mark := range []string{"fixup!", "squash!", "amend!"} {
			rest = strings.TrimPrefix(rest, mark)
		}
		if rest = strings.TrimSpace(rest); rest == subject {
			return subject
		}
		subject = rest
	}
}

// length counts what a reader takes for one character: a letter with its accents, an emoji with its joiners. A byte
// that is no UTF-8, as in a message of a legacy encoding, counts as one.
func length(s string) int {
	// Far beyond every limit the exact number is of no use, and counting it is slow.
	if n := utf8.RuneCountInString(s); n == len(s) || n > 4096 {
		return n
	}
	return uniseg.GraphemeClusterCount(s)
}

// shorten makes s fit into max characters on one line of a terminal: no control characters, no invalid UTF-8.
func shorten(s string, max int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > max {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

func word(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
