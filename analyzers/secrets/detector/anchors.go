package detector

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// An anchor is a word that a match of a pattern holds, with what the match can be around it. Every match holds at least one of its
// pattern's anchors, whatever the case of ASCII letters.
type anchor struct {
	word   string // lower case, ASCII
	before extent
	after  extent
	lead   []*syntax.Regexp // what comes before the word, in order
	rest   []*syntax.Regexp // what follows it
}

const (
	minAnchor  = 2   // bytes of a word that is worth looking for
	maxSingles = 4   // of a single byte, which is found often, how many are worth it
	maxAnchors = 300 // words of one pattern
	maxLetters = 12  // of a class that is spelled out
	maxRepeat  = 3   // times that a repetition is spelled out
)

// anchorsOf returns the anchors of a pattern, or nil if it has none. Some characters in other scripts are the same as ASCII letters when case
// is ignored: beside one of them, anchors prove nothing (see folds).
func anchorsOf(re *syntax.Regexp) []anchor {
	if words := spelledOut(re); worthIt(words) {
		return wordsOf(words)
	}
	switch re.Op {
	case syntax.OpCapture:
		return anchorsOf(re.Sub[0])
	case syntax.OpAlternate:
		var all []anchor
		for _, sub := range re.Sub {
			some := anchorsOf(sub)
			if some == nil {
				return nil
			}
			all = append(all, some...)
		}
		if len(all) > maxAnchors {
			return nil
		}
		return all
	case syntax.OpConcat:
		return bestOf(re.Sub)
	}
	return nil
}

func wordsOf(words []string) []anchor {
	all := make([]anchor, len(words))
	for i, w := range words {
		all[i] = anchor{word: w}
	}
	return all
}

// bestOf returns the anchors of one of several parts that follow each other, or of a run of them that can be spelled out.
func bestOf(parts []*syntax.Regexp) []anchor {
	var best []anchor
	try := func(some []anchor, from, to int) {
		if some == nil {
			return
		}
		before, after := extentOfAll(parts[:from]), extentOfAll(parts[to:])
		some = slices.Clone(some)
		for i := range some {
			a := &some[i]
			a.before, a.after = before.plus(a.before), a.after.plus(after)
			a.lead, a.rest = slices.Concat(parts[:from], a.lead), slices.Concat(a.rest, parts[to:])
		}
		if best == nil || worth(some) > worth(best) {
			best = some
		}
	}
	for i := range parts {
		try(anchorsOf(parts[i]), i, i+1)
		for j := i + 2; j <= len(parts); j++ {
			words := spelledOut(&syntax.Regexp{Op: syntax.OpConcat, Sub: parts[i:j]})
			if words == nil {
				break
			}
			if worthIt(words) {
				try(wordsOf(words), i, j)
			}
		}
	}
	return best
}

// worth compares anchors: long words are rare, and what is bounded around them makes less to search.
func worth(all []anchor) int {
	n := 1 << 10
	for _, a := range all {
		w := 100 * len(a.word)
		if a.before.bytes >= unbounded {
			w -= 250
		}
		if a.after.bytes >= unbounded {
			w -= 50
		}
		if a.before.newlines >= unbounded || a.after.newlines >= unbounded {
			w -= 1000
		}
		n = min(n, w)
	}
	return n - len(all)
}

// worthIt tells whether some words are worth looking for.
func worthIt(words []string) bool {
	return shortest(words) >= minAnchor || shortest(words) == 1 && len(words) <= maxSingles
}

// shortest returns the length of the shortest of some words, 0 without any.
func shortest(words []string) int {
	if len(words) == 0 {
		return 0
	}
	return len(slices.MinFunc(words, func(a, b string) int { return len(a) - len(b) }))
}

// spelledOut returns every text that a pattern can match, in lower case, or nil if they are many or not ASCII.
func spelledOut(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}
	case syntax.OpLiteral:
		if slices.ContainsFunc(re.Rune, func(r rune) bool { return r > unicode.MaxASCII }) {
			return nil
		}
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCharClass:
		return letters(re.Rune)
	case syntax.OpCapture:
		return spelledOut(re.Sub[0])
	case syntax.OpConcat:
		all := []string{""}
		for _, sub := range re.Sub {
			if all = sequences(all, spelledOut(sub)); all == nil {
				return nil
			}
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			some := spelledOut(sub)
			if some == nil {
				return nil
			}
			all = append(all, some...)
		}
		return distinct(all)
	case syntax.OpQuest:
		if some := spelledOut(re.Sub[0]); some != nil {
			return distinct(append([]string{""}, some...))
		}
	case syntax.OpRepeat:
		return repeated(spelledOut(re.Sub[0]), re.Min, re.Max)
	}
	return nil
}

func repeated(some []string, least, most int) []string {
	if some == nil || most < 0 || most > maxRepeat {
		return nil
	}
	var all []string
	now := []string{""}
	for n := 0; n <= most; n++ {
		if n >= least {
			all = append(all, now...)
		}
		if now = sequences(now, some); now == nil {
			return nil
		}
	}
	return distinct(all)
}

// sequences returns every text of one list followed by every one of another, or nil if they are too many.
func sequences(a, b []string) []string {
	if b == nil || len(a)*len(b) > maxAnchors {
		return nil
	}
	all := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+y)
		}
	}
	return distinct(all)
}

func distinct(all []string) []string {
	if len(all) > maxAnchors {
		return nil
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// letters returns the characters of a class, or nil if they are many or not ASCII.
func letters(ranges []rune) []string {
	var all []string
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if r > unicode.MaxASCII {
				if isFold(r) {
					continue
				}
				return nil
			}
			all = append(all, string(unicode.ToLower(r)))
			if len(all) > 2*maxLetters {
				return nil
			}
		}
	}
	if all = distinct(all); len(all) > maxLetters {
		return nil
	}
	return all
}

// folds are the characters outside of ASCII that are the same as a letter of ASCII when case is ignored: the first only where a text is put in
// lower case, as keywords are looked for, the others in regular expressions too.
var folds = []string{"\u0130", "\u017f", "\u212a"}

func isFold(r rune) bool { return r == 0x130 || r == 0x17f || r == 0x212a }
