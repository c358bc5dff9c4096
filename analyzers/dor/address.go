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

// counts reports whether one of the patterns matches the whole key.
func (k *checker) counts(key string) bool {
	for _, re := range k.patterns {
		if at := re.FindStringIndex(key); at != nil && at[0] == 0 && at[1] == len(key) && k.isKey(key, 0, len(key)) {
			return true
		}
	}
	return false
}
