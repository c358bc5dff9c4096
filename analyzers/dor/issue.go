package dor

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hasIssue reports whether the message names an issue.
func (k *checker) hasIssue(message string) bool {
	for _, m := range k.patterns {
		// In one long URL the cost stays linear, since each word is asked about its scheme once: the matches after it in the same word are
		// in the same URL.
		end := 0
		for start, stop := range m.all(message) {
			if start < end || !k.isKey(message, start, stop) {
				continue
			}
			if !inURL(message, start) {
				return true
			}
			if end = strings.IndexFunc(message[start:], unicode.IsSpace); end < 0 {
				break
			}
			end += start
		}
	}
	for range k.elsewhere(message) {
		return true
	}
	return false
}

func (k *checker) isIssue(message string, start, end int) bool {
	return k.isKey(message, start, end) && !inURL(message, start)
}

// keyRE is the shape of a key for which projects and notProjects count.
var keyRE = regexp.MustCompile(`^([A-Z][A-Z0-9]+)-\d+$`)

// isKey reports whether message[start:end] stands for itself and is not known to be something else.
func (k *checker) isKey(message string, start, end int) bool {
	if joined(message, start, end) {
		return false
	}
	key := message[start:end]
	// #0, and #000 the colour, are no issues.
	if digits := strings.TrimLeft(key, "#"); strings.Trim(digits, "0") == "" {
		return false
	}
	m := keyRE.FindStringSubmatch(key)
	if m == nil {
		return true
	}
	if len(k.projects) > 0 {
		return k.projects[m[1]]
	}
	return !notProjects[m[1]]
}

// joined reports whether message[start:end] is a part of something longer: a word, a path, CVE-2024-1, 8859-1.2,
// &#39; or an anchor.
func joined(message string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(message[:start])
	if start > 0 && (word(before) || strings.ContainsRune("-/.#&@", before)) {
		return true
	}
	after, size := utf8.DecodeRuneInString(message[end:])
	if size == 0 {
		return false
	}
	if word(after) {
		return true
	}
	beyond, _ := utf8.DecodeRuneInString(message[end+size:])
	return after == '-' && word(beyond) || after == '.' && unicode.IsDigit(beyond)
}

// inURL reports whether a scheme stands before start in the same word.
func inURL(message string, start int) bool {
	begin := strings.LastIndexFunc(message[:start], unicode.IsSpace) + 1
	return strings.Contains(message[begin:start], "://")
}
