package fetch

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCriteria(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want bool
	}{
		"heading":               {"It is slow.\n\n## Acceptance criteria\n\nIt is fast.\n", true},
		"any level and case":    {"###### ACCEPTANCE CRITERIA:\nIt is fast.\n", true},
		"bold":                  {"**Acceptance Criteria**\n- fast\n", true},
		"bold, colon outside":   {"**Acceptance criteria:**\nfast", true},
		"underlined":            {"Acceptance criteria\n===\nfast", true},
		"Jira's markup":         {"h3. Acceptance criteria\r\n* fast\r\n", true},
		"Jira's bold":           {"*Acceptance criteria*\n* fast", true},
		"task list":             {"Todo:\n- [ ] one\n- [x] two\n", true},
		"numbered task list":    {"1. [ ] one", true},
		"empty":                 {"", false},
		"text":                  {"The acceptance criteria are not known yet.", false},
		"an empty section":      {"## Acceptance criteria\n\n## Notes\nText.\n", false},
		"nothing below":         {"Text\n\n## Acceptance criteria\n", false},
		"a template's comment":  {"## Acceptance criteria\n<!-- write them here -->\n", false},
		"commented out":         {"<!--\n## Acceptance criteria\nIt is fast.\n- [ ] one\n-->\n", false},
		"an empty task":         {"## Acceptance criteria\n- [ ] \n", false},
		"no task list":          {"[ ] one, and a-[ ] two", false},
		"another heading":       {"## Unacceptance criteria\nfast", false},
		"the second one counts": {"## Acceptance criteria\n## Acceptance criteria\nfast", true},
	} {
		if got := (criteria{}).in(c.body); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	own, err := newCriteria(`(?i)\bdone when\b`)
	if err != nil || !own.in("It is Done when it is fast.") || own.in("- [ ] one") {
		t.Errorf("a pattern of one's own: %v", err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ json, want string }{
		"text":      {`"a\nb"`, "a\nb"},
		"null":      {`null`, ""},
		"none":      {``, ""},
		"options":   {`[{"value":"fast"},{"name":"small"}]`, "fastsmall"},
		"texts":     {`["fast","small"]`, "fast\nsmall\n"},
		"task list": {`{"type":"doc","content":[{"type":"taskList","content":[{"type":"taskItem","content":[{"type":"text","text":"fast"}]}]}]}`, "\n- [ ] fast\n"},
		"bold":      {`{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Acceptance criteria","marks":[{"type":"strong"}]}]}]}`, "\n**Acceptance criteria**"},
		"deep":      {strings.Repeat(`{"content":[`, 500) + `"x"` + strings.Repeat(`]}`, 500), ""},
	} {
		if got := text(json.RawMessage(c.json)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// FuzzText: whatever a tracker writes ends in a decision, and comments do not decide.
func FuzzText(f *testing.F) {
	f.Add([]byte(`{"type":"doc","content":[{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Acceptance criteria"}]},{"type":"paragraph","content":[{"type":"text","text":"fast"}]}]}`))
	f.Add([]byte(`"## Acceptance criteria\nfast\n<!-- x -->"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := text(data)
		if !strings.Contains(s, "-->") && !strings.Contains(s, "<!") && (criteria{}).in("<!--\n"+s+"\n-->") {
			t.Fatalf("a comment decides: %q", s)
		}
		_ = clean(s, 100)
	})
}
