package analyzers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// InlineMark begins the comment by which the author of a line allows what is found on it: "refward:allow RULES REASON".
const InlineMark = "refward:allow"

// gitleaksMark is gitleaks' own comment, which names neither a rule nor a reason. It stands for "refward:allow secrets", so that a
// line needs one comment for both, and needs a reason like any other.
const gitleaksMark = "gitleaks:allow"

// maxInline is the length of what [InlineAllow] returns, in characters. Reports and records print it, and its author is the pusher.
const maxInline = 200

// InlineAllow returns what the lines of a finding say to allow it, for [Finding].Inline: the words behind the first mark on its line,
// joined by single spaces, without what closes the comment. It returns "" when there is no mark. What the words are worth is for
// policy to say. An analyzer passes whole lines, from the first to the last that the finding is on.
func InlineAllow(lines string) string {
	rest, ok := behind(lines, InlineMark)
	if !ok {
		if rest, ok = behind(lines, gitleaksMark); !ok {
			return ""
		}
		rest = "secrets " + rest
	}
	words := strings.Join(strings.Fields(strings.ToValidUTF8(rest, "?")), " ")
	if words == "" {
		return InlineMark // somebody wanted it allowed, and is told what is missing
	}
	if utf8.RuneCountInString(words) > maxInline {
		return string([]rune(words)[:maxInline-1]) + "…"
	}
	return words
}

// behind returns the rest of the line after the first mark that stands for itself, as "refward:allowed" does not.
func behind(lines, mark string) (string, bool) {
	for {
		_, rest, ok := strings.Cut(lines, mark)
		if !ok {
			return "", false
		}
		if next, _ := utf8.DecodeRuneInString(rest); unicode.IsLetter(next) || unicode.IsDigit(next) || next == '-' || next == '_' {
			lines = rest
			continue
		}
		rest, _, _ = strings.Cut(rest, "\n")
		for _, closing := range []string{"*/", "-->", "#}", "--%>", "%>"} {
			rest, _, _ = strings.Cut(rest, closing)
		}
		return rest, true
	}
}
