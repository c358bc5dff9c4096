package checksum

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
)

// The secrets without a checksum whose form is known: a right one is Unknown, since anybody can make one.

// jwt judges JSON Web Tokens by their header, which is a JSON object in base64url without padding (RFC 7515, sections 3.1 and
// 4; RFC 7519, section 7.2). It must name its algorithm, but tokens of others that are like one, and do not, are secrets too.
func jwt(secret string) string {
	header, _, ok := strings.Cut(secret, ".")
	if !ok || !only(header, tokenCharacter) {
		return Unknown
	}
	text, err := base64.RawURLEncoding.DecodeString(header)
	var object map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &object) != nil {
		return Invalid
	}
	return Unknown
}

// sentry judges tokens of Sentry's organisations: sntrys_PAYLOAD_SECRET, where the payload is a JSON object in base64 that
// says when it was issued (getsentry/sentry, src/sentry/utils/security/orgauthtoken_token.py, parse_token).
func sentry(secret string) string {
	// The rule takes the character after the token for a part of it.
	if n := len(secret); n > 0 && !base64Character(secret[n-1]) {
		secret = secret[:n-1]
	}
	parts := strings.Split(secret, "_")
	if len(parts) != 3 || parts[0] != "sntrys" || !only(parts[1], base64Character) || !only(parts[2], base64Character) {
		return Unknown
	}
	text, err := base64.StdEncoding.DecodeString(parts[1])
	var payload struct {
		Issued float64 `json:"iat"` // seconds since 1970
	}
	if err != nil || json.Unmarshal(text, &payload) != nil || payload.Issued == 0 {
		return Invalid
	}
	return Unknown
}

// pypi judges tokens of PyPI, which are macaroons in the binary format of version 2, in base64url without padding
// (pypi/warehouse, warehouse/macaroons/services.py; rescrv/libmacaroons, doc/format.txt). Who signed one only PyPI knows. One
// that ends too early was perhaps cut by the end of a line, and one with something after it was perhaps glued to it.
func pypi(secret string) string {
	body, ok := strings.CutPrefix(secret, "pypi-")
	if !ok {
		return Unknown
	}
	data, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(data) == 0 {
		return Unknown
	}
	if data[0] != 2 {
		return Invalid
	}
	return macaroon(data[1:])
}

// The types of the fields of a macaroon. Types grow within a section, which fieldEnd ends.
const (
	fieldEnd        = 0
	fieldLocation   = 1
	fieldIdentifier = 2
	fieldKey        = 4
	fieldSignature  = 6
)

// macaroon reads sections of fields: the first names the macaroon, each other one is a caveat, and an empty one stands before
// the signature.
func macaroon(data []byte) string {
	for first := true; ; first = false {
		last := uint64(fieldEnd)
		for {
			kind, n := binary.Uvarint(data)
			if n <= 0 {
				return Unknown
			}
			data = data[n:]
			if kind == fieldEnd {
				break
			}
			if kind <= last || kind != fieldLocation && kind != fieldIdentifier && (kind != fieldKey || first) {
				return Invalid
			}
			last = kind
			size, n := binary.Uvarint(data)
			if n <= 0 || size > uint64(len(data)-n) { // #nosec G115 -- n is at most the length
				return Unknown
			}
			data = data[uint64(n)+size:]
		}
		if last == fieldEnd {
			if first {
				return Invalid
			}
			break
		}
		if last < fieldIdentifier {
			return Invalid
		}
	}
	if len(data) > 0 && data[0] != fieldSignature {
		return Invalid
	}
	return Unknown
}
