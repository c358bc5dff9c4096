package message

import "strings"

// WithoutSquash takes the marks of git commit --fixup and --squash (git-commit(1)) from the front of a subject, also when they are stacked.
func WithoutSquash(subject string) string {
	for {
		rest := subject
		for _, mark := range []string{"fixup!", "squash!", "amend!"} {
			rest = strings.TrimPrefix(rest, mark)
		}
		if rest = strings.TrimSpace(rest); rest == subject {
			return subject
		}
		subject = rest
	}
}
