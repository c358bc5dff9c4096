package policy

import (
	"strings"
	"testing"
)

func TestGateSpecificity(t *testing.T) {
	p := parse(t, "gates:\n  secrets: late\n  secrets/generic: warn\n  secrets/github-pat: skip\n")
	for _, tt := range []struct {
		analyzer, rule, group string
		want                  string
	}{
		{"secrets", "github-pat", "provider", "skip"},
		{"secrets", "github-pat", "generic", "skip"}, // the rule before its group
		{"secrets", "other", "generic", "warn"},
		{"secrets", "other", "provider", "late"}, // "secrets" took the place of the preset's secrets/provider
		{"secrets", "other", "", "late"},
		{"objects", "malformed", "", "block"}, // the preset's
		{"secretsx", "other", "", "block"},    // named by nobody
		{"secret", "s/generic", "", "block"},
	} {
		if got := gateWords(p.Gates.Of(tt.analyzer, tt.rule, tt.group)); got != tt.want {
			t.Errorf("%s/%s (%s): got %s, want %s", tt.analyzer, tt.rule, tt.group, got, tt.want)
		}
	}
	// A finer key leaves its neighbours as the preset has them.
	p = parse(t, "gates:\n  secrets/generic: late\n")
	if got := gateWords(p.Gates.Of("secrets", "x", "provider")) + " " + gateWords(p.Gates.Of("secrets", "x", "generic")); got != "block late" {
		t.Errorf("got %s", got)
	}
}

func TestGateOn(t *testing.T) {
	for _, tt := range []struct {
		gate             Gate
		protected, topic Action
	}{
		{Gate{Protected: Block, Topic: Warn}, Block, Warn},
		{Gate{Protected: Late, Topic: Skip}, Late, Skip},
		{Gate{Protected: Warn, Topic: Block}, Block, Block}, // no file says so; if one did, protecting more refs would loosen
	} {
		if p, q := tt.gate.On(true), tt.gate.On(false); p != tt.protected || q != tt.topic {
			t.Errorf("%v: got %s and %s", tt.gate, p, q)
		}
	}
	if got := stricter("nonsense", Late); got != "nonsense" || got.level() != LevelBlock {
		t.Errorf("an unknown action is milder than late: %s", got)
	}
}

func TestIsProtected(t *testing.T) {
	p := parse(t, `protected: [HEAD, main, "release/*", "team/**", "v?", "[ab]c", "refs/tags/v*", "refs/heads/exact"]`)
	for ref, want := range map[string]bool{
		"refs/heads/trunk":       true, // HEAD's
		"refs/heads/main":        true,
		"refs/heads/mainly":      false,
		"refs/heads/x/main":      false,
		"refs/heads/Main":        false,
		"refs/heads/release/1":   true,
		"refs/heads/release/1/x": false, // * stops at a slash
		"refs/heads/release":     false,
		"refs/heads/team/a":      true,
		"refs/heads/team/a/b/c":  true,
		"refs/heads/teams/a":     false,
		"refs/heads/v1":          true,
		"refs/heads/v10":         false,
		"refs/heads/ac":          true,
		"refs/heads/HEAD":        false, // the name of a branch, not HEAD
		"refs/tags/v1":           true,
		"refs/tags/main":         false, // a branch glob matches no tag
		"refs/heads/exact":       true,
		"refs/heads/v\xff":       true, // raw bytes
		"refs/replace/main":      false,
		"HEAD":                   false,
		"":                       false,
	} {
		if got := p.IsProtected(ref, "refs/heads/trunk"); got != want {
			t.Errorf("%q: got %v", ref, got)
		}
		if got := p.IsProtected(ref, "trunk"); got != want {
			t.Errorf("%q with a short HEAD: got %v", ref, got)
		}
	}
	if p.IsProtected("refs/heads/", "") || p.IsProtected("refs/heads/trunk", "") {
		t.Error("a HEAD that names no branch protects one")
	}
	// Matching stays quick against a glob and a name that are made for each other.
	p = parse(t, `protected: ["`+strings.Repeat("*a", 100)+`b", "`+strings.Repeat("**/", 50)+`x"]`)
	if p.IsProtected("refs/heads/"+strings.Repeat("a", 2000), "") || p.IsProtected("refs/heads/"+strings.Repeat("a/", 1000), "") {
		t.Error("matched")
	}
}

func TestFingerprint(t *testing.T) {
	base := Fingerprint("key", "secrets", "github-pat", "a.txt", "k")
	if len(base) != 32 || strings.Trim(base, "0123456789abcdef") != "" {
		t.Errorf("got %q", base)
	}
	// Held, because records of years compare it.
	if want := "6cdfb404a90d54edabff699adf750e92"; base != want {
		t.Errorf("got %s, want %s", base, want)
	}
	seen := map[string]bool{base: true}
	for _, f := range [][5]string{
		{"key2", "secrets", "github-pat", "a.txt", "k"}, {"key", "secret", "sgithub-pat", "a.txt", "k"},
		{"key", "secrets", "github-pata", ".txt", "k"}, {"key", "secrets", "github-pat", "a.txtk", ""},
		{"key", "secrets", "github-pat", "", "a.txtk"}, {"", "secrets", "github-pat", "a.txt", "k"},
	} {
		fp := Fingerprint(f[0], f[1], f[2], f[3], f[4])
		if seen[fp] {
			t.Errorf("%q: seen before", f)
		}
		seen[fp] = true
	}
}
