package allow

import (
	"slices"
	"time"

	"github.com/refward/refward/analyzers"
)

// A Trust is where something counts that the author of a change can write.
type Trust string

// The trusts, from the strictest. What is none of them counts as Never.
const (
	Never  Trust = "never"
	Client Trust = "client" // in a developer's hooks, and in "refward check" in a clone
	Always Trust = "always" // on the server too
)

// Choices lists the trusts, from the strictest.
func (Trust) Choices() []string { return []string{string(Never), string(Client), string(Always)} }

// Counts reports whether what is trusted so counts; client says whether the place is a developer's.
func (t Trust) Counts(client bool) bool { return t == Always || t == Client && client }

// Stricter returns the stricter of two trusts.
func Stricter(a, b Trust) Trust {
	if a.rank() < b.rank() {
		return a
	}
	return b
}

func (t Trust) rank() int { return max(0, slices.Index(t.Choices(), string(t))) }

// A Set is what may stay, in one judgement. The zero Set allows nothing. It is safe for concurrent use.
type Set struct {
	Entries  []Entry         // of the administrator's file, those for this repository
	Baseline *Baseline       // nil when there is none, or none that counts
	Ignore   *GitleaksIgnore // likewise
	Inline   Trust           // of the comments on lines
	Client   bool            // the place is a developer's
	Now      time.Time       // decides what has expired
}

// GroupUnexamined is the group of findings that nothing but the administrator's file may allow: content that nobody could look at.
const GroupUnexamined = "unexamined"

// Of says why a finding may stay, in a few words, or why what seems to allow it does not. At most one of the two is not "". Both may
// quote the author of the change.
func (s *Set) Of(analyzer string, f *analyzers.Finding, fingerprint string) (allowed, denied string) {
	if s == nil {
		return "", ""
	}
	rule := analyzer + "/" + f.Rule
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Fingerprint != fingerprint {
			continue
		}
		yes, no := e.allows(rule, s.Now)
		if yes != "" {
			return yes, ""
		}
		denied = no
	}
	if f.Group == GroupUnexamined {
		return "", denied
	}
	switch {
	case s.Baseline.has(fingerprint):
		return "baseline", ""
	case analyzer == "secrets" && s.Ignore.has(f):
		return GitleaksIgnoreName, ""
	}
	if f.Inline == "" {
		return "", denied
	}
	yes, no := inline(f.Inline, analyzer, f.Rule, f.Group)
	switch {
	case yes != "" && s.Inline.Counts(s.Client):
		return yes, ""
	case denied != "":
	case yes != "" && s.Inline == Client:
		denied = "a comment on the line counts in a clone only (the policy's allow.inline)"
	case yes != "":
		denied = "a comment on the line does not count (the policy's allow.inline)"
	default:
		denied = no
	}
	return "", denied
}
