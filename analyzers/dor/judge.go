package dor

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// A fault is one thing that is wrong with a message.
type fault struct {
	rule     string
	severity analyzers.Severity
	line     int    // 1-based
	about    string // the text that is at fault; "" = the subject
	message  string
	step     string // how to mend it where the subject stays as it is; else ""
}

// A text is a commit's message, read.
type text struct {
	commit  *analyzers.Commit
	message message.Message
	subject string
	bare    string // the subject without the marks of git commit --fixup and --squash
	named   bool   // it names an issue
	exempt  bool
}

func (k *checker) read(c *analyzers.Commit, exempt bool) *text {
	// Lines of white space alone may stand above the subject, and are none for git log.
	t := &text{commit: c, message: message.Parse(c.Message), exempt: exempt}
	t.subject = t.message.Subject
	t.bare = message.WithoutSquash(t.subject)
	t.named = exempt || k.hasIssue(c.Message)
	return t
}

// judge returns what is wrong with one message. Of an exempt commit only a subject is asked.
func (k *checker) judge(t *text) []analyzers.Finding {
	var faults []fault
	switch {
	case t.subject == "":
		faults = append(faults, fault{rule: subjectEmpty, severity: analyzers.Medium, message: "the message has no subject"})
	case !t.exempt:
		// Behind "fixup! " stands the subject of the commit that it mends, which is judged like any other: otherwise typing fixup! would
		// exempt where policy does not ask about it.
		faults = append(faults, k.subjectFaults(t.bare)...)
	}
	if !t.exempt {
		if len(k.patterns) > 0 && !t.named {
			faults = append(faults, fault{rule: issueKey, severity: analyzers.Medium, message: "the message names no issue"})
		}
		if t.subject != "" {
			faults = append(faults, k.bodyFaults(t)...)
		}
		faults = append(faults, k.trailerFaults(t)...)
	}
	if len(faults) == 0 {
		return nil
	}
	hint := k.hint(t, faults) // one for all that is wrong, since the commit is reworded once
	var list []analyzers.Finding
	for _, f := range faults {
		line, about := max(f.line, 1), f.about
		if about == "" {
			about = t.subject
		}
		list = append(list, analyzers.Finding{
			Rule:     f.rule,
			Group:    groupOf(f.rule),
			Severity: f.severity,
			Line:     line,
			EndLine:  line,
			Commit:   t.commit.ID,
			Message:  f.message,
			Hint:     hint,
			Excerpt:  analyzers.Shorten(about, 100),
			Key:      f.rule + " " + strings.Join(strings.Fields(about), " "),
		})
	}
	return list
}

// subjectFaults returns what is wrong with a subject that is not empty.
func (k *checker) subjectFaults(subject string) []fault {
	var list []fault
	found := func(rule, format string, args ...any) {
		list = append(list, fault{rule: rule, severity: analyzers.Low, message: fmt.Sprintf(format, args...)})
	}
	header, err := message.ParseHeader(subject)
	if bad := k.badType(header, err); bad != "" {
		found(commitType, "%s", bad)
	}
	if n := length(subject); k.subjectMax > 0 && n > k.subjectMax {
		found(subjectLength, "subject has %d characters, %d allowed", n, k.subjectMax)
	}
	description := subject
	if err == nil {
		description = header.Description
		switch bad := k.badScope(header.Scope); {
		case header.Scope == "" && k.scopeRequired:
			found(scopeMissing, "the subject names no scope, such as \"%s(%s): \"", analyzers.Shorten(header.Type, 30), k.firstScope)
		case bad != "":
			found(scope, "scope %q is not one of %s", analyzers.Shorten(bad, 30), k.scopeList)
		}
	} else if len(k.types) > 0 {
		return list // where the description begins is not known
	}
	if k.cased(description) != description {
		found(subjectCase, "the description begins with %q, and policy asks for %s case", firstLetter(description), k.subjectCase)
	}
	if k.subjectPeriod && ended(description) != description {
		found(subjectPeriod, "the subject ends with a full stop")
	}
	return list
}

// badType says what is wrong with the header, or "". Types are compared without case (Conventional Commits 1.0, item 15).
func (k *checker) badType(header message.Header, err error) string {
	switch {
	case len(k.types) == 0:
		return ""
	case header.Type == "":
		return "subject does not begin with a type, such as \"" + k.firstType + ": \""
	case !k.types[strings.ToLower(header.Type)]:
		return fmt.Sprintf("type %q is not one of %s", analyzers.Shorten(header.Type, 30), k.typeList)
	case err != nil:
		return "subject " + err.Error()
	}
	return ""
}

// badScope returns the scope that is not allowed, or "". One header may name several, as in "fix(api,cli): …".
func (k *checker) badScope(scope string) string {
	if scope == "" || len(k.scopes) == 0 || k.scopes[strings.ToLower(scope)] {
		return ""
	}
	for one := range strings.FieldsFuncSeq(scope, func(r rune) bool { return r == ',' || r == '/' }) {
		if one = strings.TrimSpace(one); !k.scopes[strings.ToLower(one)] {
			return one
		}
	}
	if strings.Trim(scope, ",/ ") == "" {
		return scope
	}
	return ""
}

// The values of Options.SubjectCase.
const (
	anyCase  = ""
	lower    = "lower"
	sentence = "sentence"
)

// cased returns the description as the policy's case has it. A first word that is a name or an acronym stays: README.md, HTTP, iOS, x86.
func (k *checker) cased(description string) string {
	r, size := utf8.DecodeRuneInString(description)
	word, _, _ := strings.Cut(description[size:], " ")
	if strings.ContainsFunc(word, func(r rune) bool {
		return unicode.IsUpper(r) || unicode.IsDigit(r) || strings.ContainsRune("_./:()", r)
	}) {
		if word = strings.TrimRight(word, ".:"); strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLower(r) }) {
			return description
		}
	}
	switch {
	case k.subjectCase == lower && unicode.IsUpper(r) && (word != "" || r == 'A'):
		return string(unicode.ToLower(r)) + description[size:]
	case k.subjectCase == sentence && unicode.IsLower(r):
		return string(unicode.ToUpper(r)) + description[size:]
	}
	return description
}

func firstLetter(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// ended takes the full stop from the end; dots that say that something is left out stay.
func ended(description string) string {
	if strings.HasSuffix(description, ".") && !strings.HasSuffix(description, "..") {
		return strings.TrimSpace(strings.TrimSuffix(description, "."))
	}
	return description
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

func word(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
