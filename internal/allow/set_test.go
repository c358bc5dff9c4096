package allow

import (
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
)

func TestInline(t *testing.T) {
	for _, tt := range []struct{ words, allowed, denied string }{
		{"secrets/github-pat of the sandbox", "inline: of the sandbox", ""},
		{"secrets/provider of the sandbox", "inline: of the sandbox", ""},
		{"secrets of the sandbox", "inline: of the sandbox", ""},
		{"dor,secrets/provider sandbox", "inline: sandbox", ""},
		{"secrets/github-pat", "", "the comment on the line gives no reason: refward:allow secrets/github-pat REASON"},
		{"secrets/github-pat */", "", "the comment on the line gives no reason: refward:allow secrets/github-pat REASON"},
		{"secrets/github-pat - 1 x", "", "the comment on the line gives no reason: refward:allow secrets/github-pat REASON"},
		{"secrets/generic of the sandbox", "", "the comment on the line allows secrets/generic, not secrets/github-pat"},
		{"secret of the sandbox", "", "the comment on the line allows secret, not secrets/github-pat"},
		{"github-pat of the sandbox", "", "the comment on the line allows github-pat, not secrets/github-pat"},
		{"secrets/ of the sandbox", "", "the comment on the line allows secrets/, not secrets/github-pat"},
		{"of the sandbox", "", "the comment on the line allows of, not secrets/github-pat"},
		{analyzers.InlineMark, "", "the comment on the line names no rule and no reason: refward:allow secrets/github-pat REASON"},
	} {
		if yes, no := inline(tt.words, "secrets", "github-pat", "provider"); yes != tt.allowed || no != tt.denied {
			t.Errorf("%s: %q, %q", tt.words, yes, no)
		}
	}
	// A rule without a group is not allowed by what ends in a slash.
	if yes, _ := inline("dor/ of a kind", "dor", "wip", ""); yes != "" {
		t.Error("a group without a name allows")
	}
}

// The administrator's word comes first, then what is known, then the author's; each alone is enough, and none when nothing applies.
func TestOf(t *testing.T) {
	f := analyzers.Finding{Rule: "github-pat", Group: "provider", Path: "a", Line: 3, Commit: strings.Repeat("c", 40), Inline: "secrets of a kind"}
	baseline, err := ParseBaseline([]byte(`{"version": 1, "findings": [{"fingerprint": "` + fpA + `", "rule": "", "path": "", "count": 1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := &Set{Entries: []Entry{{Fingerprint: fpA, Expires: "never", By: "ada", Reason: "of a kind"}}, Baseline: baseline,
		Ignore: ParseGitleaksIgnore([]byte("a:github-pat:3\n")), Inline: Always, Now: time.Unix(0, 0)}
	for _, want := range []string{"allow file, by ada: of a kind", "baseline", ".gitleaksignore", "inline: of a kind", ""} {
		if yes, no := s.Of("secrets", &f, fpA); yes != want || no != "" {
			t.Fatalf("got %q %q, want %q", yes, no, want)
		}
		switch {
		case s.Entries != nil:
			s.Entries = nil
		case s.Baseline != nil:
			s.Baseline = nil
		case s.Ignore != nil:
			s.Ignore = nil
		default:
			f.Inline = ""
		}
	}
	s = &Set{Ignore: ParseGitleaksIgnore([]byte("a:wip:3\n")), Baseline: baseline}
	wip := analyzers.Finding{Rule: "wip", Path: "a", Line: 3}
	if yes, _ := s.Of("dor", &wip, fpB); yes != "" {
		t.Errorf("a list of gitleaks allows what is no secret: %q", yes)
	}
	if yes, no := (*Set)(nil).Of("secrets", &f, fpA); yes != "" || no != "" {
		t.Errorf("no set: %q %q", yes, no)
	}
	// An entry that applies is found behind one that has expired.
	s = &Set{Now: time.Unix(1e9, 0), Entries: []Entry{{Fingerprint: fpA, Expires: "2000-01-01", By: "ada"}, {Fingerprint: fpA, Expires: "never", By: "bob"}}}
	if yes, no := s.Of("secrets", &f, fpA); !strings.HasPrefix(yes, "allow file, by bob") || no != "" {
		t.Errorf("two entries: %q %q", yes, no)
	}
}
