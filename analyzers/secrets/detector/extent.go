package detector

import (
	"regexp/syntax"
	"unicode/utf8"
)

// An extent bounds what a part of a pattern can match.
type extent struct {
	bytes    int // at most; unbounded if that or more
	newlines int // at most, among them
}

// unbounded is more than any text has. Sums and products stop there.
const unbounded = 1 << 40

func add(a, b int) int { return min(a+b, unbounded) }

func times(a, n int) int {
	if a == 0 || n == 0 {
		return 0
	}
	if a >= unbounded/n {
		return unbounded
	}
	return a * n
}

func (e extent) plus(o extent) extent {
	return extent{add(e.bytes, o.bytes), add(e.newlines, o.newlines)}
}

func (e extent) or(o extent) extent {
	return extent{max(e.bytes, o.bytes), max(e.newlines, o.newlines)}
}

func (e extent) repeated(n int) extent { return extent{times(e.bytes, n), times(e.newlines, n)} }

// extentOf returns what a pattern can match at most.
func extentOf(re *syntax.Regexp) extent {
	switch re.Op {
	case syntax.OpLiteral:
		e := extent{}
		for _, r := range re.Rune {
			n := utf8.RuneLen(r)
			if re.Flags&syntax.FoldCase != 0 {
				n = utf8.UTFMax // another case may need more bytes
			}
			e.bytes += n
			if r == '\n' {
				e.newlines++
			}
		}
		return e
	case syntax.OpCharClass:
		e := extent{}
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= '\n' && '\n' <= re.Rune[i+1] {
				e.newlines = 1
			}
			e.bytes = max(e.bytes, width(re.Rune[i+1]))
		}
		return e
	case syntax.OpAnyChar:
		return extent{utf8.UTFMax, 1}
	case syntax.OpAnyCharNotNL:
		return extent{utf8.UTFMax, 0}
	case syntax.OpCapture, syntax.OpQuest:
		return extentOf(re.Sub[0])
	case syntax.OpConcat:
		return extentOfAll(re.Sub)
	case syntax.OpAlternate:
		e := extent{}
		for _, sub := range re.Sub {
			e = e.or(extentOf(sub))
		}
		return e
	case syntax.OpStar, syntax.OpPlus:
		return extentOf(re.Sub[0]).repeated(unbounded)
	case syntax.OpRepeat:
		n := re.Max
		if n < 0 {
			n = unbounded
		}
		return extentOf(re.Sub[0]).repeated(n)
	}
	return extent{} // no match, or one without text
}

func extentOfAll(parts []*syntax.Regexp) extent {
	e := extent{}
	for _, p := range parts {
		e = e.plus(extentOf(p))
	}
	return e
}

// width returns how many bytes a character takes; one that is no character stands for a byte that is none either.
func width(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	return utf8.UTFMax
}
