package ruleset

import (
	"regexp/syntax"
	"slices"
)

// A Group says how a rule knows a secret. Policy can treat the two in different ways.
type Group string

// The groups of rules.
const (
	Provider Group = "provider" // by its own shape, such as the prefix ghp_
	Personal Group = "personal" // no secret of a program's, but what is personal to somebody
	Generic  Group = "generic"  // by what stands around it, such as a variable's name, and therefore erring more often
)

// minMark is the length, in characters, of the fixed text that a secret must have in itself for its rule to be of the
// group "provider". With three, hf_ and SG. are marks, and the dashes of a UUID or the SK of any base64 text are not.
const minMark = 3

// reviewed are the stock rules whose group is not the one that their pattern suggests.
var reviewed = map[string]Group{
	"jwt":                    Generic,  // a format, not a provider; documentation and tests are full of harmless ones
	"jwt-base64":             Generic,  // the same
	"azure-ad-client-secret": Provider, // its mark, a digit and Q~ at the fourth place, is short but peculiar
	"sidekiq-sensitive-url":  Provider, // the user part of a URL of one host: the mark stands around the secret
	"atlassian-api-token":    Provider, // today's tokens begin with ATATT3; only older ones need a name nearby
}

// Group says whether the rule knows a secret by its own shape. It does if every text that the rule can take for the secret
// holds a run of at least minMark fixed characters. A rule that goes by path alone names a kind of file that holds keys. A tag with the
// name of a group decides, where the rule has one.
func (r *Rule) Group() Group {
	for _, tag := range r.Tags {
		if g := Group(tag); g == Provider || g == Generic || g == Personal {
			return g
		}
	}
	if g, ok := reviewed[r.ID]; ok {
		return g
	}
	if r.Regex == "" {
		return Provider
	}
	re, err := syntax.Parse(r.Regex, syntax.Perl)
	if err != nil {
		return Generic // it is never compiled
	}
	parts := secretParts(re, r.SecretGroup)
	if r.CapturesPart() {
		parts = []*syntax.Regexp{re}
	}
	for _, part := range parts {
		if markOf(part).best < minMark {
			return Generic
		}
	}
	return Provider
}

// minSecret is the length, in characters, that a group must be able to have to hold a secret.
const minSecret = 12

// CapturesPart says whether the groups of the rule do not hold the secret. gitleaks takes the first group for it, also
// when that only repeats a part, such as ([a-z0-9]{4}-){3} in a URL, or is the same in every match. Then the secret is all
// of the match: to hide the group would show the secret, and every secret in a file would have the same fingerprint.
func (r *Rule) CapturesPart() bool {
	if r.Regex == "" || r.SecretGroup > 0 {
		return false
	}
	re, err := syntax.Parse(r.Regex, syntax.Perl)
	if err != nil || re.MaxCap() == 0 {
		return false
	}
	return slices.ContainsFunc(secretParts(re, 0), func(part *syntax.Regexp) bool {
		return markOf(part).fixed || longest(part) < minSecret
	})
}

// longest returns how many characters a match can have, or minSecret if that or more.
func longest(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 1
	case syntax.OpStar, syntax.OpPlus:
		n = minSecret
	case syntax.OpRepeat:
		n = minSecret
		if re.Max >= 0 {
			n = re.Max * longest(re.Sub[0])
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, longest(sub))
		}
	default:
		for _, sub := range re.Sub {
			n += longest(sub)
		}
	}
	return min(n, minSecret)
}

// secretParts returns the parts of a pattern that can be the secret: the group that the rule names; else the first group
// that matches something, which can be any up to the first that always does; else, without groups, the whole.
func secretParts(re *syntax.Regexp, group int) []*syntax.Regexp {
	var parts []*syntax.Regexp
	var walk func(re *syntax.Regexp, always bool) (done bool)
	walk = func(re *syntax.Regexp, always bool) bool {
		if re.Op == syntax.OpCapture && (group == 0 || re.Cap == group) {
			parts = append(parts, re)
			return always
		}
		switch re.Op {
		case syntax.OpAlternate, syntax.OpQuest, syntax.OpStar:
			always = false
		case syntax.OpRepeat:
			always = always && re.Min > 0
		}
		for _, sub := range re.Sub {
			if walk(sub, always) {
				return true
			}
		}
		return false
	}
	if !walk(re, true) && group == 0 {
		parts = append(parts, re) // no group may match: then it is the whole
	}
	return parts
}

// A mark measures the fixed text in every match of a pattern.
type mark struct {
	fixed       bool // the whole match is fixed text
	first, last int  // length of the fixed text at the start and at the end
	best        int  // length of the longest run of fixed text
}

// smallClass is how many characters a class may have to count as fixed text, such as [bp] in xox[bp]-.
const smallClass = 4

func markOf(re *syntax.Regexp) mark {
	switch re.Op {
	case syntax.OpLiteral:
		return fixedText(len(re.Rune))
	case syntax.OpCharClass:
		n := 0
		for i := 0; i+1 < len(re.Rune); i += 2 {
			n += int(re.Rune[i+1]-re.Rune[i]) + 1
		}
		if n <= smallClass {
			return fixedText(1)
		}
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return fixedText(0)
	case syntax.OpCapture:
		return markOf(re.Sub[0])
	case syntax.OpConcat:
		all := fixedText(0)
		for _, sub := range re.Sub {
			all = all.then(markOf(sub))
		}
		return all
	case syntax.OpAlternate:
		all := markOf(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			m := markOf(sub)
			all = mark{all.fixed && m.fixed, min(all.first, m.first), min(all.last, m.last), min(all.best, m.best)}
		}
		return all
	case syntax.OpPlus:
		m := markOf(re.Sub[0])
		m.fixed = false
		return m
	case syntax.OpRepeat:
		all, sub := fixedText(0), markOf(re.Sub[0])
		for range re.Min {
			all = all.then(sub)
		}
		if re.Min != re.Max {
			all = all.then(mark{})
		}
		return all
	}
	return mark{} // anything, or nothing
}

func fixedText(n int) mark { return mark{fixed: true, first: n, last: n, best: n} }

// then returns the mark of a match of m followed by one of next.
func (m mark) then(next mark) mark {
	out := mark{fixed: m.fixed && next.fixed, first: m.first, last: next.last, best: max(m.best, next.best, m.last+next.first)}
	if m.fixed {
		out.first = m.best + next.first
	}
	if next.fixed {
		out.last = m.last + next.best
	}
	return out
}
