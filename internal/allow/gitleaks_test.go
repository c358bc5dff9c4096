package allow

import (
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

var (
	idC = strings.Repeat("c", 40)
	idD = strings.Repeat("d", 40)
)

func TestGitleaksIgnore(t *testing.T) {
	f := analyzers.Finding{Rule: "github-pat", Path: "src/a b.env", Line: 7, Commit: idC}
	for _, tt := range []struct {
		line string
		want bool
	}{
		{"src/a b.env:github-pat:7", true},
		{idC + ":src/a b.env:github-pat:7", true},
		{`src\a b.env:github-pat:7`, true},
		{"  src/a b.env:github-pat:7  \r", true},
		{"# src/a b.env:github-pat:7", false},
		{idD + ":src/a b.env:github-pat:7", false},
		{"src/a b.env:github-pat:8", false},
		{"src/a b.env:github-pta:7", false},
		{"a b.env:github-pat:7", false},
		{"src/*:github-pat:7", false},
		{"ccccccc:src/a b.env:github-pat:7", false}, // gitleaks compares full ids
	} {
		if got := ParseGitleaksIgnore([]byte(tt.line + "\n")).has(&f); got != tt.want {
			t.Errorf("%s: %v", tt.line, got)
		}
	}
	for text, want := range map[string]int{"": 0, "# x\n\n": 0, "x\na:b\n:b:1\na::1\na:b:x\na:b:1\n" + idC + "::b:1": 6} {
		if got := ParseGitleaksIgnore([]byte(text)).Wrong(); got != want {
			t.Errorf("%q: %d wrong lines, want %d", text, got, want)
		}
	}
	inner := analyzers.Finding{Rule: "github-pat", Path: "lib.zip!conf/app.ini", Line: 1}
	if !ParseGitleaksIgnore([]byte("lib.zip!conf/app.ini:github-pat:1")).has(&inner) {
		t.Error("a file in an archive is not found")
	}
	colon := analyzers.Finding{Rule: "github-pat", Path: "a:b", Line: 1}
	if !ParseGitleaksIgnore([]byte("a:b:github-pat:1")).has(&colon) {
		t.Error("a path with a colon is not found")
	}
	message := analyzers.Finding{Rule: "github-pat", Line: 1, Commit: idC}
	if ParseGitleaksIgnore([]byte(idC + ":x:github-pat:1\n")).has(&message) {
		t.Error("a message is taken for a file")
	}
	// Without a commit a finding has no fingerprint with one.
	f.Commit = ""
	if ParseGitleaksIgnore([]byte(idC + ":src/a b.env:github-pat:7")).has(&f) {
		t.Error("any commit will do")
	}
}

func TestGitleaksReport(t *testing.T) {
	report := `[
	{"RuleID": "github-pat", "File": "a", "StartLine": 1, "Commit": "` + idC + `", "Secret": "s1", "Match": "s1"},
	{"RuleID": "teams", "File": "b", "StartLine": 1, "Secret": "part", "Match": "all of it"},
	{"RuleID": "github-pat", "File": "c", "StartLine": 3, "Commit": "` + idC + `", "Secret": "REDACTED", "Match": "REDACTED"},
	{"RuleID": "github-pat", "File": "d", "StartLine": 4, "Secret": "ghp_...", "Match": "ghp_..."},
	{"RuleID": "pkcs12-file", "File": "k.p12", "StartLine": 0, "Secret": "", "Match": "file detected: k.p12"},
	{"RuleID": "github-pat", "File": "gone", "StartLine": 1, "Secret": "s2", "Match": "s2"}]`
	r, err := ParseGitleaksReport([]byte(report))
	if err != nil {
		t.Fatal(err)
	}
	if all, missing, redacted := r.Counts(); all != 6 || missing != 4 || redacted != 2 {
		t.Errorf("before: %d %d %d", all, missing, redacted)
	}
	for _, tt := range []struct {
		f    analyzers.Finding
		want bool
	}{
		{analyzers.Finding{Rule: "github-pat", Path: "a", Key: "s1", Line: 9}, true}, // wherever in the file
		{analyzers.Finding{Rule: "github-pat", Path: "x", Key: "s1", Line: 1}, false},
		{analyzers.Finding{Rule: "github-pat", Path: "a", Key: "s3", Line: 1, Commit: idC}, false}, // another secret in the place
		{analyzers.Finding{Rule: "teams", Path: "b", Key: "all of it"}, true},
		{analyzers.Finding{Rule: "github-pat", Path: "c", Key: "s4", Line: 3, Commit: idC}, true},
		{analyzers.Finding{Rule: "github-pat", Path: "c", Key: "s4", Line: 3, Commit: idD}, false},
		{analyzers.Finding{Rule: "github-pat", Path: "c", Key: "s4", Line: 4, Commit: idC}, false},
		{analyzers.Finding{Rule: "pkcs12-file", Path: "k.p12", Key: "path"}, true},
	} {
		if got := r.Has("secrets", &tt.f); got != tt.want {
			t.Errorf("%+v: %v", tt.f, got)
		}
		if r.Has("dor", &tt.f) {
			t.Errorf("%+v: of another analyzer", tt.f)
		}
	}
	if all, missing, redacted := r.Counts(); all != 6 || missing != 1 || redacted != 1 {
		t.Errorf("after: %d %d %d", all, missing, redacted)
	}
	for _, bad := range []string{"", "{}", `[{"RuleID": "x"}]`, `[{"File": "x"}]`, `{"version": 1}`} {
		if _, err := ParseGitleaksReport([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
