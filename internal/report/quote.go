package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The single-letter escapes of git's C-style quoting, in git's own table (quote.c, cq_lookup).
const (
	cBytes   = "\a\b\t\n\v\f\r\"\\"
	cLetters = `abtnvfr"\`
)

// QuotePath returns a path as git prints it with core.quotePath=true (git-config(1), "core.quotePath"): unchanged when it
// is plain, else in double quotes with control characters, quotes, backslashes and bytes of 0x80 and more escaped.
func QuotePath(raw string) string {
	var b strings.Builder
	for i := range len(raw) {
		c := raw[i]
		if n := strings.IndexByte(cBytes, c); n >= 0 {
			b.WriteByte('\\')
			b.WriteByte(cLetters[n])
		} else if c < ' ' || c >= 0x7f {
			fmt.Fprintf(&b, `\%03o`, c)
		} else {
			b.WriteByte(c)
		}
	}
	if b.Len() == len(raw) {
		return raw
	}
	return `"` + b.String() + `"`
}

// UnquotePath returns the raw bytes of a path that QuotePath or git printed.
func UnquotePath(quoted string) (string, error) {
	if !strings.HasPrefix(quoted, `"`) {
		return quoted, nil
	}
	body, ok := strings.CutSuffix(quoted[1:], `"`)
	if !ok {
		return "", fmt.Errorf("unquote path %s: no closing quote", quoted)
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		if body[i] == '"' {
			return "", fmt.Errorf("unquote path %s: quote at byte %d is not escaped", quoted, i+1)
		}
		if body[i] != '\\' {
			b.WriteByte(body[i])
			continue
		}
		i++
		if i == len(body) {
			return "", fmt.Errorf("unquote path %s: escape without an end", quoted)
		}
		if n := strings.IndexByte(cLetters, body[i]); n >= 0 {
			b.WriteByte(cBytes[n])
			continue
		}
		n, err := strconv.ParseUint(body[i:min(i+3, len(body))], 8, 8)
		if err != nil || i+3 > len(body) {
			return "", fmt.Errorf("unquote path %s: unknown escape at byte %d", quoted, i)
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), nil
}

// invisible holds what changes how the text around it looks: controls (C0, DEL, C1), formatting such as bidi overrides
// and zero-width joiners, line and paragraph separators.
var invisible = []*unicode.RangeTable{unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp}

// ciCommand matches what a CI runner would take for a command anywhere in a line that it logs: "##[set-output …]" of
// GitHub Actions, "##vso[…]" of Azure Pipelines, "##teamcity[…]".
var ciCommand = regexp.MustCompile(`##(\w*\[)`)

// Visible returns s as one line that is safe to print: control and formatting characters and invalid UTF-8 become
// escapes such as \n, \x1b, \u202e and \xff, and text that a CI runner would obey is broken up. The result is meant for
// eyes: a backslash that was there before is not escaped. Visible(Visible(s)) == Visible(s).
func Visible(s string) string { return visible(s, "") }

// visible is Visible for text that keeps the given control characters.
func visible(s, keep string) string {
	if strings.Contains(s, "##") {
		s = ciCommand.ReplaceAllString(s, `#\x23$1`)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !unicode.In(r, invisible...) || strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteString(map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}[r])
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return b.String()
}

// visibleBlock is Visible for text of several lines: line ends and tabs stay.
func visibleBlock(s string) string {
	return visible(strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), "\n\t")
}

// shellQuote returns a word as a POSIX shell reads it back, or "" when what was pushed cannot be written into a command
// that somebody copies: it is not plain text, or part of it is redacted.
func shellQuote(raw string) string {
	switch {
	case raw == "" || Visible(raw) != raw || strings.Contains(raw, Redacted):
		return ""
	case plainWord.MatchString(raw):
		return raw
	}
	return "'" + strings.ReplaceAll(raw, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./@%+:,][A-Za-z0-9_./@%+:,=-]*$`)

// percentEncode returns raw as a relative URI reference (RFC 3986, section 3.3): everything but unreserved characters
// and the slashes between segments is encoded, so that no path reads as a scheme, a host or a query.
func percentEncode(raw string) string {
	var b strings.Builder
	for i := range len(raw) {
		c := raw[i]
		switch {
		case c == '/' && strings.Trim(raw[:i], "/") != "",
			'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
