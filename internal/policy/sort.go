package policy

import (
	"cmp"
	"slices"
	"strings"
)

// sorted orders findings by place and makes one of those that two layers' runs of an analyzer found alike: the one with
// the strictest level, which keeps the secrets of all.
func sorted(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		if c := compareIdentity(&a, &b); c != 0 {
			return c
		}
		return compareRest(&a, &b)
	})
	var out []Finding
	for i := range found {
		f := &found[i]
		if n := len(out); n > 0 && compareIdentity(&out[n-1], f) == 0 {
			out[n-1].Secrets = union(out[n-1].Secrets, f.Secrets)
			continue
		}
		out = append(out, *f)
	}
	return out
}

// compareIdentity orders by what makes two findings the same thing in the same place.
func compareIdentity(a, b *Finding) int {
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	if c := cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.Analyzer, b.Analyzer), strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Commit, b.Commit), strings.Compare(a.Ref, b.Ref), cmp.Compare(a.EndLine, b.EndLine),
		strings.Compare(a.Key, b.Key))
}

// compareRest orders what is left, the strictest first, so that the outcomes' order never shows.
func compareRest(a, b *Finding) int {
	return cmp.Or(-cmp.Compare(levelRank(a.Level), levelRank(b.Level)), -cmp.Compare(a.Severity, b.Severity),
		strings.Compare(a.Group, b.Group), strings.Compare(a.Validity, b.Validity), strings.Compare(a.Message, b.Message),
		strings.Compare(a.Hint, b.Hint), strings.Compare(a.Excerpt, b.Excerpt), slices.Compare(a.Secrets, b.Secrets),
		strings.Compare(a.Allowed, b.Allowed), strings.Compare(a.Denied, b.Denied), strings.Compare(a.Inline, b.Inline))
}

func levelRank(l Level) int {
	return slices.Index([]Level{LevelInfo, LevelWarn, LevelLate, LevelBlock}, l)
}

// union returns the texts of both, each once. It leaves its arguments, which belong to the analyzers, alone.
func union(a, b []string) []string {
	if slices.Equal(a, b) {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
