package analyzerstest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"
)

var alphabets = map[string]string{
	"alnum":  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	"lower":  "0123456789abcdefghijklmnopqrstuvwxyz",
	"base32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
	"hex":    "0123456789abcdef",
	"digit":  "0123456789",
}

// Fake returns prefix followed by n characters of an alphabet (alnum, lower, base32, hex or digit; any other text is
// itself the alphabet). They look random and are always the same for the same arguments; salt makes others. Tokens of GitHub
// and npm have the checksum that real ones have, since one that is wrong is known for what it is.
func Fake(prefix, alphabet string, n int, salt ...string) string {
	set := alphabets[alphabet]
	if set == "" {
		set = alphabet
	}
	out := []byte(prefix)
	for i := 0; len(out) < len(prefix)+n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d|%s|%d", prefix, alphabet, n, strings.Join(salt, " "), i))
		for _, b := range sum {
			out = append(out, set[int(b)%len(set)])
		}
	}
	out = out[:len(prefix)+n]
	switch prefix {
	case "ghp_", "gho_", "ghu_", "ghs_", "npm_":
		if n == 36 {
			addChecksum(out[len(prefix):])
		}
	}
	return string(out)
}

// addChecksum puts the CRC-32 of what stands before the last six characters into these, in base 62.
func addChecksum(body []byte) {
	at := len(body) - 6
	sum := crc32.ChecksumIEEE(body[:at])
	for i := len(body) - 1; i >= at; i-- {
		body[i] = alphabets["alnum"][sum%62]
		sum /= 62
	}
}

// Other uses of ${ in a text, such as a shell's, stay as they are.
var placeholderRE = regexp.MustCompile(`\$\{((?:base64 )?fake [^}]*|"(?:[^"\\]|\\.)*")\}`)

// expand replaces the placeholders of a text.
func expand(text string) (string, error) {
	var bad error
	out := placeholderRE.ReplaceAllStringFunc(text, func(s string) string {
		value, err := placeholder(s[2 : len(s)-1])
		if err != nil && bad == nil {
			bad = fmt.Errorf("placeholder %s: %w", s, err)
		}
		return value
	})
	return out, bad
}

func placeholder(s string) (string, error) {
	if s[0] == '"' {
		return strconv.Unquote(s)
	}
	s, encoded := strings.CutPrefix(s, "base64 ")
	word := strings.Fields(s)
	if len(word) < 4 {
		return "", fmt.Errorf("want prefix, alphabet and length")
	}
	n, err := strconv.Atoi(word[3])
	if err != nil {
		return "", err
	}
	value := Fake(word[1], word[2], n, word[4:]...)
	if encoded {
		value = base64.StdEncoding.EncodeToString([]byte(value))
	}
	return value, nil
}
