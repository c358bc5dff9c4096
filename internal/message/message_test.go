package message_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/refward/refward/internal/message"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const text = "\n feat(api)!: drop v1 \n\nWhy: it is old.\nMore.\n\n  indented\n\nReviewed-by: Z\nRefs: #133\n more\n"
	got := message.Parse(text)
	want := message.Message{
		Subject: "feat(api)!: drop v1", SubjectLine: 2,
		Header: message.Header{Type: "feat", Scope: "api", Breaking: true, Description: "drop v1"},
		Body:   "Why: it is old.\nMore.\n\n  indented", BodyLine: 4,
		Trailers: []message.Trailer{{Key: "Reviewed-by", Value: "Z"}, {Key: "Refs", Value: "#133 more"}},
		Footers: []message.Footer{
			{Token: "Why", Separator: ":", Value: "it is old.\nMore.\n\n  indented", Line: 4},
			{Token: "Reviewed-by", Separator: ":", Value: "Z", Line: 9},
			{Token: "Refs", Separator: ":", Value: "#133\n more", Line: 10},
		},
		Breaking: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if v := got.Values("REVIEWED-BY"); len(v) != 1 || v[0] != "Z" {
		t.Errorf("values %q", v)
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, body string
		line       int
	}{
		{"", "", 0}, {"\n\n", "", 0}, {"s", "", 0}, {"s\n", "", 0}, {"s\n\n\n", "", 0}, {"s\n\nb\n", "b", 3}, {"s\nb\n", "b", 2}, {"\n\ns\n \n\n b\n\nc\n\n", " b\n\nc", 6},
		{"s\r\n\r\nb\r\n", "b", 3}, {"s\n\nA: b\n", "", 0}, {"s\n\nb\n\nA: b\n", "b", 3}, {"s\n\nb\nA: b\n", "b\nA: b", 3}, {"A: b\n", "", 0}, {"s\n\nA: b\n\nc\n", "A: b\n\nc", 3},
	} {
		if m := message.Parse(tt.text); m.Body != tt.body || m.BodyLine != tt.line {
			t.Errorf("%q: body %q in line %d, want %q in line %d", tt.text, m.Body, m.BodyLine, tt.body, tt.line)
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want message.Header
	}{
		{"feat: x", message.Header{Type: "feat", Description: "x"}},
		{"FEAT:   x y ", message.Header{Type: "FEAT", Description: "x y"}},
		{"feat!: x", message.Header{Type: "feat", Breaking: true, Description: "x"}},
		{"fix(a b/c,d)!: x: y", message.Header{Type: "fix", Scope: "a b/c,d", Breaking: true, Description: "x: y"}},
		{"a_b-2: x", message.Header{Type: "a_b-2", Description: "x"}},
	} {
		if got, err := message.ParseHeader(tt.text); err != nil || got != tt.want {
			t.Errorf("%q: %+v, error %v, want %+v", tt.text, got, err, tt.want)
		}
		if got := message.Parse(tt.text + "\n\nbody\n").Header; got != tt.want {
			t.Errorf("%q in a message: %+v, want %+v", tt.text, got, tt.want)
		}
	}
	for text, want := range map[string]error{
		"": message.ErrNoType, "add x": message.ErrNoType, "fix the parser: x": message.ErrNoType, ": x": message.ErrNoType, "(a): x": message.ErrNoType,
		"2x: y": message.ErrNoType, "_x: y": message.ErrNoType, "fix": message.ErrNoType, "std::string": message.ErrNoType, "https://example.com/": message.ErrNoType,
		"Hooray! it works": message.ErrNoType, "call f(x): y": message.ErrNoType, "f\u00fcr: x": message.ErrNoType, "fix the (old): x": message.ErrNoType,
		"fix : x": message.ErrSpaceBefore, "fix (a): x": message.ErrSpaceBefore, "fix (a)!: x": message.ErrSpaceBefore, "fix(a) : x": message.ErrSpaceBefore, "fix! : x": message.ErrSpaceBefore,
		"fix:x": message.ErrNoSpaceAfter, "fix(a):x": message.ErrNoSpaceAfter, "fix:\tx": message.ErrNoSpaceAfter,
		"fix:": message.ErrNoDescription, "fix: ": message.ErrNoDescription, "fix(a)!:": message.ErrNoDescription,
		"fix(a) x": message.ErrNoColon, "fix(a)x: y": message.ErrNoColon,
		"fix(): x": message.ErrEmptyScope, "fix( ): x": message.ErrEmptyScope,
		"fix(a: x": message.ErrScope, "fix((a)): x": message.ErrScope, "fix(a)): x": message.ErrScope,
		"fix!(a): x": message.ErrMark, "fix!!: x": message.ErrMark, "fix(a)!!: x": message.ErrMark,
	} {
		got, err := message.ParseHeader(text)
		if h := message.Parse(text).Header; h != (message.Header{}) {
			t.Errorf("%q in a message: %+v", text, h)
		}
		if err != want || (err == message.ErrNoType) != (got.Type == "") || got != (message.Header{Type: got.Type}) {
			t.Errorf("%q: %+v, error %v, want %v", text, got, err, want)
		}
	}
}

func TestFooters(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		want     string // "token separator value" of each
		breaking bool
	}{
		{"fix: x\n", "", false},
		{"fix: x\n\nBREAKING CHANGE: y\n", "BREAKING CHANGE : y", true},
		{"fix: x\n\nBREAKING-CHANGE: y\n", "BREAKING-CHANGE : y", true},
		{"fix: x\n\nBREAKING CHANGE:\n\ny\n\nz\n", "BREAKING CHANGE : y\n\nz", true},
		{"fix: x\n\nbody\n\nRefs #1\nBREAKING CHANGE: y\n  z\n", "Refs # 1|BREAKING CHANGE : y\n  z", true},
		{"fix: x\n\nRefs: 1\n\nz\n\nBREAKING CHANGE: y\n", "Refs : 1\n\nz|BREAKING CHANGE : y", true},
		{"fix!: x\n", "", true},
		{"x!\n\nBREAKING CHANGE: y\n", "BREAKING CHANGE : y", true}, // the footer declares it under any subject

		{"fix: x\n\nbreaking change: y\n", "", false},                    // upper case is needed
		{"fix: x\n\nBreaking-Change: y\n", "Breaking-Change : y", false}, // another token
		{"fix: x\n\nBREAKING CHANGE #1\n", "BREAKING CHANGE # 1", false}, // a colon is needed
		{"fix: x\n\nBREAKING CHANGE:\n", "BREAKING CHANGE : ", false},    // a description is needed
		{"fix: x\n\nBREAKING CHANGE y\n", "", false},
		{"fix: x\n\nBREAKING CHANGES: y\n", "", false},
		{"fix: x\n\n BREAKING CHANGE: y\n", "", false},
		{"fix: x\n\nbody\nBREAKING CHANGE: y\n", "", false}, // an empty line is needed
		{"fix: x\nBREAKING CHANGE: y\n", "", false},
		{"fix: x\n\ntwo words: y\nA:b\nA #\n", "", false},
		{"fix: x\r\n\r\nBREAKING CHANGE: y\r\n", "BREAKING CHANGE : y", true},
		{"fix: x\n\nA: b\n---\nBREAKING CHANGE: y\n", "A : b", false}, // a patch
	} {
		m := message.Parse(tt.text)
		var list []string
		for _, f := range m.Footers {
			list = append(list, f.Token+" "+f.Separator+" "+f.Value)
		}
		if got := strings.Join(list, "|"); got != tt.want || m.Breaking != tt.breaking {
			t.Errorf("%q: footers %q, breaking %v, want %q, %v", tt.text, got, m.Breaking, tt.want, tt.breaking)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range fragments {
		f.Add("feat: x\n\n" + s + "\n\nKey: value\n" + s + "\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := message.Parse(text)
		if strings.ContainsRune(m.Subject, '\n') || strings.TrimSpace(m.Subject) != m.Subject || (m.Subject == "") != (strings.TrimSpace(text) == "") {
			t.Errorf("subject %q", m.Subject)
		}
		lines := strings.Split(text, "\n")
		if m.Subject != "" && strings.TrimSpace(lines[m.SubjectLine-1]) != m.Subject {
			t.Errorf("subject %q is not in line %d", m.Subject, m.SubjectLine)
		}
		if first, _, _ := strings.Cut(m.Body, "\n"); !strings.Contains(text, m.Body) || (m.Body == "") != (m.BodyLine == 0) ||
			m.Body != "" && (m.BodyLine <= m.SubjectLine || !strings.HasPrefix(lines[m.BodyLine-1], strings.TrimRight(first, "\r"))) {
			t.Errorf("body %q is not in line %d", m.Body, m.BodyLine)
		}
		for _, tr := range m.Trailers {
			if tr.Key == "" || strings.ContainsAny(tr.Key+tr.Value, "\n") || strings.Trim(tr.Value, " \t\r\n") != tr.Value {
				t.Errorf("trailer %+v", tr)
			}
		}
		if h := m.Header; h.Type != "" { // what was accepted is a header when it is written anew
			again := h.Type
			if h.Scope != "" {
				again += "(" + h.Scope + ")"
			}
			if h.Breaking {
				again += "!"
			}
			if got, err := message.ParseHeader(again + ": " + h.Description); err != nil || got != h {
				t.Errorf("%+v, written anew %+v, error %v", h, got, err)
			}
		}
		breaking := m.Header.Breaking
		for i, fo := range m.Footers {
			if fo.Token == "" || fo.Line <= m.SubjectLine || !strings.HasPrefix(lines[fo.Line-1], fo.Token) || i > 0 && fo.Line <= m.Footers[i-1].Line {
				t.Errorf("footer %+v", fo)
			}
			breaking = breaking || fo.Breaking()
		}
		if m.Breaking != breaking {
			t.Errorf("breaking %v", m.Breaking)
		}
		// Trailers survive being written anew under another subject.
		if again := message.Parse("x\n\n" + printed(m.Trailers)).Trailers; !reflect.DeepEqual(again, m.Trailers) {
			t.Errorf("trailers %q, written anew %q", m.Trailers, again)
		}
	})
}

// BenchmarkParse reads a message of 20 lines with trailers, and texts that invite time beyond proportion: MB/s must be alike for both lengths.
func BenchmarkParse(b *testing.B) {
	body := strings.Repeat("This paragraph says why the change is needed and what was measured.\n", 12)
	for _, bench := range []struct{ name, text string }{
		{"usual", "feat(parser): accept tabs in front of a value\n\n" + body + "\nRefs: #12\nRisk: low\nSigned-off-by: A <a@example.com>\n"},
		{"continued", "s\n\nA: b\n" + strings.Repeat(" c\n", 1_000)}, {"continued much", "s\n\nA: b\n" + strings.Repeat(" c\n", 100_000)},
		{"footers", "s\n\n" + strings.Repeat("A: b\n", 1_000)}, {"footers many", "s\n\n" + strings.Repeat("A: b\n", 100_000)},
		{"empty", strings.Repeat("\n", 1_000)}, {"empty much", strings.Repeat("\n", 100_000)},
		{"dashes", "s\n" + strings.Repeat("---x\n", 1_000)}, {"dashes many", "s\n" + strings.Repeat("---x\n", 100_000)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.text)))
			b.ReportAllocs()
			for b.Loop() {
				message.Parse(bench.text)
			}
		})
	}
}
