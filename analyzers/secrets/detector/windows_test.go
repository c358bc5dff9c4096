package detector

import (
	"math/rand/v2"
	"reflect"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers/secrets/ruleset"
)

func stock(t testing.TB) *Detector {
	t.Helper()
	rules, err := ruleset.Stock()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(rules, Options{})
	if err == nil {
		err = d.Compile()
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sample returns a text that a pattern matches, apart from what its assertions ask.
func sample(re *syntax.Regexp, random *rand.Rand) string {
	times := 1
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string(rune(' ' + random.IntN(90)))
	case syntax.OpCharClass:
		i := 2 * random.IntN(len(re.Rune)/2)
		return string(re.Rune[i] + rune(random.IntN(min(100, int(re.Rune[i+1]-re.Rune[i])+1))))
	case syntax.OpAlternate:
		return sample(re.Sub[random.IntN(len(re.Sub))], random)
	case syntax.OpQuest:
		times = random.IntN(2)
	case syntax.OpStar, syntax.OpPlus:
		times = 1 + random.IntN(20)
	case syntax.OpRepeat:
		times = re.Min + random.IntN(3)
		if re.Max >= 0 {
			times = re.Min + random.IntN(re.Max-re.Min+1)
		}
	}
	var b strings.Builder
	for range times {
		for _, sub := range re.Sub {
			b.WriteString(sample(sub, random))
		}
	}
	return b.String()
}

// mutilate changes a few bytes of a text, so that it nearly matches.
func mutilate(text string, random *rand.Rand) string {
	b := []byte(text)
	for range random.IntN(3) {
		if len(b) == 0 {
			break
		}
		switch at := random.IntN(len(b)); random.IntN(5) {
		case 4:
			b = append(b[:at], append([]byte(folds[random.IntN(len(folds))]), b[at+1:]...)...)
		case 0:
			b[at] = "\n\r \"'=;k\x00\xe9Z"[random.IntN(11)]
		case 1:
			b = append(b[:at], b[at+1:]...)
		case 2:
			b = append(b[:at], append([]byte{b[at]}, b[at:]...)...)
		case 3:
			b[at] ^= 0x20
		}
	}
	return string(b)
}

// FuzzWindows holds what the first sieves let through against searching all of the text, for one rule at a time: on text made of what the rule
// matches, and of what it nearly matches.
func FuzzWindows(f *testing.F) {
	d := stock(f)
	var rules []*rule
	for _, r := range d.rules {
		if r.Regex != "" {
			rules = append(rules, r)
		}
	}
	for i := range rules {
		f.Add(uint16(i), uint64(1), "")
		f.Add(uint16(i), uint64(2), "key = \"x\"\n")
	}
	f.Fuzz(func(t *testing.T, n uint16, seed uint64, between string) {
		r := rules[int(n)%len(rules)]
		m, err := r.compiled()
		if err != nil {
			t.Fatal(err)
		}
		tree, err := syntax.Parse(r.Regex, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		separators := []string{"", " ", "\n", "\r\n", between, between, "\"", "é", "=", "key: ", "\u212a", "\u017f"}
		var b strings.Builder
		for range 1 + random.IntN(6) {
			b.WriteString(separators[random.IntN(len(separators))])
			b.WriteString(mutilate(sample(tree, random), random))
			b.WriteString(separators[random.IntN(len(separators))])
		}
		text := b.String()
		s := &scratch{hits: make([][]int32, len(d.words.words))}
		d.words.find(text, func(word, end int) {
			s.hits[word] = append(s.hits[word], int32(end))
			if word >= d.folds {
				s.folded = append(s.folded, int32(end))
			}
		})
		var got [][]int
		for _, w := range m.windows(text, s) {
			for _, at := range m.regex.FindAllStringIndex(text[w.start:w.end], -1) {
				got = append(got, []int{at[0] + w.start, at[1] + w.start})
			}
		}
		if want := m.regex.FindAllStringIndex(text, -1); !reflect.DeepEqual(got, want) {
			t.Errorf("rule %s in %q: matches %v in windows %v, want %v", r.ID, text, got, m.windows(text, s), want)
		}
	})
}
