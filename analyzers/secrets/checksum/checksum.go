package checksum

// The answers, as analyzers.Finding.Validity has them.
const (
	Valid   = "valid"   // its checksum is right
	Invalid = "invalid" // its checksum, or the form that its issuer insists on, is wrong
	Unknown = "unknown" // it has neither, or not all of it was seen
)

// A format is what is known about the secrets of a rule.
type format struct {
	// judge answers for one whole secret. What is not exactly of the shape that it knows is Unknown.
	judge func(secret string) string

	// belongs reports whether a character may be a part of such a secret, so that one beside it leaves open where the
	// secret begins or ends. nil: the secret says itself where that is.
	belongs func(c byte) bool
}

// formatOf returns what is known about the secrets that a stock rule of gitleaks finds.
func formatOf(ruleID string) (f format, known bool) {
	switch ruleID {
	case "github-pat", "github-oauth", "github-app-token", "github-refresh-token":
		return format{gitHub, tokenCharacter}, true
	case "npm-access-token":
		return format{npm, tokenCharacter}, true
	case "gitlab-pat", "gitlab-pat-routable", "gitlab-runner-authentication-token", "gitlab-runner-authentication-token-routable":
		return format{gitLab, tokenCharacter}, true
	case "grafana-service-account-token":
		return format{grafana, tokenCharacter}, true
	case "atlassian-api-token":
		return format{atlassian, tokenCharacter}, true
	case "age-secret-key":
		return format{age, tokenCharacter}, true
	case "jwt":
		return format{jwt, tokenCharacter}, true
	case "pypi-upload-token":
		return format{pypi, tokenCharacter}, true
	case "sentry-org-token":
		return format{sentry, nil}, true
	case "private-key":
		return format{privateKey, nil}, true
	}
	return format{}, false
}

// Validity judges a secret that stands by itself. Of one that was found in a text, ask [In].
func Validity(ruleID, secret string) string {
	f, known := formatOf(ruleID)
	if !known {
		return Unknown
	}
	return f.judge(secret)
}

// maxToken is how long a token may be, in bytes, to be looked at as a whole. GitLab's longest has 316, GitHub's from 2026
// on about 520.
const maxToken = 4096

// In judges the secret text[start:end]. A rule may see a part only: most patterns of gitleaks match a fixed number of
// characters, whatever comes after them. So the secret is taken on to where the token ends, and what cannot be told apart from
// its surroundings is never Invalid. Offsets outside of the text give Unknown.
func In(ruleID, text string, start, end int) string {
	f, known := formatOf(ruleID)
	if !known || start < 0 || end > len(text) || start >= end {
		return Unknown
	}
	if f.belongs == nil {
		return f.judge(text[start:end])
	}
	limit := min(len(text), start+maxToken)
	for end < limit && f.continues(text, end) {
		end++
	}
	if end == start+maxToken {
		return Unknown
	}
	answer := f.judge(text[start:end])
	if answer == Invalid && start > 0 && f.belongs(text[start-1]) {
		// The token may begin before the match: an instance of GitLab can put a prefix of its own before glpat-.
		return Unknown
	}
	return answer
}

// continues reports whether a token goes on at an offset. A dot belongs to it only between other characters of it, since
// one also ends a sentence.
func (f format) continues(text string, at int) bool {
	if text[at] != '.' {
		return f.belongs(text[at])
	}
	return at > 0 && f.belongs(text[at-1]) && at+1 < len(text) && f.belongs(text[at+1])
}

// tokenCharacter reports whether c is a letter, a digit, a dash or an underscore.
func tokenCharacter(c byte) bool { return alphanumeric(c) || c == '-' || c == '_' }

// base64Character reports whether c is of the standard alphabet of base64 (RFC 4648, section 4).
func base64Character(c byte) bool { return alphanumeric(c) || c == '+' || c == '/' || c == '=' }

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

func lowerOrDigit(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' }

// only reports whether s is not empty and has no other characters than those that are allowed.
func only(s string, allowed func(byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return s != ""
}

// verdict is the answer of a checksum on which the issuer insists.
func verdict(right bool) string {
	if right {
		return Valid
	}
	return Invalid
}
