package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// TestWrongOptions: each wrong option is told by its key, and a wrong expression by its place.
func TestWrongOptions(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		rule Rule
		want string // key: part of the message
	}{
		"id":                 {"No ID", Rule{Need: "true"}, "No ID: "},
		"no need":            {"r", Rule{}, "r.need: "},
		"message of 2 lines": {"r", Rule{Need: "true", Message: "a\nb"}, "r.message: "},
		"control characters": {"r", Rule{Need: "true", Hint: "a\x1b[31m"}, "r.hint: "},
		"each":               {"r", Rule{Need: "true", Each: "file"}, "r.each: "},
		"early":              {"r", Rule{Need: "true", Early: true}, "r.early: "},
		"severity":           {"r", Rule{Need: "true", Severity: "bad"}, "r.severity: "},
		"group":              {"r", Rule{Need: "true", Group: "A b"}, "r.group: "},
		"group like a rule":  {"r", Rule{Need: "true", Group: "r"}, "r.group: "},
		"neither":            {"r", Rule{Need: "true", Examples: []Example{{}}}, "r.examples[0]: "},
		"both":               {"r", Rule{Need: "true", Examples: []Example{{Pass: &Sample{}, Fail: &Sample{}}}}, "r.examples[0]: "},
		"class":              {"r", Rule{Need: "true", Examples: []Example{{Pass: &Sample{Class: []analyzers.Class{"x"}}}}}, "r.examples[0]: "},
		"kind":               {"r", Rule{Need: "true", Examples: []Example{{Pass: &Sample{Kind: "x"}}}}, "r.examples[0]: "},
		"ref":                {"r", Rule{Need: "true", Examples: []Example{{Pass: &Sample{Ref: "main"}}}}, "r.examples[0]: "},
		"status":             {"r", Rule{Need: "true", Examples: []Example{{Pass: &Sample{Files: []SampleFile{{Path: "a", Status: "new"}}}}}}, "r.examples[0]: "},
		"author":             {"r", Rule{Need: "true", Examples: []Example{{Pass: &Sample{Commits: []SampleCommit{{Author: "A"}}}}}}, "r.examples[0]: "},
		"if":                 {"r", Rule{If: "protected &&", Need: "true"}, "r.if: line 1, column 12: "},

		"unknown name":       {"r", Rule{Need: "protected and brunch == ''"}, "r.need: line 1, column 15: unknown name brunch"},
		"in another line":    {"r", Rule{Need: "protected and\n  brunch == ''"}, "r.need: line 2, column 3: "},
		"unknown field":      {"r", Rule{Need: "any(files, .name == '')"}, "r.need: line 1, column 13: "},
		"wrong type":         {"r", Rule{Need: "ref == 1"}, "r.need: line 1, column 5: "},
		"no condition":       {"r", Rule{Need: "ref"}, "r.need: "},
		"wrong argument":     {"r", Rule{Need: "class(1)"}, "r.need: line 1, column 7: "},
		"a commit of change": {"r", Rule{Need: "commit.subject != ''"}, "r.need: line 1, column 1: "},
		"pattern":            {"r", Rule{Need: "ref matches '('"}, "r.need: line 1, column "},
		"pattern not quoted": {"r", Rule{Need: "ref matches branch"}, "r.need: line 1, column 5: "},
		"large pattern":      {"r", Rule{Need: "ref matches '(((a{9}){9}){9}){9}'"}, "r.need: line 1, column 5: "},
		"reserved":           {"r", Rule{Need: "__step(__meter)"}, "r.need: line 1, column 1: unknown name __step"},
		"reserved variable":  {"r", Rule{Need: "let __meter = 1; true"}, "r.need: line 1, column "},
		"whole environment":  {"r", Rule{Need: "len($env) > 0"}, "r.need: line 1, column 5: "},
		"repeat":             {"r", Rule{Need: "len(repeat(ref, 1000000)) > 0"}, "r.need: line 1, column 5: "},
		"reduce":             {"r", Rule{Need: "reduce(files, #acc + 1, 0) > 0"}, "r.need: line 1, column "},
		"texts added":        {"r", Rule{Need: "ref + ref == ref"}, "r.need: line 1, column 5: only numbers"},
		"range":              {"r", Rule{Need: "len(1..1000) > 0"}, "r.need: line 1, column 6: "},
		"sort":               {"r", Rule{Need: "len(sort(options)) > 0"}, "r.need: line 1, column 5: "},
		"lower":              {"r", Rule{Need: "lower(ref) == ref"}, "r.need: line 1, column 1: "},
		"now":                {"r", Rule{Need: "now().Year() > 0"}, "r.need: line 1, column "},
		"method":             {"r", Rule{Need: "ref.String() == ''"}, "r.need: line 1, column "},
		"too long":           {"r", Rule{Need: "true " + strings.Repeat(" ", maxLength)}, "r.need: it has 4101 bytes"},
		"too many nodes":     {"r", Rule{Need: "true" + strings.Repeat(" and true", maxNodes)}, "r.need: "},
		"deep":               {"r", Rule{Need: strings.Repeat("(", 2000) + "tru" + strings.Repeat(")", 2000)}, "r.need: line 1, column 2001: "},
		"not UTF-8":          {"r", Rule{Need: "ref == '\xff'"}, "r.need: it is not UTF-8"},
	} {
		c.rule.Description = "x"
		_, err := New(Options{c.id: c.rule})
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if !strings.HasPrefix(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: %q, want %q", name, err, c.want)
		}
		for _, key := range optionKeys(err) {
			if !strings.HasPrefix(key, c.id) {
				t.Errorf("%s: key %q", name, key)
			}
		}
	}
	if _, err := New(Options{"r": {Need: "true"}}); err == nil || !strings.HasPrefix(err.Error(), "r.description: ") {
		t.Errorf("without description: %v", err)
	}
	many := Options{}
	for i := range maxRules + 1 {
		many[fmt.Sprintf("r%d", i)] = Rule{Description: "x", Need: "true"}
	}
	if _, err := New(many); err == nil {
		t.Error("too many rules, and nobody said so")
	}
}

