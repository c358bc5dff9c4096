package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy"
)

// Redacted stands where a secret stood.
const Redacted = "[redacted]"

const (
	// minSecret is the shortest text that is redacted wherever it occurs: a password of three letters is part of half
	// the words of a report, which would say nothing any more, and whose gaps would tell what the secret is.
	minSecret = 4 // bytes

	// minLine and minEncoded are the shortest single line of a secret of several lines, and the shortest encoded form,
	// that are redacted on their own: what is shorter is not telling and occurs by chance.
	minLine    = 12 // bytes
	minEncoded = 6  // bytes
)

// A Scrubber replaces secrets in text that leaves the process. It knows each secret as it is, line by line, and as
// git, Go, JSON, HTML, URLs and base64 write it. It is safe for concurrent use; nil is a Scrubber that knows none.
type Scrubber struct {
	needles map[string]bool
	// lengths holds, by their first minSecret bytes, how long the needles are. Unlike an automaton over all needles its
	// size is that of the needles themselves, so that a push full of secrets does not exhaust the memory of the gate.
	lengths map[string][]int // descending
}

// NewScrubber returns a Scrubber for the secrets of all findings, those of the verdict, and those of the outcomes, of
// which policy may have dropped some, and for what the outcomes hide without a finding.
func NewScrubber(v policy.Verdict, outcomes ...analyzers.Outcome) *Scrubber {
	secrets := map[string]bool{}
	for i := range v.Findings {
		collect(secrets, &v.Findings[i].Finding)
	}
	for i := range outcomes {
		for j := range outcomes[i].Result.Findings {
			collect(secrets, &outcomes[i].Result.Findings[j])
		}
		for _, s := range outcomes[i].Result.Hidden {
			secrets[s] = true
		}
	}
	s := &Scrubber{needles: map[string]bool{}, lengths: map[string][]int{}}
	for secret := range secrets {
		for _, form := range forms(secret) {
			s.needles[form] = true
		}
	}
	for form := range s.needles {
		if head := form[:minSecret]; !slices.Contains(s.lengths[head], len(form)) {
			s.lengths[head] = append(s.lengths[head], len(form))
		}
	}
	for _, l := range s.lengths {
		slices.Sort(l)
		slices.Reverse(l)
	}
	return s
}

func collect(secrets map[string]bool, f *analyzers.Finding) {
	for _, s := range f.Secrets {
		secrets[s] = true
	}
}

// String returns text with every secret of 4 bytes and more replaced by [Redacted]; secrets that overlap, by a single one.
func (s *Scrubber) String(text string) string {
	if s == nil || len(s.needles) == 0 {
		return text
	}
	var b strings.Builder
	start, end := 0, 0 // the secret that was found last; text before start is written
	for i := 0; i+minSecret <= len(text); i++ {
		for _, n := range s.lengths[text[i:i+minSecret]] {
			if i+n > len(text) || !s.needles[text[i:i+n]] {
				continue
			}
			if i > end || end == 0 {
				b.WriteString(redact(text, start, end))
				b.WriteString(text[end:i])
				start = i
			}
			end = max(end, i+n)
			break // the longest comes first
		}
	}
	b.WriteString(redact(text, start, end))
	b.WriteString(text[end:])
	return b.String()
}

func redact(text string, start, end int) string {
	if start == end {
		return ""
	}
	return Redacted
}

// Excerpt is String for the excerpt of a finding, in which the finding's own secrets go however short they are.
func (s *Scrubber) Excerpt(f *analyzers.Finding) string {
	text := s.String(f.Excerpt)
	for _, secret := range f.Secrets {
		if len(secret) < minSecret && strings.TrimSpace(secret) != "" {
			parts := strings.Split(text, Redacted)
			for i := range parts {
				parts[i] = strings.ReplaceAll(parts[i], secret, Redacted)
			}
			text = strings.Join(parts, Redacted)
		}
	}
	return text
}

// forms returns what a secret looks like where it may turn up, without what is too short to be told from other text.
func forms(secret string) []string {
	var out []string
	add := func(least int, form string) {
		if len(form) >= least && strings.TrimSpace(form) != "" && !strings.Contains(Redacted, form) {
			out = append(out, form)
		}
	}
	plain := []string{secret, strings.TrimSpace(secret)}
	if lines := strings.Split(secret, "\n"); len(lines) > 1 {
		for _, l := range lines {
			// The armour of a key ("-----BEGIN …") is no secret, and its name is in messages.
			if l = strings.TrimSpace(l); len(l) >= minLine && !strings.HasPrefix(l, "-----") {
				plain = append(plain, l)
			}
		}
	}
	for _, p := range plain {
		escaped, _ := json.Marshal(p) // a string always encodes
		for _, form := range []string{
			p, Visible(p), visibleBlock(p), html.EscapeString(p), unwrap(QuotePath(p)),
			unwrap(strconv.Quote(p)), unwrap(strconv.QuoteToASCII(p)), unwrap(string(escaped)),
		} {
			add(minSecret, form)
		}
		for _, form := range []string{url.QueryEscape(p), url.PathEscape(p), percentEncode(p)} {
			add(minSecret, form)
			add(minSecret, lowerPercent(form))
		}
		for offset := range 3 {
			add(minEncoded, base64Core(base64.RawStdEncoding, p, offset))
			add(minEncoded, base64Core(base64.RawURLEncoding, p, offset))
		}
	}
	return out
}

// unwrap takes the double quotes off a quoted text.
func unwrap(s string) string {
	if len(s) >= 2 && s[0] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// base64Core returns the characters that depend on nothing but p when p stands offset bytes into a group of three.
func base64Core(enc *base64.Encoding, p string, offset int) string {
	e := enc.EncodeToString([]byte(fmt.Sprintf("%*s%s", offset, "", p)))
	if (offset+len(p))%3 != 0 {
		e = e[:len(e)-1] // its low bits belong to what follows
	}
	return e[min(len(e), []int{0, 2, 3}[offset]):]
}

// lowerPercent returns an URL-encoded text with the hexadecimal digits of its escapes in lower case.
func lowerPercent(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}
