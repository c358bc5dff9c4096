package secrets

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
)

// ours are rules of each kind.
func ours() Options {
	return Options{
		Rules: []CustomRule{
			{ID: "acme-key", Description: "Acme key", Regex: `\bacme_[0-9a-f]{32}\b`, Keywords: []string{"acme_"}, Group: groupProvider},
			{ID: "secret-words", Words: []string{"Project <|>Titan", "hunter2", "C++ sharp", "пароль дня"}},
			{ID: "pass-file", Path: `(^|/)\.acmepass$`, Description: "a password file of Acme"},
			{ID: "hex-in-env", Regex: `[A-Z_]+=([0-9a-f]{8,})`, Path: `\.env$`, SecretGroup: 1, Entropy: 2},
		},
		Allow: []Allowance{
			{Words: []string{"00<|>00"}, Rules: []string{"acme-key"}, Reason: "made up"},
			{Paths: []string{`^testdata/`}, Rules: []string{"secret-words"}, Reason: "tests of the filter"},
			{Regexes: []string{`^dead`}, Paths: []string{`^docs/`}, Reason: "the manual's examples"},
		},
	}
}

func TestCustomRules(t *testing.T) {
	acme := analyzerstest.Fake("acme_", "hex", 32)
	a := analyzer(t, ours())
	for _, tt := range []struct{ name, path, text, want string }{
		{"a pattern", "a.txt", "key " + acme + "\n", "acme-key provider high 1:5"},
		{"half of one", "a.txt", "key " + acme[:20] + "\n", ""},
		{"allowed by a word", "a.txt", "acme_" + strings.Repeat("0", 32) + "\n", ""},
		{"a word", "a.txt", "x = HUNTER2;\n", "secret-words generic medium 1:5"},
		{"a part of one", "a.txt", "hunter22 xhunter2\n", ""},
		{"a phrase", "a.txt", "the project  titan of\n", "secret-words generic medium 1:5"},
		{"a phrase over the end of a line", "a.txt", "the project\n\ttitan of\n", "secret-words generic medium 1:5"},
		{"a phrase that ends in signs", "a.txt", "c++ SHARP\n", "secret-words generic medium 1:1"},
		{"letters that \\b does not know", "a.txt", "Пароль Дня\n", "secret-words generic medium 1:1"},
		{"a part of one", "a.txt", "пароль дням\n", ""},
		{"a stock rule for all that", "a.txt", token() + "\n", "github-pat provider high 1:1"},
		{"allowed by a path", "testdata/a.txt", "hunter2\n", ""},
		{"which is for its rule only", "testdata/a.txt", acme + "\n", "acme-key provider high 1:1"},
		{"a path", "home/.acmepass", "x\n", "pass-file generic medium 0:0"},
		{"another path", "home/.acmepass2", "x\n", ""},
		{"a pattern in a file", "a.env", "KEY=0123abcd\n", "hex-in-env generic medium 1:1"},
		{"in another file", "a.txt", "KEY=0123abcd\n", ""},
		{"of too little entropy", "a.env", "KEY=00000000\n", ""},
		{"allowed by both conditions", "docs/a.env", "KEY=dead0123\n", ""},
		{"by one of two", "a.env", "KEY=dead0123\n", "hex-in-env generic medium 1:1"},
		{"by the other of two", "docs/a.env", "KEY=beef0123\n", "hex-in-env generic medium 1:1"},
	} {
		var got []string
		for _, f := range findings(t, a, added(tt.path, tt.text)) {
			got = append(got, fmt.Sprintf("%s %s %s %d:%d", f.Rule, f.Group, f.Severity, f.Line, f.Column))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if err := analyzers.ValidateRules(a); err != nil {
		t.Error(err)
	}
	i := slices.IndexFunc(a.Rules(), func(r analyzers.Rule) bool { return r.ID == "acme-key" })
	if i < 0 || a.Rules()[i].Summary != "Acme key" || a.Rules()[i].Group != groupProvider {
		t.Errorf("documentation: %+v", a.Rules()[max(i, 0)])
	}
}

// keys returns the keys of the option errors that err consists of.
func keys(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var keys []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var o *analyzers.OptionError
		if !errors.As(e, &o) || o.Msg == "" || strings.Contains(o.Msg, "\n") {
			t.Fatalf("no option error: %v", e)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func TestCustomRefused(t *testing.T) {
	rule := func(change func(*CustomRule)) Options {
		r := CustomRule{ID: "acme", Regex: "acme_[0-9]+"}
		change(&r)
		return Options{Rules: []CustomRule{r}}
	}
	allow := func(change func(*Allowance)) Options {
		a := Allowance{Words: []string{"x"}, Reason: "r"}
		change(&a)
		return Options{Allow: []Allowance{a}}
	}
	for _, tt := range []struct {
		name string
		opts Options
		want []string
	}{
		{"right", rule(func(*CustomRule) {}), nil},
		{"right, too", allow(func(*Allowance) {}), nil},
		{"no id", rule(func(r *CustomRule) { r.ID = "" }), []string{"rules[0]"}},
		{"a malformed id", rule(func(r *CustomRule) { r.ID = "Acme key" }), []string{"rules[0].id"}},
		{"a stock rule's id", rule(func(r *CustomRule) { r.ID = "github-pat" }), []string{"rules[0].id"}},
		{"a group's name", rule(func(r *CustomRule) { r.ID = groupProvider }), []string{"rules[0].id"}},
		{"an id twice", Options{Rules: []CustomRule{{ID: "a", Path: "x"}, {ID: "a", Path: "y"}}}, []string{"rules[1].id"}},
		{"an id of the configuration", Options{Config: "[extend]\nuseDefault = true\n[[rules]]\nid = \"a\"\nregex = \"b\"\n",
			Rules: []CustomRule{{ID: "a", Path: "x"}}}, []string{"rules[0].id"}},
		{"two lines", rule(func(r *CustomRule) { r.Description = "a\nb" }), []string{"rules[0].description"}},
		{"a bad pattern", rule(func(r *CustomRule) { r.Regex = "(" }), []string{"rules[0].regex"}},
		{"a pattern for everything", rule(func(r *CustomRule) { r.Regex = "x*" }), []string{"rules[0].regex"}},
		{"a bad path", rule(func(r *CustomRule) { r.Path = "[" }), []string{"rules[0].path"}},
		{"nothing to find", rule(func(r *CustomRule) { r.Regex = "" }), []string{"rules[0]"}},
		{"both", rule(func(r *CustomRule) { r.Words = []string{"a"} }), []string{"rules[0].words"}},
		{"an empty word", Options{Rules: []CustomRule{{ID: "a", Words: []string{"x", " <|> "}}}}, []string{"rules[0].words[1]"}},
		{"an empty keyword", rule(func(r *CustomRule) { r.Keywords = []string{""} }), []string{"rules[0].keywords[0]"}},
		{"no such group", rule(func(r *CustomRule) { r.SecretGroup = 1 }), []string{"rules[0].secret_group"}},
		{"a group of nothing", Options{Rules: []CustomRule{{ID: "a", Path: "x", SecretGroup: 1}}}, []string{"rules[0].secret_group"}},
		{"too much entropy", rule(func(r *CustomRule) { r.Entropy = 9 }), []string{"rules[0].entropy"}},
		{"examples in no file", rule(func(r *CustomRule) { r.Path, r.Examples.Match = "x", []string{"acme_1"} }), []string{"rules[0].examples"}},
		{"an empty example", rule(func(r *CustomRule) { r.Examples.Pass = []string{""} }), []string{"rules[0].examples.pass[0]"}},
		{"no reason", allow(func(a *Allowance) { a.Reason = " " }), []string{"allow[0]"}},
		{"a long reason", allow(func(a *Allowance) { a.Reason = "a\nb" }), []string{"allow[0].reason"}},
		{"everything allowed", allow(func(a *Allowance) { a.Words = nil }), []string{"allow[0]"}},
		{"an empty word", allow(func(a *Allowance) { a.Words = []string{""} }), []string{"allow[0].words[0]"}},
		{"a bad pattern", allow(func(a *Allowance) { a.Regexes = []string{"a", "("} }), []string{"allow[0].regexes[1]"}},
		{"no pattern", allow(func(a *Allowance) { a.Paths = []string{""} }), []string{"allow[0].paths[0]"}},
		{"a short id", allow(func(a *Allowance) { a.Commits = []string{"abc1234"} }), []string{"allow[0].commits[0]"}},
		{"an unknown rule", allow(func(a *Allowance) { a.Rules = []string{"github-pat", "gihtub-pat"} }), []string{"allow[0].rules[1]"}},
		{"all at once", Options{Rules: []CustomRule{{}, {ID: "X"}}, Allow: []Allowance{{}}},
			[]string{"rules[0]", "rules[0]", "rules[1].id", "rules[1]", "allow[0]", "allow[0]"}},
	} {
		_, err := New(tt.opts)
		if got := keys(t, err); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q: %v", tt.name, got, tt.want, err)
		}
	}
}

func TestExamples(t *testing.T) {
	opts := ours()
	acme := analyzerstest.Fake("acme_", "hex", 32)
	opts.Rules[0].Examples = Examples{Match: []string{acme[:10] + Break + acme[10:], acme, acme[:20]}, Pass: []string{acme[:20], acme}}
	opts.Rules[1].Examples = Examples{Match: []string{"hun<|>ter2", "titan"}, Pass: []string{"titan"}}
	opts.Rules[2].Examples = Examples{Match: []string{"a/.acmepass", "a"}, Pass: []string{"b", ".acmepass"}}
	opts.Rules[3].Examples = Examples{Path: "x.env", Match: []string{"K=0123abcd", "K=00000000"}, Pass: []string{"K=00000000"}}
	err := analyzer(t, opts).Try(t.Context())
	want := []string{
		"rules[0].examples.match[2]: acme-key does not find it (the pattern does not match)",
		"rules[0].examples.pass[1]: acme-key finds it",
		"rules[1].examples.match[1]: secret-words does not find it (the pattern does not match)",
		"rules[2].examples.match[1]: pass-file does not find it (the pattern does not match)",
		"rules[2].examples.pass[1]: pass-file finds it",
		"rules[3].examples.match[1]: hex-in-env does not find it (its entropy is too low, or something allows it)",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
	if err := analyzer(t, ours()).Try(t.Context()); err != nil {
		t.Errorf("without examples: %v", err)
	}
	// Why a rule does not find what its pattern matches.
	for want, r := range map[string]CustomRule{
		"none of the keywords is in it":                 {Regex: "a+", Keywords: []string{"b"}},
		"another path is meant, or something allows it": {Regex: "a+", Keywords: []string{"A"}},
	} {
		if got := r.whyNot("aa"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
