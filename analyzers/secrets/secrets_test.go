package secrets

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/secrets/detector"
)

func analyzer(t testing.TB, opts Options) *analyzers.Analyzer {
	t.Helper()
	a, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func findings(t testing.TB, a *analyzers.Analyzer, c *analyzers.Change) []analyzers.Finding {
	t.Helper()
	r, err := a.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r.Findings
}

// token returns a made-up GitHub token.
func token(salt ...string) string { return analyzerstest.Fake("ghp_", "alnum", 36, salt...) }

func added(path, text string) *analyzers.Change {
	return analyzerstest.Change(analyzerstest.Commit("feat: x\n", analyzerstest.Added(path, text)))
}

func TestContract(t *testing.T) {
	var many []analyzerstest.File
	for i := range 20 {
		text := strings.Repeat("line\n", i) + "a " + token("a", fmt.Sprint(i)) + " b " + analyzerstest.Fake("AKIA", "base32", 16) + "\n"
		many = append(many, analyzerstest.AddedAt(fmt.Sprintf("f%02d", i), 1+i, text))
	}
	a := analyzer(t, Options{})
	if !a.Essential {
		t.Error("the analyzer is not essential")
	}
	analyzerstest.Suite(t, a,
		deletion(analyzers.KindPush, "refs/heads/"+token()),
		analyzerstest.Change(analyzerstest.Commit("feat: many\n", many...)),
		analyzerstest.Change(analyzerstest.Message("fix: x\n\n"+token()+"\n")),
		analyzerstest.Change(analyzerstest.Index(analyzerstest.Added("a", token()+"\n"))),
	)
}

func TestCases(t *testing.T) { analyzerstest.Run(t, analyzer(t, Options{}), "testdata/*.txtar") }

func TestFinding(t *testing.T) {
	secret := token()
	f := findings(t, analyzer(t, Options{}), added("deploy.sh", "#!/bin/sh\nexport TOKEN="+secret+" # the bot's\n"))
	want := []analyzers.Finding{{
		Rule: "github-pat", Group: "provider", Severity: analyzers.High,
		Path: "deploy.sh", Line: 2, EndLine: 2, Column: 14, Commit: analyzerstest.ID("c1"),
		Message: "GitHub Personal Access Token", Hint: hintSecret,
		Excerpt: "export TOKEN=ghp_… # the bot's", Key: secret, Secrets: []string{secret}, Validity: analyzers.ValidityValid,
	}}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
}

func TestMessages(t *testing.T) {
	a := analyzer(t, Options{})
	c := analyzerstest.Change(analyzerstest.Message("fix: x\n\nsee "+token()+"\n"), analyzerstest.Tag("v1", token("tag")+"\n"))
	var got []string
	for _, f := range findings(t, a, c) {
		got = append(got, fmt.Sprintf("%q %q %d %s", f.Commit, f.Ref, f.Line, f.Message))
	}
	want := []string{
		`"" "" 3 GitHub Personal Access Token in the commit message`,
		`"" "refs/tags/v1" 1 GitHub Personal Access Token in the tag's message`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExamined(t *testing.T) {
	c := analyzerstest.Change(
		analyzerstest.Commit("one\n", analyzerstest.Added("a", "1\n2\n"), analyzerstest.Added("b", "without newline"), analyzerstest.Added("go.sum", "x\n")),
		analyzerstest.Commit("two\n"), analyzerstest.Tag("v1", "x\n"))
	r, err := analyzer(t, Options{}).Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]int64{"commits": 2, "tags": 1, "lines": 4, "bytes": 21}; !reflect.DeepEqual(r.Examined, want) {
		t.Errorf("examined %v, want %v", r.Examined, want)
	}
	if want := []analyzers.Skip{{What: "go.sum", Why: passedGeneric}}; !reflect.DeepEqual(r.Skipped, want) {
		t.Errorf("skipped %v, want %v", r.Skipped, want)
	}
}

// Wherever a token stands in a hunk, its line and column lead to it.
func TestPlaces(t *testing.T) {
	a := analyzer(t, Options{})
	for _, before := range []string{"", "x ", "\n", "\n\n", "a\nb\nc ", "é\n\té ", "\r\n\r\n"} {
		for _, after := range []string{"", "\n", " x\n", "\r\n", "\ny", "\n\n"} {
			text := before + token() + after
			c := analyzerstest.Change(analyzerstest.Commit("x\n", analyzerstest.AddedAt("f", 41, text)))
			list := findings(t, a, c)
			if len(list) != 1 {
				t.Fatalf("%q: %d findings, want 1", text, len(list))
			}
			f := list[0]
			line := strings.Split(text, "\n")[f.Line-41]
			if f.EndLine != f.Line || !strings.HasPrefix(line[f.Column-1:], token()) {
				t.Errorf("%q: found at %d:%d to %d", text, f.Line, f.Column, f.EndLine)
			}
			if strings.ContainsAny(f.Excerpt, "\r\n") {
				t.Errorf("%q: excerpt %q", text, f.Excerpt)
			}
		}
	}
}

// A match may begin with the newline before the secret, which the library counts and then takes off.
func TestPlaceAfterNewline(t *testing.T) {
	secret := "abc8Q~" + analyzerstest.Fake("", "alnum", 31)
	for _, newlines := range []string{"\n", "\n\n"} {
		f := findings(t, analyzer(t, Options{}), added("f", "x"+newlines+secret+"\n"))
		if len(f) != 1 || f[0].Rule != "azure-ad-client-secret" || f[0].Line != 1+len(newlines) || f[0].Column != 1 {
			t.Errorf("%q: %+v", newlines, f)
		}
	}
}

func TestSeveralLines(t *testing.T) {
	body := analyzerstest.Fake("MII", "alnum", 61)
	key := "-----BEGIN RSA " + "PRIVATE KEY-----\n" + body + "\n" + analyzerstest.Fake("", "alnum", 64) + "\n-----END RSA " + "PRIVATE KEY-----"
	f := findings(t, analyzer(t, Options{}), added("k.pem", "x\n"+key+"\n"))
	if len(f) != 1 || f[0].Line != 2 || f[0].EndLine != 5 || f[0].Key != key {
		t.Fatalf("got %+v", f)
	}
	if !slices.Contains(f[0].Secrets, body) {
		t.Error("a line of the key on its own would be shown")
	}
	if f[0].Excerpt != "----…" {
		t.Errorf("excerpt %q", f[0].Excerpt)
	}
}

func TestEncoded(t *testing.T) {
	encoded := "Z2hwX3dXUHc1azRhWGNhVDRm" + "TlAwVWNuWndKVVZGazZMTzBwSU5VeA=="
	for _, text := range []string{"a: 1\nkey: \"" + encoded + "\" # x\nb: 2\n", "a: 1\nkey: " + encoded} {
		f := findings(t, analyzer(t, Options{}), added("s.yaml", text))
		i := slices.IndexFunc(f, func(f analyzers.Finding) bool { return f.Rule == "github-pat" })
		if i < 0 {
			t.Fatalf("%q: not found: %+v", text, f)
		}
		got := f[i]
		if got.Line != 2 || got.EndLine != 2 || got.Message != "GitHub Personal Access Token, encoded as base64" || !strings.HasPrefix(got.Key, "ghp_") {
			t.Errorf("%q: %+v", text, got)
		}
		if !slices.Contains(got.Secrets, encoded) || strings.Contains(got.Excerpt, encoded[8:]) {
			t.Errorf("the encoded secret is shown: secrets %q, excerpt %q", got.Secrets, got.Excerpt)
		}
	}
}

// The library takes a repeated piece of the URL for the secret.
func TestWholeMatch(t *testing.T) {
	id := "a1b2c3d4-a1b2-a1b2-a1b2-a1b2c3d4e5f6"
	url := "https://acme.webhook.office.com/webhookb2/" + id + "@" + id + "/IncomingWebhook/" + strings.Repeat("0f", 16) + "/" + id
	f := findings(t, analyzer(t, Options{}), added("hook.txt", "post to "+url+"\n"))
	if len(f) != 1 || f[0].Rule != "microsoft-teams-webhook" || f[0].Key != url || f[0].Excerpt != "post to http…" {
		t.Errorf("got %+v", f)
	}
}

// The same text in many files is found in each: nothing is kept from one to the next.
func TestNothingIsKept(t *testing.T) {
	a := analyzer(t, Options{})
	for range 3 {
		if f := findings(t, a, added("a", token()+"\n")); len(f) != 1 {
			t.Fatalf("%d findings, want 1", len(f))
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	e, err := compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.search = func(_ context.Context, text detector.Text) ([]detector.Match, error) {
		if text.Path == "a" {
			panic("out of order")
		}
		return e.detector.Find(t.Context(), text)
	}
	c := analyzerstest.Change(analyzerstest.Commit("x\n", analyzerstest.Added("a", token()+"\n"), analyzerstest.Added("b", analyzerstest.Fake("AKIA", "base32", 16)+"\n")))
	result, err := e.run(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("error %v, want the panic", err)
	}
	if len(result.Findings) != 1 || result.Findings[0].Path != "b" {
		t.Errorf("the other file's finding is lost: %+v", result.Findings)
	}
	if err != nil && strings.Contains(err.Error(), token()) {
		t.Error("the error shows the secret")
	}
}

func TestTooManyFindings(t *testing.T) {
	e, err := compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	e.limit = 3
	var files []analyzerstest.File
	for i := range 200 {
		files = append(files, analyzerstest.Added(fmt.Sprint(i), token()+"\n"))
	}
	r, err := e.run(t.Context(), analyzerstest.Change(analyzerstest.Commit("x\n", files[:3]...)))
	if err != nil || len(r.Findings) != 3 {
		t.Errorf("at the limit: %d findings, error %v", len(r.Findings), err)
	}
	r, err = e.run(t.Context(), analyzerstest.Change(analyzerstest.Commit("x\n", files...)))
	if err == nil || err.Error() != "more than 3 findings" || len(r.Findings) != 3 {
		t.Errorf("above the limit: %d findings, error %v", len(r.Findings), err)
	}
	if r.Examined["lines"] == 200 {
		t.Error("the rest was read all the same")
	}
}

// endless yields hunks until the context ends, and does not look at the context itself.
type endless struct {
	analyzers.Content
	each func(n int)
}

func (endless) Files(context.Context) iter.Seq2[analyzers.File, error] {
	return func(func(analyzers.File, error) bool) {}
}

func (e endless) Hunks(context.Context) iter.Seq2[analyzers.Hunk, error] {
	return func(yield func(analyzers.Hunk, error) bool) {
		for n := 0; ; n++ {
			e.each(n)
			if !yield(analyzers.Hunk{Path: fmt.Sprint(n), Start: 1, Text: []byte(token() + "\n")}, nil) {
				return
			}
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := &analyzers.Change{Content: endless{each: func(n int) {
		if n == 10 {
			cancel()
		}
	}}}
	r, err := analyzer(t, Options{}).Run(ctx, c)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if r.Examined["lines"] > 10 {
		t.Errorf("read on for %d lines", r.Examined["lines"])
	}
}
