package secrets

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

func TestRedact(t *testing.T) {
	for secret, want := range map[string]string{
		"":                       "…",
		"abc":                    "…",
		"123456789012":           "…",     // short: nothing of it
		"1234567890123":          "123…",  // not more than a quarter
		"ghp_567890123456":       "ghp_…", // not more than four
		strings.Repeat("x", 500): "xxxx…",
		"aéé4567890123456":       "aé…", // no half characters
		"\x1b]0;567890123456789": ".]0;…",
	} {
		if got := redact(secret); got != want {
			t.Errorf("redact(%q) = %q, want %q", secret, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	one, two := token("one"), token("two")
	long := strings.Repeat("0123456789", 40)
	for _, test := range []struct{ text, want string }{
		{"a = " + one + "\n", "a = ghp_…"},
		{"x\n\ta = " + one + "\r\nb\n", " a = ghp_…"},
		{one + " " + two + "\n", "ghp_… …"},
		{one + " " + one + "\n", "ghp_… …"},
		{long + " " + one + " " + long + "\n", "…" + long[4:40] + " ghp_… " + long[:69] + "…"},
		{"\x1b[31m\xff é " + one + "\x07\n", ".[31m. é ghp_…."},
	} {
		f := findings(t, analyzer(t, Options{}), added("f.txt", test.text))
		if len(f) == 0 {
			t.Fatalf("%q: nothing found", test.text)
		}
		got := f[0].Excerpt
		if got != test.want {
			t.Errorf("%q: excerpt %q, want %q", test.text, got, test.want)
		}
	}
}

// Whatever the text, an excerpt is short, printable and free of every secret of the text.
func FuzzExcerpt(f *testing.F) {
	f.Add("a = ", " and ", " end")
	f.Add("é\xff\x1b", "", "\n")
	f.Add(strings.Repeat("x", 200), "\n", strings.Repeat("é", 200))
	a, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	one, two := token("one"), analyzerstest.Fake("AKIA", "base32", 16)
	f.Fuzz(func(t *testing.T, before, between, after string) {
		r, err := a.Run(t.Context(), added("f.txt", before+one+between+two+after))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, f := range r.Findings {
			all = append(all, f.Secrets...)
		}
		for _, f := range r.Findings {
			if len(f.Excerpt) > maxExcerpt || !utf8.ValidString(f.Excerpt) || strings.ContainsAny(f.Excerpt, "\n\r\x1b") {
				t.Errorf("excerpt %q", f.Excerpt)
			}
			for _, s := range all {
				// A value such as "a" by a generic rule may be a part of any text.
				if len(s) >= 16 && strings.Contains(f.Excerpt, s) {
					t.Errorf("excerpt %q shows %q", f.Excerpt, s)
				}
			}
			if f.Line < 1 || f.Column < 1 || f.EndLine < f.Line {
				t.Errorf("place %d:%d to %d", f.Line, f.Column, f.EndLine)
			}
		}
	})
}

// A line of a megabyte with thousands of secrets takes no more than its length.
func BenchmarkOneLine(b *testing.B) {
	c := added("min.js", strings.Repeat("a=\""+token()+"\";", 20_000)+"\n")
	a := analyzer(b, Options{})
	for b.Loop() {
		if n := len(findings(b, a, c)); n != 20_000 {
			b.Fatalf("%d findings", n)
		}
	}
}

// What a pre-commit hook costs: compile the rules and search one file.
func BenchmarkFirstFile(b *testing.B) {
	c := analyzerstest.Change(analyzerstest.Index(analyzerstest.Added("main.go", strings.Repeat("\tkey := read(token) // the API's\n", 200))))
	for b.Loop() {
		if f := findings(b, analyzer(b, Options{}), c); len(f) != 0 {
			b.Fatal(f)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	text := strings.Repeat("func (r *Reader) key(token string) (auth string, err error) { return r.secrets[token], nil }\n", 1000)
	var files []analyzerstest.File
	for range 20 {
		files = append(files, analyzerstest.Added("reader.go", text))
	}
	c := analyzerstest.Change(analyzerstest.Commit("x\n", files...))
	a := analyzer(b, Options{})
	findings(b, a, &analyzers.Change{Content: added("a", "").Content}) // compile
	b.SetBytes(int64(20 * len(text)))
	for b.Loop() {
		findings(b, a, c)
	}
}
