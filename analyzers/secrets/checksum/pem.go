package checksum

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// The beginnings of private keys. A SEQUENCE is how each of ASN.1 begins (RFC 5958, RFC 8017, RFC 5915); OpenSSH has a magic
// word (openssh-portable, PROTOCOL.key).
const (
	asn1Sequence = 0x30
	opensshMagic = "openssh-key-v1\x00"
)

// privateKey judges keys in PEM (RFC 7468). Only what is base64 throughout and then no key at all, such as a line of x, is
// Invalid. A key with a part missing or changed is not: the other numbers of an RSA key give back the one that is lost. Keys
// in the strings of a program, in comments or encrypted by PEM itself are not looked into, nor are those of PGP.
func privateKey(secret string) string {
	head, body, ok := strings.Cut(secret, "-----\n")
	if !ok {
		head, body, ok = strings.Cut(secret, "-----\r\n")
	}
	body, end, ended := strings.Cut(body, "-----END ")
	// A rule that asks for more may have gone on to the next key: then there is more in it than one.
	if !ok || !ended || strings.Contains(secret[1:], "-----BEGIN") || strings.Contains(strings.TrimRight(end, " \t\r\n"), "\n") ||
		strings.Count(end, "-----") != 1 {
		return Unknown
	}
	body = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, body)
	if !only(body, base64Character) {
		return Unknown
	}
	data, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return Unknown
	}
	begins := false
	switch strings.TrimPrefix(head, "-----BEGIN ") {
	case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY":
		begins = len(data) > 0 && data[0] == asn1Sequence
	case "OPENSSH PRIVATE KEY":
		begins = bytes.HasPrefix(data, []byte(opensshMagic))
	default:
		return Unknown
	}
	if !begins {
		return Invalid
	}
	return Unknown
}
