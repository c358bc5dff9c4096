package report

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// escape is what QuotePath and Visible put for a character; next to other text it can look like anything.
var escape = regexp.MustCompile(`\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[0-7]{3}|.)`)

// hostileInput makes an input in which everything that comes from a push is text, with the secrets in it.
func hostileInput(text string, secrets []string, level byte) Input {
	all := text + strings.Join(secrets, text)
	c := push("refs/heads/"+all, id("e"), commits(id("f"), "1 "+all, "2 "+text, "3 merge"))
	c.Refs = append(c.Refs, analyzers.RefChange{RefUpdate: analyzers.RefUpdate{Old: zero, New: id("3"), Ref: "refs/tags/" + all}})
	c.Commits[2].Parents = []string{id("1"), id("2")}
	levels := []policy.Level{policy.LevelBlock, policy.LevelWarn, policy.LevelLate, policy.LevelInfo}
	finding := func(n int, f analyzers.Finding) policy.Finding {
		f.Rule, f.Message, f.Hint, f.Excerpt, f.Key, f.Secrets = "rule", all, all, all, all, secrets
		return policy.Finding{Analyzer: "secrets", Finding: f, Level: levels[(int(level)+n)%len(levels)]}
	}
	found := on(c,
		finding(0, analyzers.Finding{Path: all, Line: 1, Column: 2, Commit: id("1"), Validity: "valid"}),
		finding(0, analyzers.Finding{Path: text + "x", Commit: id("3")}),
		finding(1, analyzers.Finding{Commit: id("2")}),
		finding(2, analyzers.Finding{Ref: "refs/tags/" + all}),
		finding(3, analyzers.Finding{Ref: "refs/heads/" + all, Path: "y"}),
	)
	in := input("pre-receive", c, verdict(policy.Refused, found...))
	in.Verdict.Failures = []policy.Failure{{Analyzer: "secrets", Reason: all}, {Analyzer: "dor", Reason: text, Softened: true}}
	in.Outcomes[0].Err = errors.New(all)
	in.Outcomes[0].Result.Skipped = []analyzers.Skip{{What: all, Why: all}}
	return in
}

func FuzzReport(f *testing.F) {
	f.Add("plain", "hunter2", byte(0))
	f.Add("\x1b[31m\u202e\xff\n\t::error::x ##[y]", "p<a>\"s\\s &1\t", byte(1))
	f.Add("a\r\nb \"c\" [x](y) ]]> &lt; %0A", "-----BEGIN\nMIIEvQIBADANBg\n", byte(2))
	f.Add("", "", byte(3))
	f.Add("::error::x ", "hunter2", byte(0))
	f.Fuzz(func(t *testing.T, text, secret string, level byte) {
		// Not to be found anywhere by chance, as the fuzzed secret may be: it could be a word of the report itself.
		marked := "zQ7" + hex.EncodeToString([]byte(secret)) + "7Qz"
		in := hostileInput(text, []string{secret, marked}, level)
		for _, format := range Formats() {
			var b bytes.Buffer
			if err := Write(&b, format, in); err != nil {
				t.Fatalf("Write %s: %v", format, err)
			}
			out := b.String()
			if !utf8.ValidString(out) {
				t.Errorf("%s: invalid UTF-8:\n%q", format, out)
			}
			if strings.Contains(out, marked) {
				t.Errorf("%s: the secret %s is in it:\n%s", format, marked, out)
			}
			check := map[string]func(*testing.T, string){"text": checkText, "json": checkJSON, "github": checkCommands, "junit": checkXML}[format]
			if check != nil {
				check(t, out)
			}
		}
		r := New(in)
		var values []string
		for _, o := range r.Outcomes {
			for _, s := range o.Skipped {
				values = append(values, s.What, s.Why)
			}
		}
		for _, ref := range r.Refs {
			values = append(values, ref.Ref)
		}
		for _, f := range r.Findings {
			values = append(append(values, f.Path, f.Message, f.Hint, f.Excerpt), f.Refs...)
		}
		for _, v := range values {
			if telling(secret) && strings.Contains(escape.ReplaceAllString(v, "\x00"), secret) {
				t.Errorf("the secret %q is in %q", secret, v)
			}
		}
	})
}

// checkText: nothing but line ends controls the terminal, and no line begins with a word of the push.
func checkText(t *testing.T, out string) {
	begin := regexp.MustCompile(`^(error: |warning: |hint: |success: |file |tag |ref |push$|commits$|  |$)`)
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.In(r, invisible...) }) {
			t.Errorf("text: a control character in %q", line)
		}
		if !begin.MatchString(line) {
			t.Errorf("text: %q begins with something from the push", line)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || ciCommand.MatchString(line) {
			t.Errorf("text: a CI runner obeys %q", line)
		}
	}
}

// checkJSON: the report reads back as it was, with every key.
func checkJSON(t *testing.T, out string) {
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	var r Report
	if err := d.Decode(&r); err != nil {
		t.Fatalf("json: %v\n%s", err, out)
	}
	var again bytes.Buffer
	if err := r.Encode(&again); err != nil || again.String() != out {
		t.Errorf("json: encoded again it differs (%v):\n%s\n%s", err, out, again.String())
	}
	if strings.Contains(out, "null") && strings.Contains(escape.ReplaceAllString(out, ""), ": null") {
		t.Errorf("json: a null in\n%s", out)
	}
}

// checkCommands: each line is one command.
func checkCommands(t *testing.T, out string) {
	line := regexp.MustCompile(`^::(error|warning|notice) [^\r\n]*title=[^:,\r\n]*::[^\r\n]*$`)
	for l := range strings.Lines(out) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("github: %q is not a command", l)
		}
	}
}

// checkXML: the report is well-formed.
func checkXML(t *testing.T, out string) {
	d := xml.NewDecoder(strings.NewReader(out))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("junit: %v\n%s", err, out)
		}
	}
}
