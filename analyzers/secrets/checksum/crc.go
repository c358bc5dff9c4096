package checksum

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strconv"
	"strings"
)

// The tokens whose last characters are the CRC-32 (IEEE 802.3) of those before them.

const (
	base62Body     = 30 // characters of a token of GitHub or npm that are random
	base62Checksum = 6
)

// gitHub judges classic tokens: "Behind GitHub's new authentication token formats" (GitHub blog, 5 April 2021) says that the
// last six characters are a CRC-32 in base 62, with zeros before it, made for offline checks like this one. That it is of the
// random characters alone, without the prefix, is seen in tokens that were published after they had been revoked.
//
// Tokens without a prefix, of 40 hexadecimal digits, are older; refresh tokens (ghr_) are longer; installation tokens (ghs_)
// become a JWT of about 520 characters from 2026 on (GitHub changelog, 15 May 2026). None of them has this shape. The checksum
// of fine-grained ones (github_pat_) is described nowhere.
func gitHub(secret string) string {
	for _, prefix := range []string{"ghp_", "gho_", "ghu_", "ghs_"} {
		if body, ok := strings.CutPrefix(secret, prefix); ok {
			return base62(body)
		}
	}
	return Unknown
}

// npm judges tokens in the format of September 2021, which is that of GitHub ("Announcing npm's new access token format",
// GitHub blog, 23 September 2021). Older ones are UUIDs.
func npm(secret string) string {
	if body, ok := strings.CutPrefix(secret, "npm_"); ok {
		return base62(body)
	}
	return Unknown
}

func base62(body string) string {
	if len(body) != base62Body+base62Checksum || !only(body, alphanumeric) {
		return Unknown
	}
	return verdict(inBase62(crc32.ChecksumIEEE([]byte(body[:base62Body]))) == body[base62Body:])
}

func inBase62(n uint32) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out [base62Checksum]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = digits[n%62]
		n /= 62
	}
	return string(out[:])
}

// gitLab judges routable tokens, which are PREFIX-PAYLOAD.01.LLCCCCCCC, at first without the version 01: the length of the
// payload and the CRC-32 of all before it, in base 36 (gitlabhq/gitlabhq,
// lib/authn/token_field/generator/routable_token.rb). Older tokens, of 20 characters, have no checksum.
//
// The generator is given the whole prefix of a personal token. Whether that is so of runners, whose tokens have their type
// between the prefix and the payload, was not seen: they are never Invalid.
func gitLab(secret string) string {
	const crc, length = 7, 2
	parts := strings.Split(secret, ".")
	if len(parts) != 2 && (len(parts) != 3 || parts[1] != "01") {
		return Unknown
	}
	head, tail := parts[0], parts[len(parts)-1]
	payload, personal := strings.CutPrefix(head, "glpat-")
	if !personal {
		var runner bool
		if payload, runner = strings.CutPrefix(head, "glrt-"); !runner {
			return Unknown
		}
	}
	if len(payload) < 27 || len(payload) > 300 || !only(payload, tokenCharacter) ||
		len(tail) != length+crc || !only(tail, lowerOrDigit) {
		return Unknown
	}
	sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(secret[:len(secret)-crc]))), 36)
	right := strings.Repeat("0", crc-len(sum))+sum == tail[length:]
	if !right && !personal {
		return Unknown
	}
	return verdict(right)
}

// grafana judges tokens of service accounts: glsa_SECRET_CHECKSUM, where the checksum is the CRC-32 of what stands before it,
// its lowest byte first, in hexadecimal. Grafana refuses any other before it looks the token up (grafana/grafana,
// pkg/components/satokengen/tokengen.go, Decode).
func grafana(secret string) string {
	const prefix, random = len("glsa_"), 32
	if len(secret) != prefix+random+1+8 || secret[:prefix] != "glsa_" || secret[prefix+random] != '_' ||
		!only(secret[prefix:prefix+random], alphanumeric) {
		return Unknown
	}
	sum, err := hex.DecodeString(secret[prefix+random+1:])
	if err != nil {
		return Unknown
	}
	return verdict(binary.LittleEndian.Uint32(sum) == crc32.ChecksumIEEE([]byte(secret[:prefix+random])))
}

// atlassian judges tokens of Atlassian Cloud, which end in "=" and the CRC-32 of all before it, the sign included, in upper
// case hexadecimal. Atlassian does not say so; others found it out (the crate dd-sensitive-data-scanner,
// atlassian_token_checksum.rs). So a wrong one proves nothing.
func atlassian(secret string) string {
	const crc = 8
	at := len(secret) - crc
	if at < 1 || !strings.HasPrefix(secret, "ATATT3") || secret[at-1] != '=' {
		return Unknown
	}
	sum, err := hex.DecodeString(secret[at:])
	if err == nil && binary.BigEndian.Uint32(sum) == crc32.ChecksumIEEE([]byte(secret[:at])) {
		return Valid
	}
	return Unknown
}
