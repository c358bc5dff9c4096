package dor

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// numbered are what trackers have in the path of an issue's address in front of its number: GitHub and Gitea, GitLab, Bitbucket. A
// request to merge has the same numbers, and counts where #12 does.
var numbered = map[string]bool{
	"issues": true, "pull": true, "pulls": true, "merge_requests": true, "work_items": true, "pull-requests": true,
}

// addressed yields the keys of the issues whose addresses the message has: https://…/issues/12 names #12, and https://…/browse/ABC-1 names
// ABC-1. Nothing else in a URL names an issue: its other numbers and words are anybody's.
func addressed(message string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := 0; ; {
			i := strings.Index(message[at:], "://")
			if i < 0 {
				return
			}
			start := at + i + len("://")
			end := strings.IndexFunc(message[start:], unicode.IsSpace)
			if end < 0 {
				end = len(message) - start
			}
			at = start + end // the rest of the word is the same URL
			last := ""
			for part := range strings.SplitSeq(message[start:at], "/") {
				if key := addressee(last, part); key != "" && !yield(key) {
					return
				}
				last = part
			}
		}
	}
}

// qualified yields the keys of the issues that the message names with their project, as owner/name#12: "#12". GitHub, Gitea and GitLab make a
// link of it.
func qualified(message string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for at := 0; ; {
			i := strings.IndexByte(message[at:], '#')
			if i < 0 {
				return
			}
			hash := at + i
			start, slash := hash, -1
			for start > at && (message[start-1] == '/' || nameByte(message[start-1])) {
				if start--; message[start] == '/' && slash < 0 {
					slash = start
				}
			}
			at = hash + 1
			// Each part of the path has a name, and no scheme, mail address or word of another script is in front of it.
			path := message[start:hash]
			before, _ := utf8.DecodeLastRuneInString(message[:start])
			if slash < 0 || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") ||
				start > 0 && (word(before) || before == '@' || before == '#') || inURL(message, hash) {
				continue
			}
			if key := addressee("issues", message[at:]); key != "" && !yield(key) {
				return
			}
		}
	}
}

// nameByte reports whether owners and repositories have it in their names.
func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || upper(c) || digit(c) || c == '-' || c == '_' || c == '.'
}

// addressee returns the key with which a part of a path begins, when the part before it says that one comes, or "".
func addressee(before, part string) string {
	n, key := 0, ""
	switch {
	case numbered[before]:
		for n < len(part) && digit(part[n]) {
			n++
		}
		if key = "#" + part[:n]; n == 0 {
			return ""
		}
	case before == "browse":
		keys(part, func(from, to int) bool {
			if from == 0 {
				n, key = to, part[:to]
			}
			return false
		})
	}
	if next, _ := utf8.DecodeRuneInString(part[n:]); n < len(part) && (next == '-' || word(next)) {
		return ""
	}
	return key
}

// elsewhere yields the keys that count of the issues that a message names by where they are, and which may be those of another project.
func (k *checker) elsewhere(message string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range []iter.Seq[string]{qualified(message), addressed(message)} {
			for key := range list {
				if k.counts(key) && !yield(key) {
					return
				}
			}
		}
	}
}

// counts reports whether one of the patterns matches the whole key.
func (k *checker) counts(key string) bool {
	for _, re := range k.patterns {
		if at := re.FindStringIndex(key); at != nil && at[0] == 0 && at[1] == len(key) && k.isKey(key, 0, len(key)) {
			return true
		}
	}
	return false
}
