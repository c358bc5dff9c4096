package secrets

import "github.com/refward/refward/analyzers/secrets/checksum"

// validity returns what a secret's own checksum says of it. text[at.start:at.end] is the secret as the rule found it, unless
// it was encoded there: what stands beside it is then not known, and it could be a part of a longer one.
func validity(rule, secret, text string, at span, encoded bool) string {
	if !encoded {
		return checksum.In(rule, text, at.start, at.end)
	}
	if v := checksum.Validity(rule, secret); v != checksum.Invalid {
		return v
	}
	return checksum.Unknown
}
