package identity

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/refward/refward/internal/signed"
)

// The bounds of what is read.
const (
	maxSigners = 4 << 20  // bytes of a file of allowed signers, revoked keys or people
	maxKeyring = 16 << 20 // bytes of armored keys
)

// A signer is one line of a file of allowed signers.
type signer struct {
	principals    string // a list of patterns
	authority     bool   // the key signs certificates, not objects
	namespaces    string // a list of patterns; "" = any
	after, before time.Time
}

// Signers says who may sign, as ssh-keygen(1), "ALLOWED SIGNERS", describes it. The zero Signers is nobody.
type Signers struct {
	lines map[string][]signer // by the key's bytes
	count int
}

// Len returns the number of lines that name a key.
func (s *Signers) Len() int { return s.count }

// ParseSigners reads a file of allowed signers; name is for messages. Dates without Z are of the machine's time zone. It is stricter than ssh-keygen, which passes over
// a line that it does not understand: an option that does not count is a limit that was meant to.
func ParseSigners(name string, data []byte) (*Signers, error) {
	if len(data) > maxSigners {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxSigners)
	}
	s := &Signers{lines: map[string][]signer{}}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.Trim(string(line), " \t\r\n")
		if text == "" || text[0] == '#' {
			continue
		}
		key, who, err := parseSigner(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		s.lines[key] = append(s.lines[key], who)
		s.count++
	}
	return s, nil
}

func parseSigner(line string) (key string, who signer, err error) {
	principals, rest, err := word(line)
	if err != nil {
		return "", who, err
	}
	if who.principals = strings.ReplaceAll(principals, `"`, ""); who.principals == "" || slices.Contains(strings.Split(who.principals, ","), "") {
		return "", who, errors.New("a principal is empty")
	}
	if !signed.Inline(rest) {
		options, after, err := word(rest)
		if err != nil {
			return "", who, err
		}
		if !signed.Inline(after) {
			return "", who, errors.New(`want principals, maybe options, and a key: "ada@example.com namespaces=\"git\" ssh-ed25519 AAAA…"`)
		}
		if err := who.options(options); err != nil {
			return "", who, err
		}
		rest = after
	}
	keys, err := signed.ParseKeys("key", []byte(rest))
	if err != nil {
		return "", who, err
	}
	return string(keys[0].Public().Marshal()), who, nil
}

// word cuts off what stands before the first blank outside of double quotes.
func word(text string) (first, rest string, err error) {
	quoted := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return text[:i], strings.TrimLeft(text[i:], " \t"), nil
		}
	}
	if quoted {
		return "", "", errors.New("a quote is not closed")
	}
	return text, "", nil
}

// options reads the options of a line: a comma between them, names in any case, values in double quotes.
func (who *signer) options(text string) error {
	for first := true; first || text != ""; first = false {
		name, value, rest, err := option(text)
		if err != nil {
			return err
		}
		switch name = strings.ToLower(name); name {
		case "cert-authority":
			who.authority = true
		case "namespaces":
			if who.namespaces != "" {
				return errors.New("namespaces are given twice")
			}
			if who.namespaces = value; value == "" {
				return errors.New("namespaces are empty")
			}
		case "valid-after", "valid-before":
			at := &who.after
			if name == "valid-before" {
				at = &who.before
			}
			if !at.IsZero() {
				return fmt.Errorf("%s is given twice", name)
			}
			if *at, err = parseTime(value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		default:
			return fmt.Errorf("there is no option %.40q", name)
		}
		text = rest
	}
	if !who.after.IsZero() && !who.before.IsZero() && !who.before.After(who.after) {
		return errors.New("valid-before is not later than valid-after")
	}
	return nil
}

// option cuts off the first of several options.
func option(text string) (name, value, rest string, err error) {
	end := strings.IndexAny(text, ",=")
	if end < 0 {
		end = len(text)
	}
	name, rest = text[:end], text[end:]
	valued := name != "" && !strings.EqualFold(name, "cert-authority")
	if valued {
		after, ok := strings.CutPrefix(rest, `="`)
		end := strings.IndexByte(after, '"')
		if !ok || end < 0 || strings.Contains(after[:max(end, 0)], `\`) {
			return "", "", "", fmt.Errorf("%.40s: want a value in double quotes: %s=\"…\"", name, strings.ToLower(name))
		}
		value, rest = after[:end], after[end+1:]
	}
	if rest == "" {
		return name, value, "", nil
	}
	if rest[0] != ',' || rest == "," {
		return "", "", "", fmt.Errorf("want a comma and another option behind %.40q", name)
	}
	return name, value, rest[1:], nil
}

// parseTime reads YYYYMMDD, YYYYMMDDHHMM and YYYYMMDDHHMMSS, of UTC with a Z behind.
func parseTime(text string) (time.Time, error) {
	place := time.Local
	digits := text
	if n := len(text); n > 0 && (text[n-1] == 'Z' || text[n-1] == 'z') {
		digits, place = text[:n-1], time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) == len(layout) && strings.Trim(digits, "0123456789") == "" {
			if t, err := time.ParseInLocation(layout, digits, place); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time: want YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with a Z for UTC", text)
}

// matchList reports whether text matches a list of patterns with commas between, as ssh_config(5), "PATTERNS", has it: one that is negated with !
// and matches decides.
func matchList(text, patterns string) bool {
	found := false
	for pattern := range strings.SplitSeq(patterns, ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if !match(text, pattern) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

// match compares with a pattern of * and ?, in time that grows with the product of the lengths at most.
func match(text, pattern string) bool {
	at, star, mark := 0, -1, 0
	p := 0
	for at < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, at
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[at]):
			p++
			at++
		case star >= 0:
			mark++
			p, at = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
