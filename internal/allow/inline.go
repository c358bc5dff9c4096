package allow

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/refward/refward/analyzers"
)

// inline says what a comment is worth that an analyzer found on a line (analyzers.InlineAllow): why it allows the rule, or why not.
func inline(words, analyzer, rule, group string) (allowed, denied string) {
	names, reason, _ := strings.Cut(words, " ")
	want := analyzer + "/" + rule
	known := []string{analyzer, want}
	if group != "" {
		known = append(known, analyzer+"/"+group)
	}
	switch {
	case words == analyzers.InlineMark:
		return "", fmt.Sprintf("the comment on the line names no rule and no reason: %s %s REASON", analyzers.InlineMark, want)
	case !slices.ContainsFunc(strings.Split(names, ","), func(name string) bool { return slices.Contains(known, name) }):
		return "", fmt.Sprintf("the comment on the line allows %s, not %s", names, want)
	case !isReason(reason):
		return "", fmt.Sprintf("the comment on the line gives no reason: %s %s REASON", analyzers.InlineMark, names)
	}
	return "inline: " + reason, ""
}

// isReason reports whether a text is more than what closes a comment: it has a word. Whether it is a good one no program can say.
func isReason(text string) bool {
	return slices.ContainsFunc(strings.Fields(text), func(word string) bool {
		letters := 0
		for _, r := range word {
			if unicode.IsLetter(r) {
				letters++
			}
		}
		return letters >= 2
	})
}
