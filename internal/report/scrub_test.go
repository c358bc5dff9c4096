package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

func scrubber(secrets ...string) *Scrubber {
	f := policy.Finding{Finding: analyzers.Finding{Secrets: secrets}}
	return NewScrubber(policy.Verdict{Findings: []policy.Finding{f}})
}

func TestScrub(t *testing.T) {
	tests := []struct {
		name    string
		secrets []string
		in      string
		want    string
	}{
		{"none", nil, "hunter2", "hunter2"},
		{"every occurrence", []string{"hunter2"}, "hunter2 xhunter2hunter2", "[redacted] x[redacted]"},
		{"at both ends", []string{"hunter2"}, "hunter2", "[redacted]"},
		{"the longest first", []string{"hunt", "hunter2"}, "a hunter2 hunted", "a [redacted] [redacted]ed"},
		{"overlapping", []string{"abcdef", "defghijk"}, "x abcdefghijk y", "x [redacted] y"},
		{"one inside of another that begins before", []string{"user:hunter2@host", "hunter2"}, "user:hunter2@host hunter2", "[redacted] [redacted]"},
		{"cut short at the end", []string{"hunter2"}, "hunter", "hunter"},
		{"four bytes", []string{"test"}, "a test", "a [redacted]"},
		{"three bytes", []string{"the"}, "the other", "the other"},
		{"blank", []string{"     ", "\n\n\n\n"}, "a      b", "a      b"},
		{"the mark itself", []string{"redacted"}, "it is redacted", "it is redacted"},
		{"white space around", []string{"  hunter2\n"}, "is hunter2.", "is [redacted]."},
		{"lines", []string{"-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhk\n-----END KEY-----"}, "-----BEGIN KEY----- MIIEvQIBADANBg kqhk",
			"-----BEGIN KEY----- [redacted] kqhk"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := scrubber(tt.secrets...).String(tt.in); got != tt.want {
				t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	var none *Scrubber
	if got := none.String("hunter2"); got != "hunter2" {
		t.Errorf("a nil Scrubber makes %q", got)
	}
}

// However a secret is written, it goes.
func TestScrubEncoded(t *testing.T) {
	for _, secret := range []string{`p<a>"s\s &1` + "\tß%/+?" + "\xff", "user:hunter2", `"quoted"`, "\u202ehidden"} {
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		s := scrubber(secret)
		for name, form := range map[string]string{
			"plain":        secret,
			"git's quotes": QuotePath("x" + secret + "\x01"),
			"Go's quotes":  strconv.Quote(secret),
			"Go's ASCII":   fmt.Sprintf("%+q", secret),
			"JSON":         string(quoted),
			"query":        url.QueryEscape(secret),
			"path":         url.PathEscape(secret),
			"lower query":  lowerPercent(url.QueryEscape(secret)),
			"visible":      Visible(secret),
		} {
			got := s.String("<" + form + ">")
			if !strings.Contains(got, Redacted) || len(got) > len(`<"x[redacted]\001">`) {
				t.Errorf("%s: %s becomes %s", name, form, got)
			}
		}
		for offset := range 3 {
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding} {
				around := enc.EncodeToString([]byte(strings.Repeat("a", offset) + secret + "zz"))
				if got := s.String(around); !strings.Contains(got, Redacted) || len(got) > len(Redacted)+9 {
					t.Errorf("base64 at %d: %s becomes %s", offset, around, got)
				}
			}
		}
	}
}

// A short secret goes from the excerpt of its own finding, and from nowhere else.
func TestScrubExcerpt(t *testing.T) {
	f := &analyzers.Finding{Excerpt: "pin = abc, hunter2, red", Secrets: []string{"abc", "red", "hunter2"}}
	if got, want := scrubber(f.Secrets...).Excerpt(f), "pin = [redacted], [redacted], [redacted]"; got != want {
		t.Errorf("the excerpt becomes %q, want %q", got, want)
	}
	other := &analyzers.Finding{Excerpt: "abc"}
	if got := scrubber(f.Secrets...).Excerpt(other); got != "abc" {
		t.Errorf("another finding's excerpt becomes %q", got)
	}
}

// Secrets of findings that the policy dropped are known too.
func TestScrubberKnowsOutcomes(t *testing.T) {
	o := analyzers.Outcome{Result: analyzers.Result{Findings: []analyzers.Finding{{Secrets: []string{"hunter2"}}}}}
	if got := NewScrubber(policy.Verdict{}, o).String("hunter2"); got != Redacted {
		t.Errorf("a dropped finding's secret becomes %q", got)
	}
}

// What an analyzer hides without a finding goes as well, and nothing else does.
func TestScrubberKnowsHidden(t *testing.T) {
	o := analyzers.Outcome{Result: analyzers.Result{Hidden: []string{"hunter2"}}}
	if got := NewScrubber(policy.Verdict{}, analyzers.Outcome{}, o).String("refs/heads/hunter2"); got != "refs/heads/"+Redacted {
		t.Errorf("a hidden text becomes %q", got)
	}
	if got := NewScrubber(policy.Verdict{}, o).String("refs/heads/hunter"); got != "refs/heads/hunter" {
		t.Errorf("another text becomes %q", got)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("hunter2", "ter2abc", "say hunter2abc")
	f.Add("aaaa", "aaaaa", "aaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, a, b, text string) {
		s := scrubber(a, b)
		for _, in := range []string{text, text + a + b, a + text + b, a[:len(a)/2] + b + a} {
			got := s.String(in)
			for _, secret := range []string{a, b} {
				if telling(secret) && strings.Contains(got, secret) {
					t.Errorf("%q is in %q, made of %q", secret, got, in)
				}
			}
		}
	})
}

// telling reports whether a secret is to be redacted everywhere, and can be told from the mark that stands for it.
func telling(secret string) bool {
	return len(secret) >= minSecret && strings.TrimSpace(secret) != "" &&
		!strings.ContainsAny(secret, "[]") && !strings.Contains(Redacted, secret)
}
