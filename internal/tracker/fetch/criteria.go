package fetch

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// criteria finds acceptance criteria in the text of an issue: what a pattern finds; without one, a heading "Acceptance criteria" with
// something below it, or a task list.
type criteria struct{ pattern *regexp.Regexp }

func newCriteria(pattern string) (criteria, error) {
	if pattern == "" {
		return criteria{}, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return criteria{}, err
	}
	if re.MatchString("") {
		return criteria{}, fmt.Errorf("%q matches every text", pattern)
	}
	return criteria{re}, nil
}

var (
	// What a template says to its reader is in comments.
	commentRE = regexp.MustCompile(`(?s)<!--.*?-->`)

	// A heading of Markdown (# and underlined) or of Jira's markup (h2.), or a line in bold.
	wantedRE = regexp.MustCompile(`(?im)^[ \t]*(?:#{1,6}[ \t]*|h[1-6]\.[ \t]*|\*{1,2}[ \t]*|__[ \t]*)acceptance[ \t]+criteria\b[^\n]*$` +
		`|^[ \t]*acceptance[ \t]+criteria[ \t]*:?[ \t]*\n[ \t]*(?:=+|-{2,})[ \t]*$`)
	headingRE = regexp.MustCompile(`(?m)^[ \t]*(?:#{1,6}[ \t]+\S|h[1-6]\.[ \t]|\*\*[^*\n]+\*\*:?[ \t]*$|__[^_\n]+__:?[ \t]*$)`)

	// An item of a task list (GitHub Flavored Markdown, "Task list items").
	taskRE = regexp.MustCompile(`(?m)^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX]\][ \t]+\S`)

	wordRE = regexp.MustCompile(`[\p{L}\p{N}]`)
)

// maxBody is how much of a text is looked at, in bytes: more than any tracker stores of one issue.
const maxBody = 1 << 20

// in reports whether a text has acceptance criteria.
func (c criteria) in(body string) bool {
	body = strings.ReplaceAll(body[:min(len(body), maxBody)], "\r\n", "\n")
	if c.pattern != nil {
		return c.pattern.MatchString(body)
	}
	body = commentRE.ReplaceAllString(body, "")
	if taskRE.MatchString(body) {
		return true
	}
	for _, loc := range wantedRE.FindAllStringIndex(body, -1) {
		section := body[loc[1]:]
		if next := headingRE.FindStringIndex(section); next != nil {
			section = section[:next[0]]
		}
		if wordRE.MatchString(section) {
			return true
		}
	}
	return false
}

// text returns a field of Jira as text: what it is, or what a document in Atlassian Document Format says, with headings and task lists in
// Markdown. Of a list it has the items.
func text(raw json.RawMessage) string {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	var b strings.Builder
	write(&b, v, 0)
	return b.String()
}

const maxDepth = 100 // of a document

func write(b *strings.Builder, v any, depth int) {
	if depth > maxDepth || b.Len() > maxBody {
		return
	}
	switch v := v.(type) {
	case string:
		b.WriteString(v)
	case float64, bool:
		fmt.Fprint(b, v)
	case []any:
		for _, item := range v {
			write(b, item, depth+1)
			if _, node := item.(map[string]any); !node {
				b.WriteString("\n")
			}
		}
	case map[string]any:
		kind, _ := v["type"].(string)
		attrs, _ := v["attrs"].(map[string]any)
		switch kind {
		case "heading":
			level, _ := attrs["level"].(float64)
			b.WriteString("\n" + strings.Repeat("#", min(6, max(1, int(level)))) + " ")
		case "taskItem":
			b.WriteString("\n- [ ] ")
		case "paragraph", "listItem", "codeBlock", "tableCell", "tableHeader":
			b.WriteString("\n")
		case "hardBreak":
			b.WriteString("\n")
		case "text":
			s, _ := v["text"].(string)
			if marks, _ := v["marks"].([]any); strong(marks) {
				s = "**" + s + "**"
			}
			b.WriteString(s)
		case "":
			for _, name := range []string{"value", "name"} { // an option of a list
				if s, ok := v[name].(string); ok {
					b.WriteString(s)
					break
				}
			}
		}
		write(b, v["content"], depth+1)
		if kind == "heading" || kind == "taskItem" {
			b.WriteString("\n")
		}
	}
}

func strong(marks []any) bool {
	for _, m := range marks {
		if mark, ok := m.(map[string]any); ok && mark["type"] == "strong" {
			return true
		}
	}
	return false
}
