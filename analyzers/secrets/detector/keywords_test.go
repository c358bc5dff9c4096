package detector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The automaton finds what looking for each word by itself finds.
func TestKeywords(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	text := func(letters string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(letters[random.IntN(len(letters))])
		}
		return b.String()
	}
	for range 300 {
		var words []string
		for range 1 + random.IntN(20) {
			words = append(words, text("abc_\xe2", 1+random.IntN(5)))
		}
		slices.Sort(words)
		words = slices.Compact(words)
		in := text("abcABC_ \xe2\x84", 200)
		var want, got []string
		for w, word := range words {
			for i := range len(in) {
				if hasFold(in[i:], word) {
					want = append(want, fmt.Sprint(w, " ", i+len(word)))
				}
			}
		}
		k := newKeywords(words)
		k.find(in, func(word, end int) { got = append(got, fmt.Sprint(word, " ", end)) })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("words %q in %q: found %q, want %q", words, in, got, want)
		}
		if k.has(in) != (len(want) > 0) {
			t.Fatalf("words %q in %q: has %v", words, in, k.has(in))
		}
	}
}

func TestTooManyKeywords(t *testing.T) {
	if newKeywords([]string{strings.Repeat("a", maxStates)}) != nil {
		t.Error("an automaton with more states than its tables hold")
	}
	if k := newKeywords([]string{strings.Repeat("a", maxStates-1)}); k == nil || !k.has(strings.Repeat("A", maxStates)) {
		t.Error("no automaton, though it fits")
	}
}
