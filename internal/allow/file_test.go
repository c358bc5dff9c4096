package allow

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	fpA = "0123456789abcdef0123456789abcdef"
	fpB = "fedcba9876543210fedcba9876543210"
)

func entry(lines ...string) string {
	return "allow:\n  - " + strings.Join(append([]string{"fingerprint: " + fpA}, lines...), "\n    ") + "\n"
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", ""},
		{"whole", "version: 1\n" + entry("repository: acme/*", "rule: secrets/github-pat", "reason: of a kind", "by: ada", "expires: 2027-01-31"), ""},
		{"without a rule or an end", entry(`repository: "*"`, "reason: of a kind", "by: ada", "expires: never"), ""},
		{"version", "version: 2\n", "f:1:1: version: there is no version 2"},
		{"unknown key", entry(`repository: "*"`, "reason: of a kind", "by: ada", "expires: never", "untill: x"), `f:7:5: unknown key "untill" in allow[0]`},
		{"fingerprint", "allow: [{fingerprint: 1234, repository: a, reason: of a kind, by: ada, expires: never}]", "f:1:23: allow[0].fingerprint: want text"},
		{"short fingerprint", "allow: [{fingerprint: abc, repository: a, reason: of a kind, by: ada, expires: never}]", "want 32 digits"},
		{"no repository", entry("reason: of a kind", "by: ada", "expires: never"), "f:2:5: allow[0].repository: want the repository"},
		{"braces", entry(`repository: "{a,b}"`, "reason: of a kind", "by: ada", "expires: never"), "f:3:5: allow[0].repository: "},
		{"bad glob", entry(`repository: "a[b"`, "reason: of a kind", "by: ada", "expires: never"), "is not a glob"},
		{"rule", entry(`repository: a`, "rule: github-pat", "reason: of a kind", "by: ada", "expires: never"), `"github-pat" is not analyzer/rule`},
		{"no reason", entry(`repository: a`, "by: ada", "expires: never"), "f:2:5: allow[0].reason: want a reason"},
		{"empty reason", entry(`repository: a`, `reason: ""`, "by: ada", "expires: never"), "f:4:5: allow[0].reason: want a reason"},
		{"a dash for a reason", entry(`repository: a`, `reason: "-"`, "by: ada", "expires: never"), "want a reason"},
		{"two lines", entry(`repository: a`, `reason: "a kind\nof"`, "by: ada", "expires: never"), "on one line"},
		{"nobody", entry(`repository: a`, "reason: of a kind", "expires: never"), "f:2:5: allow[0].by: want who decided it"},
		{"no end", entry(`repository: a`, "reason: of a kind", "by: ada"), `f:2:5: allow[0].expires: want the last day`},
		{"not a day", entry(`repository: a`, "reason: of a kind", "by: ada", "expires: 2027-02-30"), `f:6:5: allow[0].expires: want the last day`},
	} {
		f, err := Parse("f", []byte(tt.file))
		switch {
		case tt.want == "" && (err != nil || f == nil):
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || f != nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestFor(t *testing.T) {
	for _, tt := range []struct {
		glob string
		want bool
	}{
		{"*", true}, {"**", true}, {"acme/shop", true}, {"acme/*", true}, {"/srv/git/*.git", true}, {"/srv/**", true},
		{"shop", false}, {"acme", false}, {"acme/Shop", false}, {"/srv/*", false}, {"other/*", false},
	} {
		f := &File{Allow: []Entry{{Repository: tt.glob}}}
		if got := len(f.For([]string{"acme/shop", "/srv/git/shop.git"})) == 1; got != tt.want {
			t.Errorf("%s: %v", tt.glob, got)
		}
		if got := len(f.For([]string{""})) == 1; got != (tt.glob == "*") { // a repository without a name
			t.Errorf("%s for no name: %v", tt.glob, got)
		}
	}
}

func TestExpiry(t *testing.T) {
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, tt := range []struct {
		expires, now string
		want         bool
	}{
		{"2027-01-31", "2027-01-31T23:59:59Z", true},
		{"2027-01-31", "2027-02-01T00:00:00Z", false},
		{"2027-01-31", "2027-02-01T00:30:00+01:00", true}, // it is still the day in UTC
		{"never", "2999-01-01T00:00:00Z", true},
		{"", "2027-01-31T00:00:00Z", false}, // that Parse would refuse
	} {
		e := Entry{Expires: tt.expires, Reason: "of a kind", By: "ada"}
		if yes, no := e.allows("secrets/x", at(tt.now)); (yes != "") != tt.want || (no == "") != tt.want {
			t.Errorf("%+v: %q %q", tt, yes, no)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "allow.yaml")
	good := entry("repository: a", "reason: of a kind", "by: ada", "expires: never")
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := Load(path); err != nil || len(f.Allow) != 1 {
		t.Errorf("a good file: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v", err)
	}
	if err := os.WriteFile(path, []byte(good+"#"+strings.Repeat("x", MaxFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("a huge file: %v", err)
	}
}

// What is drafted is refused until it is filled in, and then read as it was meant.
func TestDraft(t *testing.T) {
	draft := string(Draft([]Known{{Fingerprint: fpA, Rule: "secrets/x", Path: "a b"}, {Fingerprint: fpB, Rule: "secrets/y"}}, []string{"", "/srv/shop.git", "a/shop"}))
	if _, err := Parse("f", []byte(draft)); err == nil || !strings.Contains(err.Error(), "f:9:5: allow[0].by") {
		t.Errorf("not filled in: %v\n%s", err, draft)
	}
	filled := strings.NewReplacer(`reason: ""`, "reason: of a kind", `by: ""`, "by: ada", `expires: ""`, "expires: never").Replace(draft)
	f, err := Parse("f", []byte(filled))
	if err != nil || len(f.Allow) != 2 || f.Allow[1] != (Entry{fpB, "a/shop", "secrets/y", "of a kind", "ada", "never"}) {
		t.Errorf("filled in: %v %+v\n%s", err, f, filled)
	}
	if f, err := Parse("f", Draft(nil, nil)); err != nil || len(f.Allow) > 0 {
		t.Errorf("of nothing: %v", err)
	}
}