// TestLanguage: what the documentation says that an expression can use is there, and is what it says.
func TestLanguage(t *testing.T) {
	sample := &Sample{
		Kind: "range", Class: []analyzers.Class{analyzers.Bugfix, analyzers.Security}, Ref: "refs/heads/release/1", Protected: true,
		Files: []SampleFile{{Path: "b", OldPath: "a", Status: "R"}, {Path: "gone", Status: "D", OldMode: 0o100755}},
		Commits: []SampleCommit{
			{Message: "fix: one\n\nbody\n", Author: "A <a@example.com>", Merge: true, Reverts: "12", Picks: "34"},
			{Subject: "two", Author: "A <a@example.com>", Committer: "C <c@example.com>"},
		},
		Pusher:  SamplePusher{Name: "n", Emails: []string{"n@example.com"}, Key: "k", Source: "http"},
		Options: []string{"one", "two"},
	}
	for _, need := range []string{
		`class("bugfix") and not class("feature")`, `classes == ["bugfix", "security"]`,
		`ref == "refs/heads/release/1" and branch == "release/1" and tag == ""`, `protected and not created and not deleted and fast_forward`,
		`kind == "range"`, `len(files) == 2 and files[0].path == "b" and files[0].old_path == "a" and files[0].status == "R"`,
		`files[0].mode == 33188 and last(files)?.old_mode == 33261 and files[1].mode == 0`,
		`any(commits, .subject == "two") and first(commits)?.message contains "body"`,
		`one(commits, .merge) and one(commits, .reverts == "12") and one(commits, .picks == "34")`,
		`all(commits, .author.name == "A" and .author.email == "a@example.com")`, `one(commits, .committer.email == "c@example.com")`,
		`len(trailers) >= 0`, `trailer("Nothing") == ""`,
		`pusher.name == "n" and "n@example.com" in pusher.emails and pusher.key == "k" and pusher.source == "http"`,
		`"two" in options and "three" not in options`, `options == map(options, #)`, `filter(options, # startsWith "t") == ["two"]`,
		`count(options, # contains "o") == 2`, `let n = len(options); n * 2 + 1 == 5`, `any(options, # == "two")`,
		`trim(" a ") == "a" and trimPrefix("ab", "a") == "b" and hasSuffix("ab", "b") and indexOf("ab", "b") == 1`,
		`int("12") > 3 ? true : false`, `ref matches "(?i)^REFS/" and not (ref matches "^x")`, `none(files, .path in ["c", "d"])`,
		`(options | len()) == 2`, `all(files, any(commits, .merge))`,
	} {
		r := Rule{Description: "x", Need: need, Examples: []Example{{Pass: sample}}}
		a, err := New(Options{"r": r})
		if err != nil {
			t.Errorf("%s: %v", need, err)
			continue
		}
		if err := a.Try(t.Context()); err != nil {
			t.Errorf("%s: %v", need, err)
		}
	}
}
