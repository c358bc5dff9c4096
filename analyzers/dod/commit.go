package dod

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// judge returns what is wrong with one commit's message.
func (k *checker) judge(c *analyzers.Commit, m *message.Message, bot bool) []analyzers.Finding {
	subject := m.Subject
	var list []analyzers.Finding
	found := func(rule, message, hint, excerpt string) {
		list = append(list, analyzers.Finding{
			Rule: rule, Group: groupHistory, Severity: analyzers.Medium, Line: 1, EndLine: 1, Commit: c.ID, Message: message, Hint: hint,
			Excerpt: analyzers.Shorten(excerpt, 100), Key: rule + " " + strings.Join(strings.Fields(subject), " "),
		})
	}
	if mark := k.wipMark(subject); mark != "" {
		hint := "finish the commit, then reword it: git rebase -i and \"reword\""
		switch bare := message.WithoutSquash(subject); {
		case bare == "" && subject != "":
			hint = "git rebase -i --autosquash, then push again"
		case bare != subject:
			hint = "git rebase -i --autosquash, then push again; it belongs to: " + analyzers.Shorten(bare, 60)
		}
		found(wip, fmt.Sprintf("subject begins with %q: unfinished work", mark), hint, subject)
	}
	if bot || c.Joins() {
		return list
	}
	if text := unsigned(c, m.Values("Signed-off-by")); text != "" {
		found(signOff, text, "git commit --amend --signoff for the newest commit, git rebase --signoff BASE for older ones", subject)
	}
	return list
}

// A sign-off names a person as git does (git-commit(1), --signoff).
var personRE = regexp.MustCompile(`^(.*?)\s*<([^<>]*)>`)

// unsigned says what is missing of the author's sign-off, or "". The Developer Certificate of Origin wants the author's own; those that others added
// when they passed the change on may stand beside it. Case and white space do not count.
//
// While a commit is being made its author is not known, so that any sign-off counts there: the one who pushes is told.
func unsigned(c *analyzers.Commit, signed []string) string {
	if len(signed) == 0 {
		return "the message has no sign-off"
	}
	mail := ""
	for _, s := range signed {
		m := personRE.FindStringSubmatch(s)
		if m == nil || m[1] == "" || m[2] == "" {
			continue
		}
		if c.ID == "" && c.Author.Email == "" && c.Author.Name == "" {
			return ""
		}
		if strings.EqualFold(strings.TrimSpace(m[2]), strings.TrimSpace(c.Author.Email)) {
			if strings.EqualFold(oneSpace(m[1]), oneSpace(c.Author.Name)) {
				return ""
			}
			mail = m[1]
		}
	}
	if mail != "" {
		return fmt.Sprintf("the sign-off has the author's address, and another name: %q instead of %q", analyzers.Shorten(mail, 60), analyzers.Shorten(c.Author.Name, 60))
	}
	return fmt.Sprintf("no sign-off is the author's, %q", analyzers.Shorten(c.Author.Name+" <"+c.Author.Email+">", 100))
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

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
