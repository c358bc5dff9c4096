package policy

import (
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/allow"
)

func TestDecideAllowed(t *testing.T) {
	leak := analyzers.Finding{Rule: "github-pat", Group: "provider", Path: "a", Line: 1, Key: "k"}
	unread := analyzers.Finding{Rule: "unread", Group: "unexamined", Path: "a", Key: "k"}
	with := func(f analyzers.Finding, words string) analyzers.Finding {
		f.Inline = words
		return f
	}
	now := time.Date(2026, 5, 4, 23, 59, 0, 0, time.UTC)
	set := func(analyzer string, f analyzers.Finding, expires string) *allow.Set {
		fp := Fingerprint("", analyzer, f.Rule, f.Path, f.Key)
		return &allow.Set{Now: now, Entries: []allow.Entry{{Fingerprint: fp, By: "ada", Reason: "a test", Expires: expires}}}
	}
	for _, tt := range []struct {
		name            string
		analyzer        string
		finding         analyzers.Finding
		set             *allow.Set
		exit            int
		allowed, denied string
	}{
		{"nothing", "secrets", leak, nil, 1, "", ""},
		{"by the file", "secrets", leak, set("secrets", leak, "never"), 0, "allow file, by ada: a test", ""},
		{"on its last day", "secrets", leak, set("secrets", leak, "2026-05-04"), 0, "allow file until 2026-05-04, by ada: a test", ""},
		{"the day after", "secrets", leak, set("secrets", leak, "2026-05-03"), 1, "", "the allowance by ada expired on 2026-05-03"},
		{"another path", "secrets", with(leak, ""), set("secrets", analyzers.Finding{Rule: "github-pat", Path: "b", Key: "k"}, "never"), 1, "", ""},
		{"unexamined, by the file", "secrets", unread, set("secrets", unread, "never"), 0, "allow file, by ada: a test", ""},
		{"unexamined, by a comment", "secrets", with(unread, "secrets of a kind"), &allow.Set{Inline: allow.Always}, 1, "", ""},
		{"a comment", "secrets", with(leak, "secrets of a kind"), &allow.Set{Inline: allow.Always}, 0, "inline: of a kind", ""},
		{"a comment that does not count", "secrets", with(leak, "secrets of a kind"), &allow.Set{Inline: allow.Client}, 1, "",
			"a comment on the line counts in a clone only (the policy's allow.inline)"},
		{"not essential", "dor", leak, set("dor", leak, "never"), 0, "allow file, by ada: a test", ""},
		{"essential", "objects", leak, set("objects", leak, "never"), 1, "", ""},
		{"essential, by a comment", "refs", with(leak, "refs of a kind"), &allow.Set{Inline: allow.Always}, 1, "", ""},
		{"the pushed policy", "policy", leak, set("policy", leak, "never"), 1, "", ""},
	} {
		in := Input{Change: testChange(), Outcomes: []analyzers.Outcome{outcome(tt.analyzer, tt.finding)}, Essential: map[string]bool{
			"secrets": true, "objects": true, "refs": true, "policy": true}, Allow: tt.set}
		p := parse(t, "gates: {dor: block, refs: block}\n")
		v := Decide(Stack{p}, in)
		if v.Exit != tt.exit || len(v.Findings) != 1 || v.Findings[0].Allowed != tt.allowed || v.Findings[0].Denied != tt.denied {
			t.Errorf("%s: %+v", tt.name, v)
		}
		// A twin that is not allowed refuses as ever.
		twin := tt.finding
		twin.Key, twin.Inline = "other", ""
		in.Outcomes = append(in.Outcomes, outcome(tt.analyzer, twin))
		if v := Decide(Stack{p}, in); v.Exit != ExitRefused || len(v.Findings) != 2 {
			t.Errorf("%s, with another: %+v", tt.name, v)
		}
	}
	// Nobody who forgets to say what is essential allows it.
	v := Decide(Stack{preset(t, "starter")}, Input{Outcomes: []analyzers.Outcome{outcome("objects", leak)}, Allow: set("objects", leak, "never")})
	if v.Exit != ExitRefused {
		t.Errorf("without the list of essential analyzers: %+v", v)
	}
	// What policy skips is not shown for being allowed.
	v = Decide(Stack{parse(t, "gates: {secrets: skip}\n")}, Input{Outcomes: []analyzers.Outcome{outcome("secrets", leak)}, Allow: set("secrets", leak, "never")})
	if len(v.Findings) != 0 {
		t.Errorf("skipped: %+v", v)
	}
}

func TestStackAllow(t *testing.T) {
	server := parse(t, "allow: {inline: always, baseline: always, gitleaksignore: client, file: /etc/refward/allow.yaml}\n")
	own := func(file string) *Policy {
		p, err := Overlay(server, ".refward.yaml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for file, want := range map[string]Allow{
		"": {allow.Always, allow.Always, allow.Client, "/etc/refward/allow.yaml"},
		"allow: {inline: client, baseline: never}":                   {allow.Client, allow.Never, allow.Client, "/etc/refward/allow.yaml"},
		"allow: {gitleaksignore: always, file: /home/me/allow.yaml}": {allow.Always, allow.Always, allow.Client, "/etc/refward/allow.yaml"},
		"preset: standard": {allow.Never, allow.Client, allow.Client, "/etc/refward/allow.yaml"},
		"mode: \"off\"\nallow: {gitleaksignore: never}": {allow.Always, allow.Always, allow.Never, "/etc/refward/allow.yaml"},
	} {
		if got := (Stack{server, own(file)}).Allow(); got != want {
			t.Errorf("%q: %+v, want %+v", file, got, want)
		}
	}
	if got := (Stack{}).Allow(); got != (Allow{}) || got.Inline.Counts(true) {
		t.Errorf("without layers: %+v", got)
	}
	// A layer more never trusts more.
	r := rand.New(rand.NewSource(1))
	any := func() allow.Trust { return pick(r, allow.Never, allow.Client, allow.Always, "", "yes") }
	for range 1000 {
		var s Stack
		for range 1 + r.Intn(3) {
			s = append(s, &Policy{Allow: Allow{Inline: any(), Baseline: any(), GitleaksIgnore: any()}})
		}
		few, all := s[:len(s)-1].Allow(), s.Allow()
		if len(s) == 1 {
			few = all
		}
		for _, client := range []bool{true, false} {
			if all.Inline.Counts(client) && !few.Inline.Counts(client) || all.Baseline.Counts(client) && !few.Baseline.Counts(client) ||
				all.GitleaksIgnore.Counts(client) && !few.GitleaksIgnore.Counts(client) {
				t.Fatalf("%+v trusts more than %+v", all, few)
			}
		}
	}
}

func TestAllowIsRead(t *testing.T) {
	for file, want := range map[string]string{
		"allow: {inline: alway}":          `f:1:17: allow.inline: "alway" is none of never, client, always (did you mean "always"?)`,
		"allow: {file: allow.yaml}":       "f:1:9: allow.file: want an absolute path",
		"allow: {base-line: client}":      `did you mean "baseline"?`,
		"allow: {gitleaksignore: honour}": `f:1:25: allow.gitleaksignore: "honour" is none of never, client, always`,
	} {
		_, err := Parse("f", []byte(file))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}
