package dor

import (
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// bodyFaults returns what is wrong below the subject.
func (k *checker) bodyFaults(t *text) []fault {
	var list []fault
	m := &t.message
	if line := m.SubjectLine + 1; k.bodySeparator && (m.BodyLine == line || secondLine(t) != "") {
		list = append(list, fault{rule: bodySeparator, severity: analyzers.Low, line: line, about: secondLine(t),
			message: "the second line is not empty, so that git takes it for a part of the subject", step: "leave the second line empty"})
	}
	if k.bodyLineMax > 0 {
		if f, ok := k.longLine(m); ok {
			list = append(list, f)
		}
	}
	if m.Body == "" && len(k.bodyRequired) > 0 {
		if header, err := message.ParseHeader(t.bare); err == nil && k.bodyRequired[strings.ToLower(header.Type)] {
			list = append(list, fault{rule: bodyMissing, severity: analyzers.Low,
				message: fmt.Sprintf("a commit of type %q has no body", analyzers.Shorten(header.Type, 30)), step: "say in a body why"})
		}
	}
	if f, ok := noFooter(t); ok {
		list = append(list, f)
	}
	return list
}

// secondLine returns the line below the subject, which may be one of trailers.
func secondLine(t *text) string {
	line, rest := "", t.commit.Message
	for range t.message.SubjectLine + 1 {
		line, rest, _ = strings.Cut(rest, "\n")
	}
	return strings.TrimSpace(line)
}

// longLine finds the first line of the body that is too long. One that nobody can break, or that has a URL, is not.
func (k *checker) longLine(m *message.Message) (f fault, found bool) {
	n, more := m.BodyLine, 0
	for line := range strings.SplitSeq(m.Body, "\n") {
		line = strings.TrimRight(line, " \t\r")
		if len(line) > k.bodyLineMax && strings.ContainsAny(strings.TrimSpace(line), " \t") && !strings.Contains(line, "://") {
			if count := length(line); count > k.bodyLineMax {
				if found {
					more++
				} else {
					found = true
					f = fault{rule: bodyLineLength, severity: analyzers.Low, line: n, about: line, step: fmt.Sprintf("break the lines at %d characters", k.bodyLineMax),
						message: fmt.Sprintf("line %d has %d characters, %d allowed", n, count, k.bodyLineMax)}
				}
			}
		}
		n++
	}
	if more > 0 {
		f.message += fmt.Sprintf("; so have %d more lines", more)
	}
	return f, found
}

// noFooter finds a line that was meant as the footer that declares a breaking change, and is none, in a message that declares none.
func noFooter(t *text) (fault, bool) {
	if t.message.Breaking {
		return fault{}, false
	}
	starts := map[int]*message.Footer{} // footers, by line
	for i := range t.message.Footers {
		starts[t.message.Footers[i].Line] = &t.message.Footers[i]
	}
	n, top := 0, false // top: the line stands behind an empty one or a footer
	for line := range strings.SplitSeq(t.commit.Message, "\n") {
		n++
		if n > t.message.SubjectLine && line != "" {
			if why := unlikeFooter(strings.TrimRight(line, " \t\r"), top, starts[n]); why != "" {
				return fault{rule: breakingFooter, severity: analyzers.Low, line: n, about: strings.TrimSpace(line), message: "line " + fmt.Sprint(n) + " " + why,
					step: "declare the breaking change by \"BREAKING CHANGE: \" and what changes, behind an empty line"}, true
			}
		}
		top = strings.TrimSpace(line) == "" || starts[n] != nil
	}
	return fault{}, false
}

// unlikeFooter says why a line that begins like the footer BREAKING CHANGE is none, or "". Inside of a paragraph only what is spelled right is
// taken for one: the words "breaking change" may well begin a line of prose.
func unlikeFooter(line string, top bool, footer *message.Footer) string {
	const token = "BREAKING CHANGE"
	bare := strings.TrimLeft(line, " \t*_#>")
	if len(bare) < len(token) || !strings.EqualFold(bare[:8], token[:8]) || strings.IndexByte(" -_", bare[8]) < 0 || !strings.EqualFold(bare[9:len(token)], token[9:]) {
		return ""
	}
	spelled, rest := bare[:len(token)], bare[len(token):]
	upper := spelled == token || spelled == "BREAKING-CHANGE"
	plural := strings.HasPrefix(rest, "s") || strings.HasPrefix(rest, "S")
	if plural {
		rest = rest[1:]
	}
	colon := strings.HasPrefix(strings.TrimLeft(rest, " *_"), ":")
	switch {
	case footer != nil && upper && footer.Separator == ":":
		return "declares a breaking change, and does not say which"
	case !top && upper && !plural && bare == line && strings.HasPrefix(rest, ": "):
		return "is no footer: no empty line is above it"
	case !top || !upper && !colon || !colon && rest != "" && word(rune(rest[0])):
		return ""
	case !upper:
		return fmt.Sprintf("is no footer: %q is not in upper case", analyzers.Shorten(spelled, 30))
	case plural:
		return "is no footer: the token is BREAKING CHANGE, without S"
	case !colon:
		return "is no footer: no colon is behind BREAKING CHANGE"
	case bare != line:
		return "is no footer: the line does not begin with BREAKING CHANGE"
	}
	return "is no footer: a colon and a space come right behind BREAKING CHANGE"
}
