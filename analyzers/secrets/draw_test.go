package secrets

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode/utf8"
)

// A drawing makes texts by choices that come from given bytes and, when these are used up, from a random source that they seed. So a
// fuzzer that changes a byte changes one choice.
type drawing struct {
	data []byte
	rest *rand.Rand
	tree map[string]*syntax.Regexp // of the patterns that were parsed
}

func drawn(data []byte) *drawing {
	sum := fnv.New64a()
	_, _ = sum.Write(data)
	return &drawing{data: data, rest: rand.New(rand.NewPCG(sum.Sum64(), 1)), tree: map[string]*syntax.Regexp{}}
}

func seeded(seed uint64) *drawing {
	return &drawing{rest: rand.New(rand.NewPCG(seed, 2)), tree: map[string]*syntax.Regexp{}}
}

// below draws a number from 0 to n-1.
func (d *drawing) below(n int) int {
	if n > 256 || len(d.data) == 0 {
		return d.rest.IntN(n)
	}
	b := d.data[0]
	d.data = d.data[1:]
	return int(b) % n
}

func pick[T any](d *drawing, list []T) T { return list[d.below(len(list))] }

// text returns a text that matches a pattern, but for what the pattern wants to stand around it.
func (d *drawing) text(t testing.TB, pattern *regexp.Regexp) string {
	t.Helper()
	re := d.tree[pattern.String()]
	if re == nil {
		var err error
		if re, err = syntax.Parse(pattern.String(), syntax.Perl); err != nil {
			t.Fatal(err)
		}
		d.tree[pattern.String()] = re
	}
	var b strings.Builder
	d.write(&b, re)
	return b.String()
}

// maxDrawn bounds the length of a drawn text, in bytes, before what its pattern demands.
const maxDrawn = 4000

func (d *drawing) write(b *strings.Builder, re *syntax.Regexp) {
	least, most := 1, 1
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(d.folded(r, re.Flags))
		}
		return
	case syntax.OpCharClass:
		b.WriteRune(d.of(re.Rune))
		return
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(pick(d, []string{"x", "x", " ", "7", "é"}))
		return
	case syntax.OpAlternate:
		d.write(b, pick(d, re.Sub))
		return
	case syntax.OpQuest:
		least = 0
	case syntax.OpStar:
		least, most = 0, 3
	case syntax.OpPlus:
		most = 4
	case syntax.OpRepeat:
		least, most = re.Min, re.Max
		if most < 0 || most > least+8 {
			most = least + 8
		}
	}
	if b.Len() > maxDrawn {
		most = least
	}
	for range least + d.below(most-least+1) {
		for _, sub := range re.Sub {
			d.write(b, sub)
		}
	}
}

// folded returns a letter, sometimes in another case where a pattern does not care, also one that only Unicode folds.
func (d *drawing) folded(r rune, flags syntax.Flags) rune {
	if flags&syntax.FoldCase == 0 {
		return r
	}
	switch d.below(12) {
	case 0:
		return []rune(strings.ToUpper(string(r)))[0]
	case 1:
		return []rune(strings.ToLower(string(r)))[0]
	case 2:
		switch r {
		case 'k', 'K':
			return '\u212a' // the Kelvin sign
		case 's', 'S':
			return '\u017f' // the long s
		}
	}
	return r
}

// of draws a character of a class, nearly always one that can be printed.
func (d *drawing) of(ranges []rune) rune {
	var printable []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := max(ranges[i], ' '); c <= min(ranges[i+1], '~'); c++ {
			printable = append(printable, c)
		}
	}
	if len(printable) == 0 || d.below(40) == 0 {
		i := 2 * d.below(len(ranges)/2)
		return ranges[i+d.below(2)]
	}
	return printable[d.below(len(printable))]
}

// encode encodes a text in one of the ways that gitleaks decodes.
func (d *drawing) encode(text string) string {
	switch d.below(6) {
	case 0:
		return base64.StdEncoding.EncodeToString([]byte(text))
	case 1:
		return base64.RawURLEncoding.EncodeToString([]byte(text))
	case 2:
		return hex.EncodeToString([]byte(text))
	case 3:
		return each(text, func(b byte) string { return fmt.Sprintf("%%%02X", b) })
	case 4:
		return each(text, func(b byte) string { return fmt.Sprintf("\\u%04x", b) })
	default:
		return each(text, func(b byte) string { return fmt.Sprintf("U+%04X ", b) })
	}
}

func each(text string, of func(byte) string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteString(of(text[i]))
	}
	return b.String()
}

// spoil changes a text a little.
func (d *drawing) spoil(text string) string {
	if text == "" {
		return text
	}
	i := d.below(len(text))
	for i > 0 && !utf8.RuneStart(text[i]) {
		i--
	}
	switch d.below(6) {
	case 0:
		return text[:i] + text[i+1:]
	case 1:
		return text[:i] + pick(d, odd) + text[i:]
	case 2:
		return strings.ToUpper(text)
	case 3:
		return strings.ToLower(text)
	case 4:
		return text[:i]
	default:
		return strings.NewReplacer("k", "\u212a", "s", "\u017f", "i", "\u0130").Replace(text)
	}
}

// odd are characters that searches get wrong: those that lower case makes longer or shorter, what is no UTF-8, NUL and line ends.
var odd = []string{"\u212a", "\u017f", "\u0130", "\u0131", "\u1e9e", "\ufeff", "\xff", "\xc3", "\x00", "\r\n", "\n", "\r", "\t", "\"", "'", "=", "%", "\\"}
